#include "build/snapshot.h"

#include <algorithm>

#include "base/text.h"
#include "build/materialize.h"

namespace suikei::build {
namespace {

using lakes::sql_name;

struct Plan {
  std::vector<std::string> keys;     ///< quoted
  std::vector<std::string> columns;  ///< of the SELECT, quoted
  std::vector<std::string> checked;  ///< quoted; empty: by timestamp
  std::string updated_at;            ///< expression over `src`
  bool invalidate = false, new_record = false;
};

std::string each(const std::vector<std::string>& names, const std::string& prefix) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(prefix + name);
  return join(all, ", ");
}

std::string same_keys(const Plan& plan, const std::string& a, const std::string& b) {
  std::vector<std::string> parts;
  for (const std::string& key : plan.keys) parts.push_back(fmt::format("{}.{} = {}.{}", a, key, b, key));
  return join(parts, " AND ");
}

/// dbt_scd_id: the key and the moment, so that a row of the history has a name of its own.
std::string scd_id(const Plan& plan, const std::string& of, const std::string& at) {
  std::vector<std::string> parts;
  for (const std::string& key : plan.keys)
    parts.push_back(fmt::format("coalesce(CAST({}.{} AS VARCHAR), '')", of, key));
  parts.push_back(fmt::format("coalesce(CAST({} AS VARCHAR), '')", at));
  return "md5(" + join(parts, " || '|' || ") + ")";
}

Result<Plan> plan_of(lakes::Session& session, const Node& node) {
  Plan plan;
  for (const std::string& key : list_config(node, "unique_key")) plan.keys.push_back(sql_name(key));
  if (plan.keys.empty()) {
    return Error{ErrorKind::config, node.file.path + ": a snapshot needs unique_key",
                 "write: unique_key='id'"};
  }
  table::Rows described = TRY(session.query("DESCRIBE suikei_source"));
  for (const table::Row& row : described.rows) plan.columns.push_back(sql_name(row[0].value_or("")));
  std::string strategy = node.config.value("strategy", std::string());
  if (strategy == "timestamp") {
    std::string column = node.config.value("updated_at", std::string());
    if (column.empty())
      return Error{ErrorKind::config, node.file.path + ": strategy='timestamp' needs updated_at", ""};
    plan.updated_at = "CAST(src." + sql_name(column) + " AS TIMESTAMP)";
  } else if (strategy == "check") {
    std::vector<std::string> checked = list_config(node, "check_cols");
    bool all = checked.size() == 1 && lower(checked[0]) == "all";
    if (checked.empty())
      return Error{ErrorKind::config, node.file.path + ": strategy='check' needs check_cols",
                   "write: check_cols='all'"};
    for (const std::string& column : all ? std::vector<std::string>{} : checked)
      plan.checked.push_back(sql_name(column));
    if (all) plan.checked = plan.columns;
    plan.updated_at = "CAST(getvariable('suikei_now') AS TIMESTAMP)";
  } else {
    return Error{ErrorKind::config, fmt::format("{}: unknown strategy '{}'", node.file.path, strategy),
                 "timestamp or check"};
  }
  std::string deletes = node.config.value("hard_deletes", std::string("ignore"));
  auto older = node.config.find("invalidate_hard_deletes");
  if (older != node.config.end() && older->is_boolean() && older->get<bool>()) deletes = "invalidate";
  plan.invalidate = deletes == "invalidate";
  plan.new_record = deletes == "new_record";
  if (!plan.invalidate && !plan.new_record && deletes != "ignore") {
    return Error{ErrorKind::config, fmt::format("{}: unknown hard_deletes '{}'", node.file.path, deletes),
                 "ignore, invalidate or new_record"};
  }
  return plan;
}

Result<> check_keys(lakes::Session& session, const Node& node, const Plan& plan) {
  std::vector<std::string> nulls;
  for (const std::string& key : plan.keys) nulls.push_back(key + " IS NULL");
  table::Rows found = TRY(session.query(fmt::format(
      "SELECT (SELECT count(*) FROM suikei_source WHERE {0}), (SELECT count(*) FROM (SELECT {1} FROM "
      "suikei_source GROUP BY {1} HAVING count(*) > 1))",
      join(nulls, " OR "), join(plan.keys, ", "))));
  for (size_t i = 0; i < 2; ++i) {
    std::string number = found.rows.at(0)[i].value_or("0");
    if (number == "0") continue;
    return Error{
        ErrorKind::rejected,
        fmt::format("{}: {} {}", node.file.name, number,
                    i == 0 ? "rows have no unique_key" : "values of unique_key stand more than once"),
        "the history would not know which row goes on; mend the query"};
  }
  return ok();
}

/// An open row whose source row is another one now.
std::string is_changed(const Plan& plan) {
  if (plan.checked.empty()) return fmt::format("{} > cur.dbt_updated_at", plan.updated_at);
  std::vector<std::string> parts;
  for (const std::string& column : plan.checked)
    parts.push_back(fmt::format("src.{0} IS DISTINCT FROM cur.{0}", column));
  return "(" + join(parts, " OR ") + ")";
}

std::string opened(const Plan& plan, const std::string& from) {
  std::string deleted = plan.new_record ? ", 'False'" : "";
  return fmt::format("SELECT {}, {} , {}, {}, CAST(NULL AS TIMESTAMP){} FROM {}", each(plan.columns, "src."),
                     scd_id(plan, "src", plan.updated_at), plan.updated_at, plan.updated_at, deleted, from);
}

}  // namespace

