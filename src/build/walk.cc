#include "build/walk.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace suikei::build {

namespace {

// A round of a recursive part moves a column by one place at least; past that, all are taken to mix.
constexpr int rounds_max = 64;

/// The number of a positional reference: ORDER BY 2. 0 when it is none.
size_t position_in(TreeNode node) {
  if (node.text("class") != "CONSTANT") return 0;
  std::string_view type = node["value"]["type"].text("id"), text = node["value"].text("value");
  if (type != "INTEGER" && type != "BIGINT" && type != "INTEGER_LITERAL") return 0;
  size_t position = 0;
  std::from_chars(text.data(), text.data() + text.size(), position);
  return position;
}

}  // namespace

Result<Lineage> lineage_of(const SyntaxTree& tree, const ColumnsOf& columns_of,
                           const LineageOptions& options) {
  TreeNode statements = tree.root()["statements"];
  if (statements.size() != 1) {
    return Error{ErrorKind::config, fmt::format("{} statements, expected one", statements.size()),
                 "a model is one SELECT"};
  }
  return Walk(columns_of, options).run(statements.at(0));
}

Result<Lineage> Walk::run(TreeNode statement) {
  Row row = query(statement["node"], nullptr, nullptr);
  if (problem_) return *problem_;
  number_repeated_names(row);
  Lineage lineage;
  lineage.columns.reserve(row.columns.size() + 1);
  for (const Column& column : row.columns) {
    Flow flow = whole(column.value);
    lineage.columns.push_back({std::string(column.name), refs(flow.from), refs(flow.masked)});
  }
  if (row.has_more) {
    row.columns.clear();
    Flow flow = whole(row);
    lineage.columns.push_back({"*", refs(flow.from), refs(flow.masked)});
  }
  lineage.conditions = refs(conditions_);
  for (Table& table : tables_) lineage.relations.push_back(std::move(table.name));
  std::sort(lineage.relations.begin(), lineage.relations.end());
  lineage.unresolved = std::move(unresolved_);
  std::sort(lineage.unresolved.begin(), lineage.unresolved.end());
  auto end = std::unique(lineage.unresolved.begin(), lineage.unresolved.end());
  lineage.unresolved.erase(end, lineage.unresolved.end());
  return lineage;
}

void Walk::not_understood(std::string_view what, std::string_view which) {
  if (problem_) return;
  problem_ = Error{ErrorKind::rejected, fmt::format("cannot follow columns through {} {}", what, which), ""};
}

Row Walk::query(TreeNode node, Scope* around, const Cte* ctes) {
  std::string_view type = node.text("type");
  if (type == "SELECT_NODE") return select(node, around, ctes);
  if (type == "SET_OPERATION_NODE") return set_operation(node, around, ctes);
  if (type == "RECURSIVE_CTE_NODE") return recursive(node, around, ctes);
  not_understood("a query of type", type);
  return {};
}

const Cte* Walk::bind_ctes(TreeNode node, Scope* around, const Cte* ctes, std::deque<Cte>& own) {
  for (TreeNode entry : node["cte_map"]["map"]) {
    TreeNode cte = entry["value"];
    Set outside = std::exchange(conditions_, 0);
    Row row = query(cte["query"]["node"], around, ctes);
    rename(row, cte["aliases"]);
    Set conditions = std::exchange(conditions_, outside);
    own.push_back({entry.text("key"), std::make_shared<const Row>(std::move(row)), conditions, ctes});
    ctes = &own.back();
  }
  return ctes;
}

Row Walk::select(TreeNode node, Scope* around, const Cte* ctes) {
  std::deque<Cte> own;
  Scope scope;
  scope.around = around;
  scope.ctes = bind_ctes(node, around, ctes, own);
  from(node["from_table"], scope);
  Row row;
  row.columns.reserve(node["select_list"].size());
  bool group_by_all = node.text("aggregate_handling") == "FORCE_AGGREGATES";
  std::vector<bool> aggregated;  // of each column, whether it is no key of GROUP BY ALL
  for (TreeNode item : node["select_list"]) {
    select_item(item, scope, row);
    if (group_by_all) aggregated.resize(row.columns.size(), aggregates(item));
  }
  condition(node["where_clause"], scope);
  grouping(node, scope, row, aggregated);
  condition(node["having"], scope);
  condition(node["qualify"], scope);
  modifiers(node, scope, row);
  number_repeated_names(row);
  return row;
}

