#include "build/test_node.h"

#include <algorithm>

#include "base/text.h"

namespace suikei::build {
namespace {

constexpr int kept_rows_max = 100;  // enough to find the cause; the test's query gives them all

/// "> 10", "!= 0" as dbt writes thresholds.
Result<bool> exceeds(const Node& node, int64_t failures, const std::string& threshold) {
  std::string_view text = trim(threshold);
  size_t digits = text.find_first_of("0123456789");
  std::string_view sign = trim(text.substr(0, std::min(digits, text.size())));
  if (digits == std::string_view::npos)
    return Error{ErrorKind::config, fmt::format("{}: '{}' is no threshold", node.file.path, threshold),
                 "write: '> 10'"};
  int64_t bound = std::atoll(std::string(text.substr(digits)).c_str());
  if (sign == ">") return failures > bound;
  if (sign == ">=") return failures >= bound;
  if (sign == "<") return failures < bound;
  if (sign == "<=") return failures <= bound;
  if (sign == "!=" || sign == "<>") return failures != bound;
  if (sign == "=" || sign == "==") return failures == bound;
  return Error{ErrorKind::config, fmt::format("{}: '{}' is no threshold", node.file.path, threshold),
               "write: '> 10'"};
}

/// Columns of the tested node whose values must not be kept.
bool is_secret(const Graph& graph, const Node& node, const std::string& column) {
  if (!node.tested) return true;  // of a test of one's own nothing is known
  const Node& tested = graph.nodes[*node.tested];
  if (tested.schema == "cleansing_secret" || starts_with(tested.schema, "lake_")) {
    return column != "_shard" && column != "_tenant" && column != "n_records" && column != "row_count";
  }
  for (const Json& described : tested.described.columns) {
    if (!described.is_object() || lower(described.value("name", std::string())) != lower(column)) continue;
    const Json meta = described.value("meta", Json::object());
    return meta.is_object() && (meta.contains("secret") || meta.contains("masked"));
  }
  return false;
}

}  // namespace

Result<TestOutcome> run_test(lakes::Session& session, const Graph&, const Node& node,
                             const std::string& sql) {
  std::string calculation = node.config.value("fail_calc", std::string("count(*)"));
  std::string limited = sql;
  if (node.config.contains("limit") && !node.config["limit"].is_null())
    limited = fmt::format("SELECT * FROM (\n{}\n) LIMIT {}", sql, node.config["limit"].dump());
  table::Rows rows =
      TRY(session.query(fmt::format("SELECT {} FROM (\n{}\n) AS suikei_test", calculation, limited)));
  TestOutcome outcome;
  outcome.failures = std::atoll(rows.rows.at(0)[0].value_or("0").c_str());
  std::string severity = lower(node.config.value("severity", std::string("error")));
  bool errs = TRY(exceeds(node, outcome.failures, node.config.value("error_if", std::string("!= 0"))));
  bool warns = TRY(exceeds(node, outcome.failures, node.config.value("warn_if", std::string("!= 0"))));
  if (errs && severity != "warn") {
    outcome.status = NodeStatus::failed;
  } else if (warns || errs) {
    outcome.status = NodeStatus::warn;
  }
  if (outcome.status != NodeStatus::ok)
    outcome.message = counted(outcome.failures, "row") + " that should not be there";
  return outcome;
}

Result<> keep_failures(lakes::Session& session, const Graph& graph, const Node& node, const std::string& sql,
                       const std::string& run_id) {
  table::Rows columns = TRY(session.query("DESCRIBE (\n" + sql + "\n)"));
  std::string packed;
  for (const table::Row& row : columns.rows) {
    std::string name = row[0].value_or("");
    std::string value =
        is_secret(graph, node, name) ? "'***'" : fmt::format("CAST({} AS VARCHAR)", lakes::sql_name(name));
    packed += fmt::format("{}{}, {}", packed.empty() ? "" : ", ", lakes::sql_text(name), value);
  }
  std::string model = node.tested ? graph.nodes[*node.tested].file.name : "";
  return session.run(
      fmt::format("CREATE SCHEMA IF NOT EXISTS monitoring;\n"
                  "CREATE TABLE IF NOT EXISTS monitoring.test_failures (run_id VARCHAR, test VARCHAR, model "
                  "VARCHAR, failing_row "
                  "VARCHAR);\n"
                  "INSERT INTO monitoring.test_failures SELECT {}, {}, {}, CAST(json_object({}) AS VARCHAR) "
                  "FROM (\n{}\n) LIMIT {}",
                  lakes::sql_text(run_id), lakes::sql_text(node.file.name), lakes::sql_text(model), packed,
                  sql, kept_rows_max));
}

}  // namespace suikei::build
