#include "build/run_context.h"

#include <algorithm>

#include "base/text.h"
#include "io/crypto.h"

namespace suikei::build {
namespace {

/// A query's answer as templates know it, with dbt's words: `.columns[0].values()`, `.rows`.
Json result_json(const table::Rows& rows) {
  Json names = Json::array(), columns = Json::array(), data = Json::array();
  auto value_of = [&](const table::Row& row, size_t at) -> Json {
    if (!row[at]) return nullptr;
    const std::string& type = rows.types[at];
    bool whole = type == "BIGINT" || type == "INTEGER" || type == "HUGEINT" || type == "SMALLINT";
    if (whole) return std::atoll(row[at]->c_str());
    if (type == "DOUBLE" || type == "FLOAT") return std::atof(row[at]->c_str());
    if (type == "BOOLEAN") return *row[at] == "true";
    return *row[at];
  };
  for (size_t i = 0; i < rows.names.size(); ++i) {
    names.push_back(rows.names[i]);
    Json values = Json::array();
    for (const table::Row& row : rows.rows) values.push_back(value_of(row, i));
    columns.push_back({{"__text__", rows.names[i]},
                       {"name", rows.names[i]},
                       {"data", values},
                       {"values", {{"__method__", "suikei_column_values"}}}});
  }
  for (const table::Row& row : rows.rows) {
    Json one = Json::array();
    for (size_t i = 0; i < row.size(); ++i) one.push_back(value_of(row, i));
    data.push_back(std::move(one));
  }
  return {{"__text__", "<table>"}, {"column_names", names}, {"columns", columns}, {"rows", data}};
}

std::string argument_text(const Json& args, const Json& kwargs, size_t at, const char* name) {
  Json value = args.size() > at ? args[at] : kwargs.value(name, Json());
  if (value.is_object() && value.contains("__text__")) return value["__text__"];
  return value.is_string() ? value.get<std::string>() : "";
}

/// SELECT or WITH: what may stand behind a CTE.
bool begins_with_with(const std::string& sql, size_t& behind) {
  size_t at = 0;
  while (at < sql.size()) {
    if (std::isspace(static_cast<unsigned char>(sql[at]))) {
      ++at;
    } else if (sql.compare(at, 2, "--") == 0) {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.compare(at, 2, "/*") == 0) {
      size_t end = sql.find("*/", at + 2);
      at = end == std::string::npos ? sql.size() : end + 2;
    } else {
      break;
    }
  }
  bool with = lower(sql.substr(at, 4)) == "with" && at + 4 < sql.size() &&
              std::isspace(static_cast<unsigned char>(sql[at + 4]));
  behind = at + 4;
  return with;
}

std::string in_front(const std::vector<std::string>& ctes, const std::string& sql) {
  if (ctes.empty()) return sql;
  size_t behind = 0;
  if (!begins_with_with(sql, behind)) return "with " + join(ctes, ",\n") + "\n" + sql;
  size_t recursive = sql.find_first_not_of(" \t\r\n", behind);
  bool is_recursive = recursive != std::string::npos && lower(sql.substr(recursive, 9)) == "recursive";
  size_t at = is_recursive ? recursive + 9 : behind;
  return sql.substr(0, at) + " " + join(ctes, ",\n") + "," + sql.substr(at);
}

}  // namespace

Result<> LakeNames::read(lakes::Session& session) {
  table::Rows rows = TRY(session.query(
      "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog = "
      "current_database()"));
  std::lock_guard lock(guard_);
  known_.clear();
  for (const table::Row& row : rows.rows) {
    known_[{row[0].value_or(""), row[1].value_or("")}] =
        row[2].value_or("") == "VIEW" ? Existing::view : Existing::table;
  }
  return ok();
}

Existing LakeNames::find(const std::string& schema, const std::string& name) const {
  std::lock_guard lock(guard_);
  auto found = known_.find({schema, name});
  return found == known_.end() ? Existing::nothing : found->second;
}

void LakeNames::note(const std::string& schema, const std::string& name, Existing what) {
  std::lock_guard lock(guard_);
  known_[{schema, name}] = what;
}

Result<> MaskKey::set(lakes::Session& session, const std::string& domain) {
  {
    std::lock_guard lock(guard_);
    if (key_.empty() && !secret_.empty()) key_ = TRY(secret_.resolve());
    if (key_.empty()) {
      return Error{
          ErrorKind::config, "a mask needs a key and the project has none",
          "suikei.yaml: masking: {key_env: SUIKEI_MASKING_KEY}, a long random text that never changes"};
    }
  }
  // The key of a domain: what the dbt macro suikei_set_keys makes as well.
  std::string key = io::sha256(key_ + ":" + domain);
  std::string inner(64, '\x36'), outer(64, '\x5c');
  for (size_t i = 0; i < key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  TRY(session.set_variable("suikei_inner_" + domain, inner));
  return session.set_variable("suikei_outer_" + domain, outer);
}

Result<Json> RunContext::relation_of_ref(const std::string& package, const std::string& name) {
  Json relation = TRY(Context::relation_of_ref(package, name));
  size_t at = graph_.by_name.at(name);
  if (graph_.nodes[at].materialized == "ephemeral") ephemerals_.insert(at);
  std::string where = node_.config.value("where", std::string());
  if (node_.tested == at && !where.empty()) {
    relation["__text__"] = fmt::format("(select * from {} where {}) dbt_subquery",
                                       relation["__text__"].get<std::string>(), where);
  }
  return relation;
}

Result<Json> RunContext::ask_lake(std::string_view name, const Json& args, const Json& kwargs) {
  if (name == "is_incremental") {
    return Json(node_.materialized == "incremental" && !full_refresh_ &&
                names_.find(node_.schema, node_.alias) == Existing::table);
  }
  if (name == "should_full_refresh") return Json(full_refresh_);
  if (name == "run_query") return result_json(TRY(session_.query(argument_text(args, kwargs, 0, "sql"))));
  if (name == "statement") {
    std::string key = argument_text(args, kwargs, 0, "name");
    std::string sql = kwargs.value("caller", std::string());
    if (trim(sql).empty()) return Json("");
    table::Rows rows = TRY(session_.query(sql));
    Json table = result_json(rows);
    results_[key] = {{"__text__", ""}, {"table", table}, {"data", table["rows"]}, {"response", "OK"}};
    return Json("");
  }
  if (name == "load_result") {
    auto found = results_.find(argument_text(args, kwargs, 0, "name"));
    return found == results_.end() ? Json(nullptr) : found->second;
  }
  if (name == "suikei_column_values") return args.at(0).value("data", Json::array());
  if (name == "adapter.get_relation" || name == "load_relation") {
    std::string schema = argument_text(args, kwargs, 1, "schema"),
                table = argument_text(args, kwargs, 2, "identifier");
    if (name == "load_relation" && !args.empty() && args[0].is_object()) {
      schema = args[0].value("schema", schema);
      table = args[0].value("identifier", table);
    }
    if (names_.find(schema, table) == Existing::nothing) return Json(nullptr);
    return relation_json(schema, table);
  }
  if (name == "adapter.get_columns_in_relation") {
    table::Rows rows = TRY(session_.query("DESCRIBE " + argument_text(args, kwargs, 0, "relation")));
    Json columns = Json::array();
    for (const table::Row& row : rows.rows) {
      std::string column = row[0].value_or(""), type = row[1].value_or("");
      columns.push_back({{"__text__", column},
                         {"name", column},
                         {"column", column},
                         {"quoted", lakes::sql_name(column)},
                         {"dtype", type},
                         {"data_type", type}});
    }
    return columns;
  }
  if (name == "adapter.quote") return Json(lakes::sql_name(argument_text(args, kwargs, 0, "identifier")));
  return Json(nullptr);
}

Result<Json> RunContext::call(std::string_view name, const Json& args, const Json& kwargs) {
  if (name != "suikei_set_keys") return answer(name, args, kwargs);
  Json domains = args.empty() ? kwargs.value("domains", Json::array()) : args[0];
  for (const Json& domain : domains) TRY(key_.set(session_, domain.get<std::string>()));
  return Json("");
}

Result<std::string> compile(const Graph& graph, const BuildVars& vars, Node& node, lakes::Session& session,
                            const LakeNames& names, MaskKey& key, bool full_refresh) {
  RunContext context(graph, vars, node, session, names, key, full_refresh);
  std::string sql =
      TRY(graph.templates.render(node.template_name, context.variables(),
                                 [&](std::string_view name, const Json& args, const Json& kwargs) {
                                   return context.call(name, args, kwargs);
                                 }));
  std::vector<std::string> ctes;
  std::set<size_t> added;
  // An ephemeral model may read another one: that goes first.
  std::function<Result<>(const std::set<size_t>&)> add = [&](const std::set<size_t>& wanted) -> Result<> {
    for (size_t at : wanted) {
      if (added.contains(at)) continue;
      Node copy = graph.nodes[at];
      RunContext inner(graph, vars, copy, session, names, key, full_refresh);
      std::string body =
          TRY(graph.templates.render(copy.template_name, inner.variables(),
                                     [&](std::string_view name, const Json& args, const Json& kwargs) {
                                       return inner.call(name, args, kwargs);
                                     }));
      TRY(add(inner.ephemerals()));
      if (!added.insert(at).second) continue;
      ctes.push_back(fmt::format("__dbt__cte__{} as (\n{}\n)", copy.file.name, body));
    }
    return ok();
  };
  TRY(add(context.ephemerals()));
  sql = in_front(ctes, sql);
  while (!sql.empty() && (std::isspace(static_cast<unsigned char>(sql.back())) || sql.back() == ';'))
    sql.pop_back();
  return sql;
}

}  // namespace suikei::build
