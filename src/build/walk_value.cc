#include <charconv>

#include "build/walk.h"

namespace suikei::build {

Value Walk::value(TreeNode node, Scope& scope) {
  std::string_view kind = node.text("class");
  if (kind == "COLUMN_REF") {
    std::vector<std::string_view> names;
    for (TreeNode part : node["column_names"]) names.push_back(part.text());
    return column(names, scope);
  }
  if (kind == "CONSTANT" || kind == "PARAMETER" || kind == "DEFAULT") return {};
  if (kind == "FUNCTION") return function(node, scope);
  if (kind == "CASE") return conditional(node, scope);
  if (kind == "OPERATOR") return operation(node, scope);
  if (kind == "WINDOW") return window(node, scope);
  if (kind == "SUBQUERY") return subquery(node, scope);
  if (kind == "COLLATE") return value(node["child"], scope);
  if (kind == "STAR") {
    if (scope.star) return scope.star->value;
    return {whole(columns_taken(node, scope)), nullptr, 0};
  }
  if (kind == "POSITIONAL_REFERENCE") {
    Row row = all_columns({}, scope);
    size_t position = 0;
    std::string_view text = node.text("index");
    std::from_chars(text.data(), text.data() + text.size(), position);
    if (!row.has_more && position > 0 && position <= row.columns.size())
      return row.columns[position - 1].value;
    return {whole(row), nullptr, 0};
  }
  // A cast, a comparison, a conjunction, and whatever comes to be: all that is below mixes.
  return {everything(node, scope), nullptr, 0};
}

/// All that reaches any expression or query below a node.
Flow Walk::everything(TreeNode node, Scope& scope) {
  Flow flow;
  if (node.is_object() && node["class"]) {
    std::string_view kind = node.text("class");
    if (kind == "COLUMN_REF" || kind == "FUNCTION" || kind == "CASE" || kind == "OPERATOR" ||
        kind == "WINDOW" || kind == "SUBQUERY" || kind == "STAR" || kind == "POSITIONAL_REFERENCE" ||
        kind == "CONSTANT") {
      return whole(value(node, scope));
    }
  } else if (TreeNode inner = node["node"]) {
    return whole(query(inner, &scope, scope.ctes));
  }
  for (TreeNode part : node) {
    if (part.is_object() || part.is_list()) add_flow(flow, everything(part, scope));
  }
  return flow;
}

/// CASE: what decides reaches the value as well.
Value Walk::conditional(TreeNode node, Scope& scope) {
  Value result = value(node["else_expr"], scope);
  for (TreeNode check : node["case_checks"]) {
    result = either(std::move(result), value(check["then_expr"], scope));
    add_flow(result.flow, everything(check["when_expr"], scope));
  }
  return result;
}

Value Walk::operation(TreeNode node, Scope& scope) {
  std::string_view type = node.text("type");
  TreeNode children = node["children"];
  if (type == "ARRAY_EXTRACT" || type == "STRUCT_EXTRACT") {
    return extract(value(children.at(0), scope), children.at(1), scope);
  }
  if (type == "ARRAY_SLICE" || type == "OPERATOR_TRY") {
    Value result = value(children.at(0), scope);
    for (size_t i = 1; i < children.size(); ++i) add_flow(result.flow, everything(children.at(i), scope));
    return result;
  }
  if (type == "OPERATOR_COALESCE") {
    Value result;
    for (TreeNode child : children) result = either(std::move(result), value(child, scope));
    return result;
  }
  // Which columns a row is grouped by says nothing of their values.
  if (type == "GROUPING_FUNCTION") return {};
  Flow flow;
  for (TreeNode child : children) add_flow(flow, everything(child, scope));
  return {flow, nullptr, 0};
}

Value Walk::extract(Value of, TreeNode what, Scope& scope) {
  if (what.text("class") != "CONSTANT") add_flow(of.flow, everything(what, scope));
  TreeNode constant = what["value"];
  if (of.lists > 0) return element(std::move(of));
  if (constant["type"].text("id") == "VARCHAR") return field(of, constant.text("value"));
  if (!of.row) return of;
  size_t position = 0;
  std::string_view text = constant.text("value");
  std::from_chars(text.data(), text.data() + text.size(), position);
  if (of.row->has_more || position == 0 || position > of.row->columns.size()) return {whole(of), nullptr, 0};
  Value part = of.row->columns[position - 1].value;
  add_flow(part.flow, of.flow);
  return part;
}

Value Walk::subquery(TreeNode node, Scope& scope) {
  std::string_view type = node.text("subquery_type");
  TreeNode inner = node["subquery"]["node"];
  if (type == "EXISTS" || type == "NOT_EXISTS") {
    // The answer is whether rows are left, so what decides on rows decides the value.
    Set outside = std::exchange(conditions_, 0);
    query(inner, &scope, scope.ctes);
    return {{std::exchange(conditions_, outside), 0}, nullptr, 0};
  }
  Row row = query(inner, &scope, scope.ctes);
  if (type == "SCALAR" && row.columns.size() == 1 && !row.has_more) {
    add_flow(row.columns[0].value.flow, row.rest);
    return std::move(row.columns[0].value);
  }
  Flow flow = whole(row);
  if (node["child"]) add_flow(flow, everything(node["child"], scope));
  return {flow, nullptr, 0};
}

Value Walk::window(TreeNode node, Scope& scope) {
  std::string_view name = node.text("function_name");
  std::vector<Value> arguments;
  for (TreeNode child : node["children"]) arguments.push_back(value(child, scope));
  Value result = call(name, node, std::move(arguments), scope);
  if (node["default_expr"]) result = either(std::move(result), value(node["default_expr"], scope));
  if (node["filter_expr"]) add_flow(result.flow, everything(node["filter_expr"], scope));
  if (node["offset_expr"]) add_flow(result.flow, everything(node["offset_expr"], scope));
  for (TreeNode partition : node["partitions"]) condition(partition, scope);
  for (TreeNode order : node["orders"]) condition(order["expression"], scope);
  condition(node["start_expr"], scope);
  condition(node["end_expr"], scope);
  return result;
}

Value Walk::field(const Value& of, std::string_view name) {
  if (!of.row) return {of.flow, nullptr, 0};
  std::optional<Value> value = find(*of.row, name);
  if (!value) value = find_possible(*of.row, name);
  if (!value) return {whole(of), nullptr, 0};
  add_flow(value->flow, of.flow);
  return std::move(*value);
}

Value Walk::element(Value of) const {
  if (of.lists > 0) --of.lists;
  return of;
}

/// A value that is one or the other.
Value Walk::either(Value one, const Value& other) {
  add_flow(one.flow, other.flow);
  one.lists = std::max(one.lists, other.lists);
  if (!one.row || !other.row || one.row == other.row) {
    if (!one.row) one.row = other.row;
    return one;
  }
  one.row = std::make_shared<const Row>(beside_by_name(*one.row, *other.row));
  return one;
}

}  // namespace suikei::build
