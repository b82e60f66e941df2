// run_context.h — what templates call while the build runs: real relations, queries, keys.
#pragma once

#include "build/build.h"
#include "build/materialize.h"

namespace suikei::build {

/// What stands in the lake, shared by all nodes of a build.
class LakeNames {
 public:
  Result<> read(lakes::Session& session);
  Existing find(const std::string& schema, const std::string& name) const;
  void note(const std::string& schema, const std::string& name, Existing what);

 private:
  mutable std::mutex guard_;
  std::map<std::pair<std::string, std::string>, Existing> known_;
};

/// The key of masks, fetched when the first model asks for it.
class MaskKey {
 public:
  explicit MaskKey(const config::Secret& secret) : secret_(secret) {}
  /// Puts a join domain's keys into the session. `config` when the project has no key.
  Result<> set(lakes::Session& session, const std::string& domain);

 private:
  const config::Secret& secret_;
  std::mutex guard_;
  std::string key_;
};

class RunContext final : public Context {
 public:
  RunContext(const Graph& graph, const BuildVars& vars, Node& node, lakes::Session& session,
             const LakeNames& names, MaskKey& key, bool full_refresh)
      : Context(graph, vars, node),
        session_(session),
        names_(names),
        key_(key),
        full_refresh_(full_refresh) {}

  Result<Json> call(std::string_view name, const Json& args, const Json& kwargs);
  /// Ephemeral models that the rendered text reads.
  const std::set<size_t>& ephemerals() const { return ephemerals_; }

 protected:
  bool executes() const override { return true; }
  Result<Json> relation_of_ref(const std::string& package, const std::string& name) override;
  Result<Json> ask_lake(std::string_view name, const Json& args, const Json& kwargs) override;

 private:
  lakes::Session& session_;
  const LakeNames& names_;
  MaskKey& key_;
  bool full_refresh_;
  std::set<size_t> ephemerals_;
  std::map<std::string, Json> results_;  ///< of {% call statement('x') %}
};

/// The node's SQL with everything in it: ephemeral models stand in front as CTEs, tests read what `where`
/// leaves.
Result<std::string> compile(const Graph& graph, const BuildVars& vars, Node& node, lakes::Session& session,
                            const LakeNames& names, MaskKey& key, bool full_refresh);

}  // namespace suikei::build