Result<int64_t> take_snapshot(lakes::Session& session, const Node& node, const std::string& sql,
                              Existing existing) {
  std::string name = relation_text(node.schema, node.alias);
  TRY(session.run("CREATE OR REPLACE TEMP TABLE suikei_source AS\n" + sql));
  TRY(session.run("SET VARIABLE suikei_now = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)"));
  Plan plan = TRY(plan_of(session, node));
  TRY(check_keys(session, node, plan));
  std::string columns = fmt::format("{}, dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to{}",
                                    join(plan.columns, ", "), plan.new_record ? ", dbt_is_deleted" : "");
  std::string statements;
  if (existing != Existing::table) {
    statements = fmt::format("CREATE TABLE {} AS SELECT * FROM ({}) AS first({});", name,
                             opened(plan, "suikei_source AS src"), columns);
  } else {
    // What is to be closed is found before anything changes.
    std::string live = plan.new_record ? " AND cur.dbt_is_deleted = 'False'" : "";
    std::string close = fmt::format(
        "CREATE OR REPLACE TEMP TABLE suikei_closed AS SELECT cur.dbt_scd_id AS id, {0} AS at FROM {1} AS "
        "cur JOIN "
        "suikei_source AS src ON {2} WHERE cur.dbt_valid_to IS NULL AND ({3}{4})",
        plan.updated_at, name, same_keys(plan, "src", "cur"), is_changed(plan),
        plan.new_record ? " OR cur.dbt_is_deleted = 'True'" : "");
    TRY(session.run(close));
    if (plan.invalidate || plan.new_record) {
      TRY(session.run(fmt::format(
          "INSERT INTO suikei_closed SELECT cur.dbt_scd_id, getvariable('suikei_now') FROM {} AS cur WHERE "
          "cur.dbt_valid_to IS NULL{} AND NOT EXISTS (SELECT 1 FROM suikei_source AS src WHERE {})",
          name, live, same_keys(plan, "src", "cur"))));
    }
    std::string gone = fmt::format(
        "SELECT {}, {}, getvariable('suikei_now'), getvariable('suikei_now'), CAST(NULL AS TIMESTAMP), "
        "'True' FROM {} "
        "AS cur WHERE cur.dbt_valid_to IS NULL AND cur.dbt_is_deleted = 'False' AND NOT EXISTS (SELECT 1 "
        "FROM "
        "suikei_source AS src WHERE {})",
        each(plan.columns, "cur."), scd_id(plan, "cur", "getvariable('suikei_now')"), name,
        same_keys(plan, "src", "cur"));
    if (plan.new_record) TRY(session.run("CREATE OR REPLACE TEMP TABLE suikei_gone AS " + gone));
    statements = fmt::format(
        "UPDATE {0} SET dbt_valid_to = c.at FROM suikei_closed AS c WHERE {0}.dbt_scd_id = c.id AND "
        "{0}.dbt_valid_to IS NULL;\n"
        "INSERT INTO {0} ({1}) {2} WHERE NOT EXISTS (SELECT 1 FROM {0} AS cur WHERE cur.dbt_valid_to IS NULL "
        "AND {3});",
        name, columns, opened(plan, "suikei_source AS src"), same_keys(plan, "src", "cur"));
    if (plan.new_record)
      statements += fmt::format("INSERT INTO {} ({}) SELECT * FROM suikei_gone;", name, columns);
  }
  TRY(session.run("BEGIN"));
  Result<> done = session.run(statements);
  if (done.ok()) done = session.run("COMMIT");
  if (!done.ok()) {
    (void)session.run("ROLLBACK").ok();
    return done.error();
  }
  table::Rows rows = TRY(session.query("SELECT count(*) FROM " + name));
  return std::atoll(rows.rows.at(0)[0].value_or("0").c_str());
}

}  // namespace suikei::build
