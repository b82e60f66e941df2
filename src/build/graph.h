// graph.h — the nodes of a project with all their settings and what each needs: the plan of a build.
// Holds:  rendering here asks no lake. A node comes after everything it reads; a circle is an error that
//         names it.
// See:    docs/design/build.md ("Graph")
#pragma once

#include <memory>
#include <set>

#include "build/project.h"
#include "sql/sql.h"

namespace suikei::build {

struct Node {
  NodeFile file;
  std::string id;  ///< "model.orders", "test.not_null_orders_id"
  Json config = Json::object();
  std::string schema, alias;  ///< where it is in the lake
  std::string materialized;   ///< view, table, incremental, ephemeral, snapshot, seed, test
  std::set<size_t> needs;     ///< positions in Graph::nodes
  std::set<std::pair<std::string, std::string>> sources;
  Description described;
  std::optional<TestAsked> asked;  ///< of a test that YAML asks for
  std::optional<size_t> tested;    ///< the node it tests
  std::string template_name;       ///< in Graph::templates
  std::string draft;               ///< rendered without a lake; the law is held against it
};

struct Graph {
  ProjectFiles files;
  sql::Templates templates;
  std::vector<Node> nodes;
  std::map<std::string, size_t> by_name;  ///< models, seeds and snapshots
  std::vector<size_t> order;              ///< every node behind what it needs
  std::string target_schema = "main";     ///< of nodes that name no schema
  bool datasets_as_named = false;         ///< a model's schema is its dataset, with nothing in front

  const Node* find(const std::string& name) const;
};

/// What `var('x')` answers before the project's own: the command's.
struct BuildVars {
  Json vars = Json::object();
};

Result<Graph> make_graph(ProjectFiles files, const BuildVars& vars);

/// Answers what templates call. One per rendering.
class Context {
 public:
  /// With `lake` unset calls only record what the node needs.
  Context(const Graph& graph, const BuildVars& vars, Node& node);
  virtual ~Context() = default;
  Result<Json> answer(std::string_view name, const Json& args, const Json& kwargs);
  /// The variables of the rendering: this, target, model, execute, …
  Json variables() const;

 protected:
  virtual bool executes() const { return false; }
  virtual Result<Json> relation_of_ref(const std::string& package, const std::string& name);
  virtual Result<Json> ask_lake(std::string_view name, const Json& args, const Json& kwargs);
  const Graph& graph_;
  const BuildVars& vars_;
  Node& node_;
};

/// A relation as templates see it: prints as its name, has schema, identifier, …
Json relation_json(const std::string& schema, const std::string& name);

}  // namespace suikei::build
