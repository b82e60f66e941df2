#include "build/build.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "base/time.h"
#include "build/law.h"
#include "build/runner.h"
#include "build/select.h"
#include "ledger/ledger.h"

namespace suikei::build {
namespace {

constexpr std::array<const char*, 5> status_names = {"ok", "warn", "failed", "error", "skipped"};

/// Holds the project against its layers before anything runs.
Result<std::vector<Violation>> examine(const config::Project& project, const Graph& graph,
                                       lakes::Lake& lake) {
  std::shared_ptr<engine::Engine> parser = TRY(engine::Engine::open({}));
  return find_violations(graph, project, *parser,
                         [&](const std::string& schema,
                             const std::string& table) -> Result<std::optional<std::vector<std::string>>> {
                           std::optional<table::Schema> found = TRY(lake.find_table({schema, table}));
                           if (!found) return std::optional<std::vector<std::string>>();
                           std::vector<std::string> names;
                           for (const table::Column& column : found->columns) names.push_back(column.name);
                           return std::optional<std::vector<std::string>>(std::move(names));
                         });
}

Result<std::set<size_t>> choose(const Graph& graph, const Options& options,
                                const std::optional<ledger::BuildRecord>& last) {
  if (!options.retry) return choose_nodes(graph, options.select, options.exclude);
  if (!last || last->report.is_null()) {
    return Error{ErrorKind::usage, "there is no build to try again", "suikei build"};
  }
  std::set<std::string> unfinished;
  for (const Json& node : last->report.value("nodes", Json::array())) {
    std::string status = node.value("status", std::string());
    if (status != "ok" && status != "warn") unfinished.insert(node.value("id", std::string()));
  }
  std::set<size_t> chosen;
  for (size_t at = 0; at < graph.nodes.size(); ++at) {
    if (unfinished.contains(graph.nodes[at].id)) chosen.insert(at);
  }
  return chosen;
}

lakes::LakeOptions lake_options(const config::Project& project, int threads) {
  lakes::LakeOptions options;
  options.kind = project.lake.kind;
  options.catalog = project.lake.catalog;
  options.data = project.lake.data;
  options.threads = threads;
  options.memory_max = "4GB";
  return options;
}

std::string status_of(const std::vector<NodeResult>& nodes, bool cancelled) {
  if (cancelled) return "cancelled";
  auto has = [&](NodeStatus status) {
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](const NodeResult& node) { return node.status == status; });
  };
  if (has(NodeStatus::error) || has(NodeStatus::failed) || has(NodeStatus::skipped)) return "partial";
  return "ok";
}

/// Results as rows of the lake, so that marts and BI tools see them too.
Result<> record_in_lake(lakes::Lake& lake, const Report& report, int64_t started_us) {
  std::unique_ptr<lakes::Session> session = TRY(lake.open_session());
  std::string values;
  for (const NodeResult& node : report.nodes) {
    values += fmt::format(
        "{}({}, TIMESTAMPTZ {}, {}, {}, {}, {}, {}, {}, {:.3f})", values.empty() ? "" : ", ",
        lakes::sql_text(report.run_id), lakes::sql_text(iso_instant(started_us)), lakes::sql_text(node.name),
        lakes::sql_text(node.kind), lakes::sql_text(node.where), lakes::sql_text(name_of(node.status)),
        lakes::sql_text(node.message), node.rows < 0 ? "NULL" : std::to_string(node.rows), node.seconds);
  }
  if (values.empty()) return ok();
  TRY(session->run(
      "CREATE SCHEMA IF NOT EXISTS monitoring;\n"
      "CREATE TABLE IF NOT EXISTS monitoring.build_results (run_id VARCHAR, started_at TIMESTAMPTZ, name "
      "VARCHAR, "
      "kind VARCHAR, relation VARCHAR, status VARCHAR, message VARCHAR, row_count BIGINT, seconds DOUBLE)"));
  return session->run("INSERT INTO monitoring.build_results VALUES " + values);
}

Result<> run_project_hooks(lakes::Lake& lake, Graph& graph, const Options& options,
                           const config::Project& project, const std::vector<std::string>& hooks,
                           const char* when) {
  if (hooks.empty()) return ok();
  std::unique_ptr<lakes::Session> session = TRY(lake.open_session());
  LakeNames names;
  TRY(names.read(*session));
  MaskKey key(project.masking_key);
  int number = 0;
  for (const std::string& hook : hooks) {
    Node node;
    node.file.name = fmt::format("{} {}", when, ++number);
    node.file.path = "dbt_project.yml";
    node.file.package = graph.files.name;
    node.template_name = "dbt_project.yml:" + node.file.name;
    node.schema = graph.target_schema;
    TRY(graph.templates.add(node.template_name, hook));
    std::string sql = TRY(compile(graph, options.vars, node, *session, names, key, options.full_refresh));
    if (!trim(sql).empty()) TRY(session->run(sql).within(node.template_name));
  }
  return ok();
}

}  // namespace

const char* name_of(NodeStatus status) {
  return status_names[static_cast<size_t>(status)];
}

