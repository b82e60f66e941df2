#include "build/materialize.h"

#include <algorithm>

#include "base/text.h"
#include "build/snapshot.h"
#include "io/files.h"

namespace suikei::build {
namespace {

using lakes::Session;
using lakes::sql_name;
using lakes::sql_text;

std::string drop_other(const std::string& name, Existing existing, Existing wanted) {
  if (existing == Existing::nothing || existing == wanted) return "";
  return fmt::format("DROP {} {};\n", existing == Existing::view ? "VIEW" : "TABLE", name);
}

/// Runs statements in one transaction; nothing of it stays when one fails.
Result<> together(Session& session, const std::string& statements) {
  TRY(session.run("BEGIN"));
  Result<> done = session.run(statements);
  if (done.ok()) done = session.run("COMMIT");
  if (!done.ok()) (void)session.run("ROLLBACK").ok();
  return done;
}

Result<int64_t> count(Session& session, const std::string& name) {
  table::Rows rows = TRY(session.query("SELECT count(*) FROM " + name));
  return std::atoll(rows.rows.at(0)[0].value_or("0").c_str());
}

Result<std::vector<std::string>> columns_of(Session& session, const std::string& name) {
  table::Rows rows = TRY(session.query("DESCRIBE " + name));
  std::vector<std::string> columns;
  for (const table::Row& row : rows.rows) columns.push_back(row[0].value_or(""));
  return columns;
}

/// "day(ordered_at)" as the lake writes it: each part of a date on its own, the coarser ones first.
std::string partition_terms(const std::vector<std::string>& partitions) {
  std::vector<std::string> terms;
  for (const std::string& term : partitions) {
    size_t open = term.find('(');
    if (open == std::string::npos || !term.ends_with(')')) {
      terms.push_back(sql_name(term));
      continue;
    }
    std::string unit = lower(term.substr(0, open)),
                column = sql_name(term.substr(open + 1, term.size() - open - 2));
    terms.push_back(fmt::format("year({})", column));
    if (unit == "month" || unit == "day") terms.push_back(fmt::format("month({})", column));
    if (unit == "day") terms.push_back(fmt::format("day({})", column));
  }
  return join(terms, ", ");
}

Result<int64_t> make_table(Session& session, const Node& node, const std::string& sql, Existing existing) {
  std::string name = relation_text(node.schema, node.alias);
  std::vector<std::string> partitions = list_config(node, "partitioned_by");
  std::string statements = drop_other(name, existing, Existing::table);
  if (partitions.empty()) {
    statements += fmt::format("CREATE OR REPLACE TABLE {} AS\n{}", name, sql);
  } else {
    statements += fmt::format(
        "CREATE OR REPLACE TABLE {0} AS SELECT * FROM (\n{1}\n) LIMIT 0;\n"
        "ALTER TABLE {0} SET PARTITIONED BY ({2});\nINSERT INTO {0}\n{1}",
        name, sql, partition_terms(partitions));
  }
  TRY(together(session, statements));
  return count(session, name);
}

/// New columns of the rows join the table, when the model says so; otherwise only common ones are filled.
Result<std::vector<std::string>> common_columns(Session& session, const Node& node, const std::string& name) {
  std::vector<std::string> old = TRY(columns_of(session, name));
  table::Rows fresh = TRY(session.query("DESCRIBE suikei_new"));
  std::string change = node.config.value("on_schema_change", std::string("ignore"));
  std::vector<std::string> common;
  for (const table::Row& row : fresh.rows) {
    std::string column = row[0].value_or("");
    bool known = std::find(old.begin(), old.end(), column) != old.end();
    if (!known && change == "fail") {
      return Error{ErrorKind::rejected, fmt::format("{} has a new column `{}`", name, column),
                   "suikei build --full-refresh, or on_schema_change='append_new_columns'"};
    }
    if (!known && (change == "append_new_columns" || change == "sync_all_columns")) {
      TRY(session.run(
          fmt::format("ALTER TABLE {} ADD COLUMN {} {}", name, sql_name(column), row[1].value_or(""))));
      known = true;
    }
    if (known) common.push_back(sql_name(column));
  }
  return common;
}

Result<int64_t> add_rows(Session& session, const Node& node, const std::string& sql) {
  std::string name = relation_text(node.schema, node.alias);
  std::vector<std::string> keys = list_config(node, "unique_key");
  std::vector<std::string> partitions = list_config(node, "partitioned_by");
  if (partitions.empty()) partitions = list_config(node, "partition_by");
  std::string strategy = node.config.value("incremental_strategy", std::string());
  if (strategy.empty()) strategy = keys.empty() ? "append" : "delete+insert";
  const std::vector<std::string> known = {"append", "delete+insert", "merge", "insert_overwrite"};
  if (std::find(known.begin(), known.end(), strategy) == known.end()) {
    return Error{ErrorKind::config,
                 fmt::format("{}: unknown incremental_strategy '{}'", node.file.path, strategy),
                 "one of: " + join(known, ", ")};
  }
  if (strategy == "insert_overwrite") {
    if (partitions.empty())
      return Error{ErrorKind::config, node.file.path + ": insert_overwrite needs partitioned_by", ""};
    keys.clear();
    std::string terms = partition_terms(partitions);
    for (const std::string& term : split(terms, ',')) keys.emplace_back(trim(term));
  } else if (strategy == "append") {
    keys.clear();
  } else if (keys.empty()) {
    return Error{ErrorKind::config, fmt::format("{}: {} needs unique_key", node.file.path, strategy), ""};
  } else {
    for (std::string& key : keys) key = sql_name(key);
  }
  TRY(session.run("CREATE OR REPLACE TEMP TABLE suikei_new AS\n" + sql));
  std::vector<std::string> columns = TRY(common_columns(session, node, name));
  std::string statements;
  if (!keys.empty()) {
    // NULL keys are equal: rows that are given again must not stand twice.
    std::vector<std::string> same;
    for (size_t i = 0; i < keys.size(); ++i)
      same.push_back(fmt::format("{} IS NOT DISTINCT FROM k.k{}", keys[i], i));
    std::string listed;
    for (size_t i = 0; i < keys.size(); ++i) listed += fmt::format("{}{} AS k{}", i ? ", " : "", keys[i], i);
    statements = fmt::format(
        "DELETE FROM {} WHERE EXISTS (SELECT 1 FROM (SELECT DISTINCT {} FROM suikei_new) k "
        "WHERE {});\n",
        name, listed, join(same, " AND "));
  }
  statements += fmt::format("INSERT INTO {} ({}) SELECT {} FROM suikei_new", name, join(columns, ", "),
                            join(columns, ", "));
  Result<> done = together(session, statements);
  Result<int64_t> added = count(session, "suikei_new");
  (void)session.run("DROP TABLE IF EXISTS suikei_new").ok();
  if (!done.ok()) return done.error();
  return added;
}

Result<int64_t> load_seed(Session& session, const Node& node, Existing existing,
                          const std::filesystem::path& project) {
  std::string types;
  auto asked = node.config.find("column_types");
  if (asked != node.config.end() && asked->is_object()) {
    for (const auto& [column, type] : asked->items())
      types += fmt::format("{}{}: {}", types.empty() ? "" : ", ", sql_text(column),
                           sql_text(type.get<std::string>()));
  }
  std::string delimiter = node.config.value("delimiter", std::string(","));
  std::string sql = fmt::format("SELECT * FROM read_csv({}, header = true, delim = {}{})",
                                sql_text((project / node.file.path).string()), sql_text(delimiter),
                                types.empty() ? "" : ", types = {" + types + "}");
  return make_table(session, node, sql, existing);
}

}  // namespace

std::string relation_text(const std::string& schema, const std::string& name) {
  return sql_name(schema) + "." + sql_name(name);
}

std::vector<std::string> list_config(const Node& node, const char* key) {
  auto found = node.config.find(key);
  if (found == node.config.end() || found->is_null()) return {};
  if (found->is_string()) return {found->get<std::string>()};
  std::vector<std::string> list;
  if (found->is_array()) {
    for (const Json& one : *found) list.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  }
  return list;
}

Result<int64_t> materialize(Session& session, const Node& node, const std::string& sql, Existing existing,
                            bool full_refresh, const std::filesystem::path& project) {
  std::string name = relation_text(node.schema, node.alias);
  if (node.materialized == "view") {
    TRY(together(session, drop_other(name, existing, Existing::view) +
                              fmt::format("CREATE OR REPLACE VIEW {} AS\n{}", name, sql)));
    return int64_t{-1};
  }
  if (node.materialized == "table") return make_table(session, node, sql, existing);
  if (node.materialized == "seed") return load_seed(session, node, existing, project);
  if (node.materialized == "snapshot") return take_snapshot(session, node, sql, existing);
  if (node.materialized == "incremental") {
    auto own = node.config.find("full_refresh");
    if (own != node.config.end() && own->is_boolean()) full_refresh = own->get<bool>();
    if (existing != Existing::table || full_refresh) return make_table(session, node, sql, existing);
    return add_rows(session, node, sql);
  }
  const std::vector<std::string> known = {"view", "table", "incremental", "ephemeral"};
  std::string near = nearest(node.materialized, known);
  return Error{ErrorKind::config,
               fmt::format("{}: unknown materialization '{}'", node.file.path, node.materialized),
               near.empty() ? "one of: " + join(known, ", ") : fmt::format("did you mean '{}'?", near)};
}

}  // namespace suikei::build
