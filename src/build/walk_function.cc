#include <algorithm>

#include "base/text.h"
#include "build/functions.h"
#include "build/walk.h"

namespace suikei::build {

namespace {

/// The name under which struct_pack keeps an argument.
std::string_view field_name(TreeNode argument) {
  if (std::string_view alias = argument.text("alias"); !alias.empty()) return alias;
  std::string_view last;
  for (TreeNode part : argument["column_names"]) last = part.text();
  return last;
}

/// A text that a key is part of, whatever else is.
bool holds_key(TreeNode node) {
  if (node.text("class") == "CAST") return holds_key(node["child"]);
  if (node.text("class") != "FUNCTION") return false;
  TreeNode children = node["children"];
  if (node.text("function_name") == "getvariable") {
    TreeNode variable = children.at(0);
    return variable.text("class") == "CONSTANT" && starts_with(variable["value"].text("value"), "suikei_");
  }
  if (!keeps_key(node.text("function_name"))) return false;
  for (TreeNode child : children) {
    if (holds_key(child)) return true;
  }
  return false;
}

}  // namespace

bool Walk::aggregates(TreeNode node) {
  std::string_view kind = node.text("class");
  if (kind == "SUBQUERY") return false;
  if (kind == "FUNCTION") {
    if (node["filter"] || node["order_bys"]["orders"] || node.is_true("distinct")) return true;
    if (is_aggregate(node.text("function_name"))) return true;
  }
  for (TreeNode part : node) {
    if ((part.is_object() || part.is_list()) && aggregates(part)) return true;
  }
  return false;
}

bool Walk::is_masking(std::string_view name, TreeNode node) const {
  for (const std::string& masking : options_.masking_functions) {
    if (same_name(masking, name)) return true;
  }
  if (!is_hash(name)) return false;
  for (TreeNode child : node["children"]) {
    if (holds_key(child)) return true;
  }
  return false;
}

Value Walk::function(TreeNode node, Scope& scope) {
  std::string_view name = node.text("function_name");
  bool upper = std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (upper) name = keep(lower(name));
  std::vector<Value> arguments;
  // `column.upper()` is parsed as the function upper of a schema named column.
  std::string_view catalog = node.text("catalog"), schema = node.text("schema");
  if (!schema.empty() && (schema != "main" || !catalog.empty())) {
    std::vector<std::string_view> names = {schema};
    if (!catalog.empty()) names.insert(names.begin(), catalog);
    if (std::optional<Value> subject = resolve(names, scope)) arguments.push_back(std::move(*subject));
  }
  TreeNode lambda_node;
  for (TreeNode child : node["children"]) {
    if (child.text("class") != "LAMBDA") {
      arguments.push_back(value(child, scope));
    } else if (takes_lambda(name) || !is_arrow(child, scope)) {
      lambda_node = child;
    } else {
      arguments.push_back({everything(child, scope), nullptr, 0});
    }
  }
  Value result;
  if (!lambda_node) {
    result = call(name, node, std::move(arguments), scope);
  } else {
    Value body = lambda(lambda_node, scope, arguments);
    if (transforms_list(name)) {
      // Of structs only the fields that are asked for arrive.
      if (!arguments.empty()) add_flow(body.flow, arguments[0].flow);
      ++body.lists;
      result = std::move(body);
    } else {
      Flow flow = whole(body);
      result = call(name, node, std::move(arguments), scope);
      add_flow(result.flow, flow);
    }
  }
  if (is_masking(name, node)) {
    Flow flow = whole(result);
    return {{0, sets_.unite(flow.from, flow.masked)}, nullptr, 0};
  }
  if (node["filter"]) add_flow(result.flow, everything(node["filter"], scope));
  return result;
}

/// Whether `x -> y` asks JSON for a member, rather than being a function of x.
bool Walk::is_arrow(TreeNode node, Scope& scope) {
  TreeNode left = node["lhs"];
  if (left.text("class") != "COLUMN_REF") return left.text("function_name") != "row";
  std::vector<std::string_view> names;
  for (TreeNode part : left["column_names"]) names.push_back(part.text());
  return resolve(names, scope).has_value();
}

/// The body of a lambda; its parameters are elements of the lists.
Value Walk::lambda(TreeNode node, Scope& scope, const std::vector<Value>& lists) {
  Value parameter;
  for (const Value& list : lists) parameter = either(std::move(parameter), element(list));
  size_t outside = scope.parameters.size();
  TreeNode left = node["lhs"];
  auto add_parameter = [&](TreeNode name) {
    scope.parameters.push_back({name["column_names"].at(0).text(), parameter});
  };
  if (left.text("class") == "COLUMN_REF") {
    add_parameter(left);
  } else {
    for (TreeNode name : left["children"]) add_parameter(name);
  }
  Value body = value(node["expr"], scope);
  scope.parameters.resize(outside);
  return body;
}

/// The result of a function; what orders its rows decides on them.
Value Walk::call(std::string_view name, TreeNode node, std::vector<Value> arguments, Scope& scope) {
  TreeNode children = node["children"];
  FunctionKind kind = function_kind(name);
  for (const char* key : {"order_bys", "arg_orders"}) {
    TreeNode orders = node[key];
    for (TreeNode order : orders.is_object() ? orders["orders"] : orders) {
      Flow flow = everything(order["expression"], scope);
      if (takes_ordered_value(name, !children.empty())) {
        arguments.push_back({flow, nullptr, 0});
        kind = FunctionKind::mixes;
      } else {
        condition(flow);
      }
    }
  }
  if (kind == FunctionKind::ranks) return {};
  if (arguments.empty()) kind = FunctionKind::mixes;
  auto with_others = [&](Value result) {
    for (size_t i = 1; i < arguments.size(); ++i) add_flow(result.flow, whole(arguments[i]));
    return result;
  };
  switch (kind) {
    case FunctionKind::picks: {
      Value result = with_others(arguments[0]);
      if ((name == "min" || name == "max") && arguments.size() > 1) ++result.lists;  // the n smallest
      return result;
    }
    case FunctionKind::picks_by: {
      if (arguments.size() > 1) condition(whole(arguments[1]));
      if (arguments.size() > 2) ++arguments[0].lists;
      return std::move(arguments[0]);
    }
    case FunctionKind::collects: {
      Value result = with_others(arguments[0]);
      ++result.lists;
      return result;
    }
    case FunctionKind::rearranges:
      return with_others(arguments[0]);
    case FunctionKind::takes_element:
      if (arguments[0].lists > 0 || !arguments[0].row) condition(arguments[0].flow);
      return element(std::move(arguments[0]));
    case FunctionKind::takes_part:
      if (arguments.size() != 2 || children.size() != 2) break;
      return extract(std::move(arguments[0]), children.at(1), scope);
    case FunctionKind::chooses:
    case FunctionKind::lists: {
      Value result;
      for (const Value& argument : arguments) result = either(std::move(result), argument);
      if (kind == FunctionKind::lists) ++result.lists;
      return result;
    }
    case FunctionKind::packs:
    case FunctionKind::inserts:
      if (arguments.size() != children.size()) break;
      if (kind == FunctionKind::inserts && !arguments[0].row) break;
      return pack(node, kind == FunctionKind::inserts, std::move(arguments));
    case FunctionKind::mixes:
    case FunctionKind::ranks:
      break;
  }
  Flow flow;
  for (const Value& argument : arguments) add_flow(flow, whole(argument));
  return {flow, nullptr, 0};
}

Value Walk::pack(TreeNode node, bool into_first, std::vector<Value> arguments) {
  auto row = std::make_shared<Row>();
  Value result;
  if (into_first) {
    *row = *arguments[0].row;
    result.flow = arguments[0].flow;
  }
  bool named = node.text("function_name") != "row";
  size_t position = 0;
  for (TreeNode child : node["children"]) {
    if (position > 0 || !into_first) {
      row->columns.push_back(
          {named ? field_name(child) : std::string_view(), std::move(arguments[position])});
    }
    ++position;
  }
  result.row = std::move(row);
  return result;
}

}  // namespace suikei::build