void Walk::grouping(TreeNode node, Scope& scope, const Row& row, const std::vector<bool>& aggregated) {
  for (TreeNode expression : node["group_expressions"]) {
    size_t position = position_in(expression);
    if (position == 0) {
      condition(expression, scope);
    } else if (row.has_more || position > row.columns.size()) {
      condition(whole(row));
    } else {
      condition(whole(row.columns[position - 1].value));
    }
  }
  for (size_t i = 0; i < aggregated.size(); ++i) {
    if (!aggregated[i]) condition(whole(row.columns[i].value));
  }
}

void Walk::modifiers(TreeNode node, Scope& scope, const Row& row) {
  scope.alias_first = true;
  auto decide = [&](TreeNode expression) {
    size_t position = position_in(expression);
    bool all = expression.text("class") == "STAR" && !expression["expr"];
    if (position > 0 && position <= row.columns.size() && !row.has_more) {
      condition(whole(row.columns[position - 1].value));
    } else if (position > 0 || all) {
      condition(whole(row));
    } else {
      condition(expression, scope);
    }
  };
  for (TreeNode modifier : node["modifiers"]) {
    for (TreeNode order : modifier["orders"]) decide(order["expression"]);
    for (TreeNode target : modifier["distinct_on_targets"]) decide(target);
    if (modifier.text("type") == "DISTINCT_MODIFIER" && !modifier["distinct_on_targets"])
      condition(whole(row));
    condition(modifier["limit"], scope);
    condition(modifier["offset"], scope);
  }
}

Row Walk::set_operation(TreeNode node, Scope* around, const Cte* ctes) {
  std::deque<Cte> own;
  ctes = bind_ctes(node, around, ctes, own);
  std::string_view type = node.text("setop_type");
  std::vector<TreeNode> parts;
  if (node["left"]) parts = {node["left"], node["right"]};
  for (TreeNode child : node["children"]) parts.push_back(child);
  if (parts.empty()) not_understood("a set operation", type);
  // Unless all rows are kept, a row is there or not by what its columns hold.
  bool keeps_all = starts_with(type, "UNION") && node.text("setop_all") != "false";
  Row result;
  for (size_t i = 0; i < parts.size(); ++i) {
    Row part = query(parts[i], around, ctes);
    if (!keeps_all) condition(whole(part));
    if (i == 0) {
      result = std::move(part);
    } else if (type == "EXCEPT") {
      continue;
    } else if (type == "UNION_BY_NAME") {
      result = beside_by_name(result, part);
    } else {
      result = beside(result, part);
    }
  }
  Scope scope;
  scope.around = around;
  scope.ctes = ctes;
  scope.relations.push_back({{}, {}, {}, std::make_shared<const Row>(result), {}});
  modifiers(node, scope, result);
  return result;
}

Row Walk::recursive(TreeNode node, Scope* around, const Cte* ctes) {
  std::deque<Cte> own;
  ctes = bind_ctes(node, around, ctes, own);
  Row row = query(node["left"], around, ctes);
  rename(row, node["aliases"]);
  for (int round = 0; round < rounds_max; ++round) {
    Cte self{node.text("cte_name"), std::make_shared<const Row>(row), 0, ctes};
    Row next = beside(row, query(node["right"], around, &self));
    if (same(row, next)) return row;
    row = std::move(next);
  }
  row.has_more = true;
  return beside(row, row);
}

Row Walk::beside(const Row& left, const Row& right) {
  Row row = left;
  if (left.has_more || right.has_more) {
    // Any column of one side may stand beside any of the other.
    Flow all = whole(right);
    for (Column& column : row.columns) add_flow(column.value.flow, all);
    row.rest = unite(whole(left), all);
    row.has_more = true;
    return row;
  }
  for (size_t i = 0; i < right.columns.size(); ++i) {
    if (i < row.columns.size()) {
      row.columns[i].value = either(std::move(row.columns[i].value), right.columns[i].value);
    } else {
      row.columns.push_back(right.columns[i]);
    }
  }
  add_flow(row.rest, right.rest);
  return row;
}

