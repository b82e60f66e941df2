#include <cstdlib>

#include "base/text.h"
#include "base/time.h"
#include "build/graph.h"

namespace suikei::build {
namespace {

Json argument(const Json& args, const Json& kwargs, size_t at, const char* name) {
  if (args.size() > at) return args[at];
  auto found = kwargs.find(name);
  return found == kwargs.end() ? Json() : *found;
}

std::string text_argument(const Json& args, const Json& kwargs, size_t at, const char* name) {
  Json value = argument(args, kwargs, at, name);
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

}  // namespace

Json relation_json(const std::string& schema, const std::string& name) {
  auto quoted = [](const std::string& text) {
    std::string out = "\"";
    for (char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    return out + "\"";
  };
  return {{"__text__", quoted(schema) + "." + quoted(name)},
          {"database", "lake"},
          {"schema", schema},
          {"identifier", name},
          {"name", name},
          {"table", name},
          {"type", "table"},
          {"is_view", false},
          {"is_table", true}};
}

Context::Context(const Graph& graph, const BuildVars& vars, Node& node)
    : graph_(graph), vars_(vars), node_(node) {}

Json Context::variables() const {
  Json target = {{"name", "suikei"},   {"schema", graph_.target_schema},
                 {"database", "lake"}, {"dbname", "lake"},
                 {"type", "duckdb"},   {"profile_name", graph_.files.name},
                 {"threads", 1},       {"dataset", graph_.target_schema},
                 {"project", "lake"}};
  Json model = {{"name", node_.file.name},
                {"alias", node_.alias},
                {"schema", node_.schema},
                {"database", "lake"},
                {"unique_id", node_.id},
                {"resource_type", name_of(node_.file.kind)},
                {"package_name", node_.file.package},
                {"path", node_.file.path},
                {"original_file_path", node_.file.path},
                {"config", node_.config},
                {"columns", Json::object()},
                {"tags", node_.config.value("tags", Json::array())}};
  Json this_relation = relation_json(node_.schema, node_.alias);
  std::string now = iso_instant(now_us());
  return {{"target", std::move(target)},
          {"model", model},
          {"node", std::move(model)},
          {"this", std::move(this_relation)},
          {"execute", executes()},
          {"database", "lake"},
          {"schema", node_.schema},
          {"dbt_version", "1.11.8"},
          {"project_name", graph_.files.name},
          {"run_started_at", now},
          {"invocation_id", "suikei"},
          {"flags", {{"FULL_REFRESH", false}, {"WHICH", "build"}, {"STORE_FAILURES", false}}}};
}

Result<Json> Context::relation_of_ref(const std::string& package, const std::string& name) {
  auto found = graph_.by_name.find(name);
  if (found == graph_.by_name.end()) {
    std::vector<std::string> known;
    for (const auto& [one, at] : graph_.by_name) known.push_back(one);
    std::string near = nearest(name, known);
    std::string whole = package.empty() ? name : package + "." + name;
    return Error{ErrorKind::config, fmt::format("ref('{}'): there is no such model", whole),
                 near.empty() ? "" : fmt::format("did you mean '{}'?", near)};
  }
  node_.needs.insert(found->second);
  const Node& of = graph_.nodes[found->second];
  if (of.materialized == "ephemeral")
    return Json{{"__text__", "__dbt__cte__" + of.file.name},
                {"schema", of.schema},
                {"identifier", of.alias},
                {"name", of.alias},
                {"table", of.alias}};
  return relation_json(of.schema, of.alias);
}

Result<Json> Context::ask_lake(std::string_view name, const Json&, const Json&) {
  // While the graph is made there is no lake; dbt answers so too.
  if (name == "is_incremental") return Json(false);
  return Json(nullptr);
}

Result<Json> Context::answer(std::string_view name, const Json& args, const Json& kwargs) {
  if (name == "ref" || name == "builtins.ref") {
    bool packaged = args.size() > 1;
    std::string package = packaged ? args[0].get<std::string>() : "";
    return relation_of_ref(package,
                           packaged ? args[1].get<std::string>() : text_argument(args, kwargs, 0, "name"));
  }
  if (name == "source" || name == "builtins.source") {
    std::string source = text_argument(args, kwargs, 0, "source_name");
    std::string table = text_argument(args, kwargs, 1, "table_name");
    auto found = graph_.files.sources.find({source, table});
    if (found == graph_.files.sources.end()) {
      std::vector<std::string> known;
      for (const auto& [key, one] : graph_.files.sources) known.push_back(key.first + "." + key.second);
      std::string near = nearest(source + "." + table, known);
      return Error{ErrorKind::config,
                   fmt::format("source('{}', '{}'): there is no such source", source, table),
                   near.empty() ? "" : fmt::format("did you mean {}?", near)};
    }
    node_.sources.insert({source, table});
    return relation_json(found->second.schema, found->second.identifier);
  }
  if (name == "config") {
    if (!args.empty() && args[0].is_object()) node_.config.update(args[0]);
    node_.config.update(kwargs);
    return Json("");
  }
  if (name == "config.get" || name == "config.require") {
    std::string key = text_argument(args, kwargs, 0, "name");
    if (node_.config.contains(key) && !node_.config[key].is_null()) return node_.config[key];
    if (name == "config.get") return argument(args, kwargs, 1, "default");
    return Error{ErrorKind::config, fmt::format("config `{}` is required", key), ""};
  }
  if (name == "var") {
    std::string key = text_argument(args, kwargs, 0, "name");
    for (const Json* vars : {&vars_.vars, &graph_.files.vars}) {
      if (vars->contains(node_.file.package) && (*vars)[node_.file.package].is_object() &&
          (*vars)[node_.file.package].contains(key))
        return (*vars)[node_.file.package][key];
      if (vars->contains(key)) return (*vars)[key];
    }
    if (args.size() > 1 || kwargs.contains("default")) return argument(args, kwargs, 1, "default");
    return Error{ErrorKind::config, fmt::format("var('{}') has no value", key),
                 fmt::format("put it under vars in dbt_project.yml, or --vars '{{{}: …}}'", key)};
  }
  if (name == "var.has_var") {
    std::string key = text_argument(args, kwargs, 0, "name");
    return Json(vars_.vars.contains(key) || graph_.files.vars.contains(key));
  }
  if (name == "env_var") {
    std::string key = text_argument(args, kwargs, 0, "name");
    if (const char* value = std::getenv(key.c_str())) return Json(value);
    if (args.size() > 1 || kwargs.contains("default")) return argument(args, kwargs, 1, "default");
    return Error{ErrorKind::config, fmt::format("the environment has no {}", key), ""};
  }
  if (name == "adapter.dispatch") {
    std::string macro = text_argument(args, kwargs, 0, "macro_name");
    std::string package = text_argument(args, kwargs, 1, "macro_namespace");
    for (const std::string& space : {graph_.files.name, package, std::string("dbt")}) {
      for (const char* prefix : {"duckdb__", "default__"}) {
        std::string whole = space + "." + prefix + macro;
        if (!space.empty() && graph_.templates.has_macro(whole)) return Json{{"__macro__", whole}};
      }
    }
    for (const char* prefix : {"duckdb__", "default__", ""}) {
      if (graph_.templates.has_macro(prefix + macro)) return Json{{"__macro__", prefix + macro}};
    }
    return Error{ErrorKind::config, fmt::format("no macro duckdb__{0} or default__{0}", macro), ""};
  }
  if (name == "exceptions.raise_compiler_error" || name == "exceptions.raise_not_implemented") {
    return Error{ErrorKind::config, text_argument(args, kwargs, 0, "msg"), ""};
  }
  if (name == "suikei_set_keys" || name == "log" || name == "print" || name == "exceptions.warn")
    return Json("");
  if (name == "api.Relation.create") {
    return relation_json(text_argument(args, kwargs, 1, "schema"),
                         text_argument(args, kwargs, 2, "identifier"));
  }
  return ask_lake(name, args, kwargs);
}

}  // namespace suikei::build
