#include "build/runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <thread>

#include "base/text.h"
#include "build/test_node.h"

namespace suikei::build {
namespace {

constexpr int commit_attempts_max = 5;  // two commits that met: the later one begins again

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One build under way.
class Run {
 public:
  Run(lakes::Lake& lake, RunPlan plan, const config::Project& project, const Options& options,
      std::string run_id)
      : lake_(lake),
        plan_(std::move(plan)),
        project_(project),
        options_(options),
        run_id_(std::move(run_id)),
        key_(project.masking_key),
        waits_(plan_.graph.nodes.size(), 0),
        children_(plan_.graph.nodes.size()) {}

  Result<std::vector<NodeResult>> run();

 private:
  Result<> prepare();
  void link();
  void work(lakes::Session& session);
  NodeResult run_node(lakes::Session& session, size_t at);
  Result<int64_t> run_model(lakes::Session& session, Node& node);
  Result<> run_hooks(lakes::Session& session, Node& node, const char* key);
  void settle(size_t at, NodeResult result);
  void skip_children(size_t at, const std::string& because);
  bool stopped() const { return cancelled_ || (options_.cancel && options_.cancel->load()); }

  lakes::Lake& lake_;
  RunPlan plan_;
  const config::Project& project_;
  const Options& options_;
  std::string run_id_;
  MaskKey key_;
  LakeNames names_;
  std::vector<int> waits_;                     ///< nodes that a node still waits for
  std::vector<std::vector<size_t>> children_;  ///< chosen nodes that wait for a node
  /// Of two commits of one process the later one would have to begin again, so they take turns: the engine
  /// spreads one statement over all cores anyway. Tests read meanwhile.
  std::mutex writing_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::deque<size_t> ready_;
  std::set<size_t> ended_;
  std::vector<NodeResult> results_;
  std::atomic<bool> cancelled_ = false;
};

/// Edges among the chosen: what a node reads, and the tests of what it reads.
void Run::link() {
  const Graph& graph = plan_.graph;
  std::map<size_t, std::vector<size_t>> tests_of;
  for (size_t at : plan_.chosen) {
    const Node& node = graph.nodes[at];
    if (node.file.kind == NodeKind::test && node.needs.size() == 1)
      tests_of[*node.needs.begin()].push_back(at);
  }
  for (size_t at : plan_.chosen) {
    std::set<size_t> waits;
    for (size_t need : graph.nodes[at].needs) {
      if (plan_.chosen.contains(need)) waits.insert(need);
      if (graph.nodes[at].file.kind == NodeKind::test) continue;
      for (size_t test : tests_of[need]) waits.insert(test);
    }
    waits_[at] = static_cast<int>(waits.size());
    for (size_t need : waits) children_[need].push_back(at);
    if (waits.empty()) ready_.push_back(at);
  }
}

Result<> Run::prepare() {
  std::unique_ptr<lakes::Session> session = TRY(lake_.open_session());
  TRY(names_.read(*session));
  std::set<std::string> schemas;
  for (size_t at : plan_.chosen) {
    const Node& node = plan_.graph.nodes[at];
    if (node.file.kind != NodeKind::test && node.materialized != "ephemeral") schemas.insert(node.schema);
  }
  for (const std::string& schema : schemas) {
    TRY(session->run("CREATE SCHEMA IF NOT EXISTS " + lakes::sql_name(schema)));
  }
  return ok();
}

Result<> Run::run_hooks(lakes::Session& session, Node& node, const char* key) {
  auto found = node.config.find(key);
  if (found == node.config.end() || found->is_null()) return ok();
  Json hooks = found->is_array() ? *found : Json::array({*found});
  int number = 0;
  for (const Json& hook : hooks) {
    std::string text = hook.is_object()   ? hook.value("sql", std::string())
                       : hook.is_string() ? hook.get<std::string>()
                                          : "";
    std::string name = fmt::format("{}:{} {}", node.file.path, key, ++number);
    {
      std::lock_guard lock(guard_);  // adding a template is for one thread
      TRY(plan_.graph.templates.add(name, text));
    }
    RunContext context(plan_.graph, options_.vars, node, session, names_, key_, options_.full_refresh);
    std::string sql = TRY(plan_.graph.templates.render(
        name, context.variables(), [&](std::string_view called, const Json& args, const Json& kwargs) {
          return context.call(called, args, kwargs);
        }));
    if (!trim(sql).empty()) TRY(session.run(sql));
  }
  return ok();
}

Result<int64_t> Run::run_model(lakes::Session& session, Node& node) {
  TRY(run_hooks(session, node, "pre-hook"));
  TRY(run_hooks(session, node, "pre_hook"));
  std::string sql;
  if (node.file.kind != NodeKind::seed) {
    sql = TRY(compile(plan_.graph, options_.vars, node, session, names_, key_, options_.full_refresh));
  }
  Existing existing = names_.find(node.schema, node.alias);
  Result<int64_t> rows = int64_t{-1};
  for (int attempt = 1; attempt <= commit_attempts_max; ++attempt) {
    {
      std::lock_guard lock(writing_);
      rows = materialize(session, node, sql, existing, options_.full_refresh, plan_.graph.files.folder);
    }
    if (rows.ok() || rows.error().kind != ErrorKind::unavailable || stopped()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100 << attempt));  // another process commits
  }
  if (!rows.ok()) return rows.error();
  names_.note(node.schema, node.alias, node.materialized == "view" ? Existing::view : Existing::table);
  TRY(run_hooks(session, node, "post-hook"));
  TRY(run_hooks(session, node, "post_hook"));
  return rows;
}

NodeResult Run::run_node(lakes::Session& session, size_t at) {
  Node& node = plan_.graph.nodes[at];
  NodeResult result;
  result.id = node.id;
  result.name = node.file.name;
  result.kind = name_of(node.file.kind);
  result.path = node.file.path;
  double begin = monotonic_seconds();
  if (node.file.kind == NodeKind::test) {
    Result<std::string> sql = compile(plan_.graph, options_.vars, node, session, names_, key_, false);
    Result<TestOutcome> outcome = sql.ok() ? run_test(session, plan_.graph, node, sql.value()) : sql.error();
    if (outcome.ok()) {
      result.status = outcome.value().status;
      result.rows = outcome.value().failures;
      result.message = outcome.value().message;
      // Results go to a table that all tests share: one at a time.
      if (result.status != NodeStatus::ok) {
        std::lock_guard lock(writing_);
        Result<> kept = keep_failures(session, plan_.graph, node, sql.value(), run_id_);
        if (!kept.ok()) result.message += "; its rows could not be kept: " + kept.error().message;
      }
    } else {
      result.status = NodeStatus::error;
      result.message = outcome.error().message;
    }
  } else if (node.materialized != "ephemeral") {
    result.where = node.schema + "." + node.alias;
    Result<int64_t> rows = run_model(session, node);
    if (rows.ok()) {
      result.rows = rows.value();
    } else {
      result.status = rows.error().kind == ErrorKind::cancelled ? NodeStatus::skipped : NodeStatus::error;
      result.message = rows.error().message;
      if (!rows.error().hint.empty()) result.message += " → " + rows.error().hint;
    }
  }
  result.seconds = monotonic_seconds() - begin;
  return result;
}

/// Everything that waits for the node, directly or not, will not run. The guard is held.
void Run::skip_children(size_t at, const std::string& because) {
  for (size_t child : children_[at]) {
    if (!ended_.insert(child).second) continue;
    const Node& node = plan_.graph.nodes[child];
    NodeResult result;
    result.id = node.id;
    result.name = node.file.name;
    result.kind = name_of(node.file.kind);
    result.path = node.file.path;
    if (node.file.kind != NodeKind::test) result.where = node.schema + "." + node.alias;
    result.status = NodeStatus::skipped;
    result.message = because;
    results_.push_back(result);
    if (options_.tell) options_.tell(results_.back(), results_.size(), plan_.chosen.size());
    skip_children(child, because);
  }
}

void Run::settle(size_t at, NodeResult result) {
  std::lock_guard lock(guard_);
  ended_.insert(at);
  bool bad = result.status == NodeStatus::error || result.status == NodeStatus::failed;
  std::string name = result.name;
  results_.push_back(std::move(result));
  if (options_.tell) options_.tell(results_.back(), results_.size(), plan_.chosen.size());
  if (bad && options_.fail_fast) cancelled_ = true;
  if (bad) {
    skip_children(at, fmt::format("{} did not end well", name));
  } else {
    for (size_t child : children_[at]) {
      if (--waits_[child] == 0 && !ended_.contains(child)) ready_.push_back(child);
    }
  }
  changed_.notify_all();
}

void Run::work(lakes::Session& session) {
  while (true) {
    size_t at = 0;
    {
      std::unique_lock lock(guard_);
      changed_.wait_for(lock, std::chrono::milliseconds(100),
                        [&] { return !ready_.empty() || ended_.size() == plan_.chosen.size() || stopped(); });
      if (ended_.size() == plan_.chosen.size() || stopped()) return;
      if (ready_.empty()) continue;
      at = ready_.front();
      ready_.pop_front();
    }
    settle(at, run_node(session, at));
  }
}

Result<std::vector<NodeResult>> Run::run() {
  TRY(prepare());
  link();
  size_t workers =
      std::max<size_t>(1, std::min<size_t>(static_cast<size_t>(options_.threads), plan_.chosen.size()));
  std::vector<std::unique_ptr<lakes::Session>> sessions;
  for (size_t i = 0; i < workers; ++i) sessions.push_back(TRY(lake_.open_session()));
  std::vector<std::thread> threads;
  for (std::unique_ptr<lakes::Session>& session : sessions) {
    threads.emplace_back([this, &session] { work(*session); });
  }
  // Ctrl-C must also end a statement that runs for an hour.
  while (true) {
    {
      std::lock_guard lock(guard_);
      if (ended_.size() == plan_.chosen.size()) break;
    }
    if (options_.cancel && options_.cancel->load()) {
      for (std::unique_ptr<lakes::Session>& session : sessions) session->interrupt();
      break;
    }
    if (cancelled_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t at : plan_.graph.order) {
    if (!plan_.chosen.contains(at) || ended_.contains(at)) continue;
    const Node& node = plan_.graph.nodes[at];
    NodeResult result;
    result.id = node.id;
    result.name = node.file.name;
    result.kind = name_of(node.file.kind);
    result.path = node.file.path;
    result.status = NodeStatus::skipped;
    result.message = "the build was stopped before";
    results_.push_back(std::move(result));
  }
  return results_;
}

}  // namespace

Result<std::vector<NodeResult>> run_nodes(lakes::Lake& lake, RunPlan plan, const config::Project& project,
                                          const Options& options, const std::string& run_id) {
  Run run(lake, std::move(plan), project, options, run_id);
  return run.run();
}

}  // namespace suikei::build
