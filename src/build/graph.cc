#include "build/graph.h"

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "build/embedded.gen.h"

namespace suikei::build {
namespace {

const std::vector<std::string> functions = {"ref",
                                            "source",
                                            "config",
                                            "config.get",
                                            "config.require",
                                            "var",
                                            "var.has_var",
                                            "env_var",
                                            "is_incremental",
                                            "run_query",
                                            "statement",
                                            "load_result",
                                            "log",
                                            "print",
                                            "suikei_set_keys",
                                            "builtins.ref",
                                            "builtins.source",
                                            "adapter.dispatch",
                                            "adapter.get_relation",
                                            "adapter.get_columns_in_relation",
                                            "adapter.quote",
                                            "adapter.already_exists",
                                            "adapter.drop_relation",
                                            "adapter.rename_relation",
                                            "adapter.create_schema",
                                            "adapter.check_schema_exists",
                                            "adapter.execute",
                                            "exceptions.raise_compiler_error",
                                            "exceptions.raise_not_implemented",
                                            "exceptions.warn",
                                            "api.Relation.create",
                                            "load_relation",
                                            "store_result",
                                            "should_full_refresh"};

std::string default_materialized(NodeKind kind) {
  switch (kind) {
    case NodeKind::seed:
      return "seed";
    case NodeKind::snapshot:
      return "snapshot";
    case NodeKind::test:
      return "test";
    case NodeKind::model:
      break;
  }
  return "view";
}

/// The dataset for a model's `schema`, as dbt makes it: by the project's macro, or with the target's in
/// front.
Result<std::string> dataset_of(Graph& graph, const Node& node, const std::string& schema) {
  if (schema.empty()) return graph.target_schema;
  if (graph.datasets_as_named) return schema;
  if (!graph.templates.has_macro("generate_schema_name")) return graph.target_schema + "_" + schema;
  TRY(graph.templates.add("dataset", "{{ generate_schema_name(custom, node) }}"));
  Json context = {
      {"custom", schema},
      {"target", {{"schema", graph.target_schema}, {"name", "suikei"}, {"database", "lake"}}},
      {"node", {{"name", node.file.name}, {"package_name", node.file.package}, {"path", node.file.path}}}};
  std::string text = TRY(graph.templates.render("dataset", context));
  return std::string(trim(text));
}

/// Where the node lives, after everything that may say so has said so.
Result<> settle(Graph& graph, Node& node) {
  auto text = [&](const char* key) {
    auto found = node.config.find(key);
    return found != node.config.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  node.materialized = text("materialized");
  if (node.materialized.empty()) node.materialized = default_materialized(node.file.kind);
  if (node.file.kind != NodeKind::model) node.materialized = default_materialized(node.file.kind);
  node.alias = text("alias").empty() ? node.file.name : text("alias");
  // A snapshot's target_schema is taken as it stands.
  node.schema = text("target_schema");
  if (node.schema.empty()) node.schema = TRY(dataset_of(graph, node, text("schema")));
  return ok();
}

bool is_enabled(const Node& node) {
  auto found = node.config.find("enabled");
  return found == node.config.end() || !found->is_boolean() || found->get<bool>();
}

/// `{{ ref('x') }}`, or what the argument of a test says in Jinja.
std::string jinja_of(const Json& value);

std::string jinja_list(const Json& list) {
  std::vector<std::string> parts;
  for (const Json& one : list) parts.push_back(jinja_of(one));
  return "[" + join(parts, ", ") + "]";
}

std::string jinja_of(const Json& value) {
  if (value.is_null()) return "none";
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_array()) return jinja_list(value);
  if (value.is_object()) {
    std::vector<std::string> parts;
    for (const auto& [key, one] : value.items()) parts.push_back(Json(key).dump() + ": " + jinja_of(one));
    return "{" + join(parts, ", ") + "}";
  }
  if (!value.is_string()) return value.dump();
  std::string text = value;
  std::string_view trimmed = trim(text);
  if (starts_with(trimmed, "{{") && trimmed.ends_with("}}"))
    return std::string(trim(trimmed.substr(2, trimmed.size() - 4)));
  // ref(…) and source(…) may stand without braces in `to:` and `compare_model:`.
  for (const char* call : {"ref(", "source(", "var("}) {
    if (starts_with(trimmed, call) && trimmed.ends_with(")")) return std::string(trimmed);
  }
  return value.dump();
}

std::string test_name(const TestAsked& asked, const std::string& of) {
  if (!asked.own_name.empty()) return asked.own_name;
  std::string name = asked.name + "_" + of;
  std::replace(name.begin(), name.end(), '.', '_');
  if (!asked.column.empty()) name += "_" + asked.column;
  std::string rest = asked.arguments.empty() ? "" : asked.arguments.dump();
  return rest.empty() ? name : name + "_" + md5_hex(rest).substr(0, 8);
}

/// A test that YAML asks for is a node whose source calls the macro test_<name>.
Node make_test(const TestAsked& asked, const std::string& model, const std::string& of,
               const std::string& package, const std::string& file) {
  Node node;
  node.file.kind = NodeKind::test;
  node.file.name = test_name(asked, of);
  node.file.path = file;
  node.file.package = package;
  std::string call = asked.name;
  size_t dot = call.rfind('.');
  call.insert(dot == std::string::npos ? 0 : dot + 1, "test_");
  std::string source = fmt::format("{{{{ {}(model={}", call, model);
  if (!asked.column.empty()) source += ", column_name=" + Json(asked.column).dump();
  for (const auto& [key, value] : asked.arguments.items())
    source += fmt::format(", {}={}", key, jinja_of(value));
  node.file.source = source + ") }}";
  node.config = asked.config;
  node.asked = asked;
  return node;
}

void add_tests(Graph& graph) {
  std::vector<Node> tests;
  for (const Node& node : graph.nodes) {
    for (const TestAsked& asked : node.described.tests) {
      tests.push_back(make_test(asked, fmt::format("ref('{}')", node.file.name), node.file.name,
                                node.file.package, node.described.file));
      tests.back().tested = graph.by_name.at(node.file.name);
    }
  }
  for (const auto& [key, source] : graph.files.sources) {
    for (const TestAsked& asked : source.description.tests) {
      tests.push_back(make_test(asked, fmt::format("source('{}', '{}')", key.first, key.second),
                                "source_" + key.first + "_" + key.second, graph.files.name,
                                source.description.file));
    }
  }
  for (Node& test : tests) graph.nodes.push_back(std::move(test));
}

Result<> render_all(Graph& graph, const BuildVars& vars) {
  for (size_t at = 0; at < graph.nodes.size(); ++at) {
    Node& node = graph.nodes[at];
    node.id = fmt::format("{}.{}", name_of(node.file.kind), node.file.name);
    node.template_name = node.file.path;
    if (node.file.kind == NodeKind::snapshot || node.asked) node.template_name += "#" + node.file.name;
    if (node.file.kind == NodeKind::seed) continue;
    TRY(graph.templates.add(node.template_name, node.file.source));
    Context context(graph, vars, node);
    Result<std::string> text =
        graph.templates.render(node.template_name, context.variables(),
                               [&](std::string_view name, const Json& args, const Json& kwargs) {
                                 return context.answer(name, args, kwargs);
                               });
    if (!text.ok()) return text.error();
    node.draft = std::move(text).value();
    TRY(settle(graph, node));
  }
  return ok();
}

/// Depth first; `path` is the way to the node, for the message about a circle.
Result<> visit(const Graph& graph, size_t at, std::vector<int>& state, std::vector<size_t>& path,
               std::vector<size_t>& order) {
  if (state[at] == 2) return ok();
  path.push_back(at);
  if (state[at] == 1) {
    std::vector<std::string> names;
    for (size_t one : path) names.push_back(graph.nodes[one].file.name);
    return Error{ErrorKind::config, "models need each other in a circle: " + join(names, " → "),
                 "let one of them read something else"};
  }
  state[at] = 1;
  for (size_t need : graph.nodes[at].needs) TRY(visit(graph, need, state, path, order));
  state[at] = 2;
  path.pop_back();
  order.push_back(at);
  return ok();
}

}  // namespace

const Node* Graph::find(const std::string& name) const {
  auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &nodes[found->second];
}

Result<Graph> make_graph(ProjectFiles files, const BuildVars& vars) {
  sql::Templates templates = TRY(sql::Templates::create());
  Graph graph{std::move(files), std::move(templates), {}, {}, {}, "main", false};
  graph.templates.declare(functions);
  TRY(graph.templates.add_macros("dbt", "dbt.jinja", embedded::dbt));
  for (const MacroFile& macro : graph.files.macros) {
    // What our own generated macros do for dbt is built in here.
    bool ours = macro.path == "macros/suikei.sql" && macro.source.find("suikei:generated") < 10;
    graph.datasets_as_named |= ours;
    if (ours) continue;
    TRY(graph.templates.add_macros(macro.package, macro.path, macro.source));
  }
  for (NodeFile& file : graph.files.nodes) {
    Node node;
    node.file = file;
    node.config = file.config;
    auto described = graph.files.described.find(file.name);
    if (described != graph.files.described.end() && file.kind != NodeKind::test) {
      node.described = described->second;
      node.config.update(described->second.config);
    }
    if (!is_enabled(node)) continue;
    TRY(settle(graph, node));
    if (file.kind != NodeKind::test) graph.by_name[file.name] = graph.nodes.size();
    graph.nodes.push_back(std::move(node));
  }
  add_tests(graph);
  TRY(render_all(graph, vars));
  std::vector<int> state(graph.nodes.size(), 0);
  std::vector<size_t> path;
  for (size_t at = 0; at < graph.nodes.size(); ++at) TRY(visit(graph, at, state, path, graph.order));
  return graph;
}

}  // namespace suikei::build