Row Walk::beside_by_name(const Row& left, const Row& right) {
  Row row = left;
  std::vector<bool> taken(right.columns.size());
  for (Column& column : row.columns) {
    bool found = false;
    for (size_t i = 0; i < right.columns.size() && !found; ++i) {
      if (taken[i] || !same_name(column.name, right.columns[i].name)) continue;
      found = taken[i] = true;
      column.value = either(std::move(column.value), right.columns[i].value);
    }
    if (found) continue;
    std::optional<Value> possible = find_possible(right, column.name);
    if (possible) column.value = either(std::move(column.value), *possible);
  }
  for (size_t i = 0; i < right.columns.size(); ++i) {
    if (taken[i]) continue;
    row.columns.push_back(right.columns[i]);
    std::optional<Value> possible = find_possible(left, right.columns[i].name);
    if (possible) row.columns.back().value = either(std::move(row.columns.back().value), *possible);
  }
  row.has_more |= right.has_more;
  row.open.insert(row.open.end(), right.open.begin(), right.open.end());
  add_flow(row.rest, right.rest);
  return row;
}

bool Walk::same(const Row& one, const Row& other) const {
  auto same_flow = [&](const Flow& a, const Flow& b) {
    return sets_.same(a.from, b.from) && sets_.same(a.masked, b.masked);
  };
  if (one.columns.size() != other.columns.size() || !same_flow(one.rest, other.rest)) return false;
  for (size_t i = 0; i < one.columns.size(); ++i) {
    const Value &a = one.columns[i].value, &b = other.columns[i].value;
    if (!same_flow(a.flow, b.flow) || !a.row != !b.row || (a.row && !same(*a.row, *b.row))) return false;
  }
  return true;
}

void Walk::rename(Row& row, TreeNode names) {
  if (names.empty()) return;
  Flow all = row.has_more ? whole(row) : Flow{};
  size_t position = 0;
  for (TreeNode name : names) {
    if (row.has_more) {
      row.columns.push_back({name.text(), {all, nullptr, 0}});  // which of them gets the name is not known
    } else if (position < row.columns.size()) {
      row.columns[position].name = name.text();
    }
    ++position;
  }
}

void Walk::number_repeated_names(Row& row) {
  std::vector<uint64_t> hashes;
  hashes.reserve(row.columns.size());
  for (const Column& column : row.columns) hashes.push_back(name_hash(column.name));
  std::sort(hashes.begin(), hashes.end());
  if (std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end()) return;
  auto taken = [&](size_t before, std::string_view name) {
    for (size_t i = 0; i < before; ++i) {
      if (same_name(row.columns[i].name, name)) return true;
    }
    return false;
  };
  for (size_t i = 1; i < row.columns.size(); ++i) {
    std::string_view name = row.columns[i].name;
    if (name.empty() || !taken(i, name)) continue;
    std::string numbered;
    for (int number = 1; numbered.empty() || taken(row.columns.size(), numbered); ++number) {
      numbered = fmt::format("{}_{}", name, number);
    }
    row.columns[i].name = keep(std::move(numbered));
  }
}

void Walk::condition(Flow flow) {
  conditions_ = sets_.unite(conditions_, sets_.unite(flow.from, flow.masked));
}

void Walk::condition(TreeNode node, Scope& scope) {
  if (node) condition(whole(value(node, scope)));
}

Flow Walk::unite(Flow one, Flow other) {
  return {sets_.unite(one.from, other.from), sets_.unite(one.masked, other.masked)};
}

Flow Walk::whole(const Value& value) {
  return value.row ? unite(value.flow, whole(*value.row)) : value.flow;
}

Flow Walk::whole(const Row& row) {
  Flow flow = row.rest;
  for (const Column& column : row.columns) add_flow(flow, whole(column.value));
  for (uint32_t table : row.open) {
    flow.from = sets_.unite(flow.from, sets_.single(input_named(table, "*")));
  }
  return flow;
}

}  // namespace suikei::build