Result<NodeStatus> node_status_named(std::string_view name) {
  for (size_t i = 0; i < status_names.size(); ++i) {
    if (name == status_names[i]) return static_cast<NodeStatus>(i);
  }
  return Error{ErrorKind::corrupt, fmt::format("`{}` is not a status of a node", name), ""};
}

int Report::exit_code() const {
  return status == "ok" ? 0 : status == "cancelled" ? 130 : 1;
}

Result<std::vector<Planned>> plan_build(const config::Project& project, const Options& options) {
  ProjectFiles files = TRY(read_project(project.folder));
  Graph graph = TRY(make_graph(std::move(files), options.vars));
  std::set<size_t> chosen = TRY(choose_nodes(graph, options.select, options.exclude));
  std::vector<Planned> planned;
  for (size_t at : graph.order) {
    if (!chosen.contains(at)) continue;
    const Node& node = graph.nodes[at];
    Planned& one = planned.emplace_back();
    one.id = node.id;
    one.materialized = node.materialized;
    if (node.file.kind != NodeKind::test) one.where = node.schema + "." + node.alias;
    for (size_t need : node.needs) one.needs.push_back(graph.nodes[need].id);
  }
  return planned;
}

Result<Report> build(const config::Project& project, const Options& options) {
  auto begin = std::chrono::steady_clock::now();
  int64_t started_us = now_us();
  ProjectFiles files = TRY(read_project(project.folder));
  Graph graph = TRY(make_graph(std::move(files), options.vars));
  ledger::Ledger ledger = TRY(ledger::Ledger::open(project.ledger()));
  std::optional<ledger::BuildRecord> last = TRY(ledger.last_build());
  std::set<size_t> chosen = TRY(choose(graph, options, last));

  std::unique_ptr<lakes::Lake> lake =
      TRY(lakes::open_lake(lake_options(project, options.threads), lakes::LakeAccess::write));
  std::vector<Violation> violations = TRY(examine(project, graph, *lake));
  if (options.freeze) {
    TRY(freeze(project, violations));
    return Report{"", "ok", {}, 0};
  }
  violations = TRY(without_baseline(project, std::move(violations)));
  if (!violations.empty()) return as_error(violations);

  // From here on something is written.
  Report report;
  report.run_id = fmt::format("build-{}-{}", started_us / 1'000'000, getpid());
  report.status = "running";
  TRY(ledger.put_build({report.run_id, report.status, started_us, 0, {}}));
  TRY(run_project_hooks(*lake, graph, options, project, graph.files.on_run_start, "on-run-start"));
  report.nodes = TRY(run_nodes(*lake, RunPlan{graph, chosen}, project, options, report.run_id));
  TRY(run_project_hooks(*lake, graph, options, project, graph.files.on_run_end, "on-run-end"));
  report.status = status_of(report.nodes, options.cancel && options.cancel->load());
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  TRY(ledger.put_build({report.run_id, report.status, started_us, now_us(), to_json(report)}));
  TRY(record_in_lake(*lake, report, started_us));
  return report;
}

std::string summary(const Report& report) {
  std::map<std::string, int64_t> kinds;
  std::map<NodeStatus, int64_t> counts;
  for (const NodeResult& node : report.nodes) {
    ++kinds[node.kind];
    ++counts[node.status];
  }
  std::vector<std::string> what;
  for (const char* kind : {"seed", "snapshot", "model", "test"}) {
    if (kinds[kind] > 0) what.push_back(counted(kinds[kind], kind));
  }
  std::string text = fmt::format("built {} in {}: {} ok", what.empty() ? "nothing" : join(what, ", "),
                                 short_duration(report.seconds), with_commas(counts[NodeStatus::ok]));
  for (NodeStatus status : {NodeStatus::warn, NodeStatus::failed, NodeStatus::error, NodeStatus::skipped}) {
    if (counts[status] > 0) text += fmt::format(", {} {}", with_commas(counts[status]), name_of(status));
  }
  text += "\n";
  for (const NodeResult& node : report.nodes) {
    if (node.status == NodeStatus::ok || node.status == NodeStatus::skipped) continue;
    text += fmt::format("  {:<7} {}: {}\n", name_of(node.status), node.name, node.message);
  }
  bool bad = counts[NodeStatus::failed] + counts[NodeStatus::error] + counts[NodeStatus::skipped] > 0;
  if (bad) text += "next: mend that, then suikei build --retry\n";
  return text;
}

Json to_json(const Report& report) {
  Json nodes = Json::array();
  std::map<std::string, int64_t> counts;
  for (const NodeResult& node : report.nodes) {
    ++counts[name_of(node.status)];
    Json one = {{"id", node.id},           {"name", node.name},      {"kind", node.kind},
                {"path", node.path},       {"relation", node.where}, {"status", name_of(node.status)},
                {"message", node.message}, {"seconds", node.seconds}};
    one["rows"] = node.rows < 0 ? Json(nullptr) : Json(node.rows);
    nodes.push_back(std::move(one));
  }
  Json json = {{"run_id", report.run_id}, {"status", report.status}, {"seconds", report.seconds}};
  for (const char* status : status_names) json[std::string("nodes_") + status] = counts[status];
  json["nodes"] = std::move(nodes);
  return json;
}

}  // namespace suikei::build
