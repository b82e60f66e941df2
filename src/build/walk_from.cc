#include <algorithm>

#include "base/text.h"
#include "build/walk.h"

namespace suikei::build {

namespace {

// Table functions that make rows of their arguments and of nothing else.
constexpr std::string_view pure_functions[] = {"generate_subscripts", "repeat", "repeat_row", "json_each",
                                               "json_tree"};

// What DESCRIBE and SUMMARIZE answer with.
constexpr std::string_view describe_columns[] = {"column_name", "column_type", "null",
                                                 "key",         "default",     "extra"};
constexpr std::string_view summarize_columns[] = {"column_name",   "column_type", "min",   "max",
                                                  "approx_unique", "avg",         "std",   "q25",
                                                  "q50",           "q75",         "count", "null_percentage"};

}  // namespace

void Walk::add(Scope& scope, TreeNode node, Row row) {
  rename(row, node["column_name_alias"]);
  Relation relation;
  relation.alias = node.text("alias");
  relation.row = std::make_shared<const Row>(std::move(row));
  scope.relations.push_back(std::move(relation));
}

void Walk::from(TreeNode node, Scope& scope) {
  std::string_view type = node.text("type");
  if (type == "BASE_TABLE") {
    base_table(node, scope);
  } else if (type == "JOIN") {
    join(node, scope);
  } else if (type == "SUBQUERY") {
    add(scope, node, query(node["subquery"]["node"], &scope, scope.ctes));
  } else if (type == "TABLE_FUNCTION") {
    table_function(node, scope);
  } else if (type == "EXPRESSION_LIST") {
    value_rows(node, scope);
  } else if (type == "PIVOT") {
    pivot(node, scope);
  } else if (type == "SHOW_REF") {
    show(node, scope);
  } else if (type != "EMPTY" && node) {
    not_understood("a source of type", type);
  }
}

void Walk::base_table(TreeNode node, Scope& scope) {
  std::string_view catalog = node.text("catalog_name"), schema = node.text("schema_name"),
                   name = node.text("table_name");
  Relation relation{node.text("alias"), schema, catalog, nullptr, std::nullopt};
  if (relation.alias.empty()) relation.alias = name;
  // `recurring.name` is all that a recursive expression has found so far.
  bool may_be_cte = catalog.empty() && (schema.empty() || same_name(schema, "recurring"));
  if (const Cte* cte = may_be_cte ? find_cte(scope, name) : nullptr) {
    relation.row = cte->row;
  } else {
    std::string full;
    for (std::string_view part : {catalog, schema, name}) {
      if (!part.empty()) full += (full.empty() ? "" : ".") + lower(part);
    }
    relation.table = table_number(std::move(full));
    relation.row = std::make_shared<const Row>(read_table(*relation.table));
  }
  if (!node["column_name_alias"].empty()) {
    Row row = *relation.row;
    rename(row, node["column_name_alias"]);
    relation.row = std::make_shared<const Row>(std::move(row));
  }
  scope.relations.push_back(std::move(relation));
}

void Walk::join(TreeNode node, Scope& scope) {
  size_t left = scope.relations.size(), nearest = scope.nearest;
  from(node["left"], scope);
  size_t right = scope.relations.size();
  from(node["right"], scope);
  size_t end = scope.relations.size();
  scope.nearest = left;
  condition(node["condition"], scope);
  merge_columns(node, scope, left, right, end);
  scope.nearest = nearest;
  std::string_view type = node.text("join_type");
  if (type != "SEMI" && type != "ANTI") return;
  // What stands on the right only decides which rows of the left there are.
  scope.relations.resize(right);
  for (Merged& merged : scope.merged) {
    std::erase_if(merged.relations, [&](size_t position) { return position >= right; });
  }
  std::erase_if(scope.merged, [](const Merged& merged) { return merged.relations.empty(); });
}

void Walk::merge_columns(TreeNode node, Scope& scope, size_t left, size_t right, size_t end) {
  std::vector<std::string_view> names;
  for (TreeNode name : node["using_columns"]) names.push_back(name.text());
  if (node.text("ref_type") == "NATURAL") {
    for (size_t i = left; i < right; ++i) {
      for (const Column& column : scope.relations[i].row->columns) {
        if (find_named(scope, right, end, column.name)) names.push_back(column.name);
      }
    }
  }
  std::string_view type = node.text("join_type");
  for (std::string_view name : names) {
    Merged merged{name, {}, {}};
    auto side = [&](size_t begin, size_t behind) {
      std::optional<Value> value = find_named(scope, begin, behind, name);
      for (size_t i = begin; i < behind; ++i) {
        if (find(*scope.relations[i].row, name)) merged.relations.push_back(i);
      }
      if (value) return *value;
      Value possible;
      for (size_t i = begin; i < behind; ++i) {
        std::optional<Value> more = find_possible(*scope.relations[i].row, name);
        if (more) possible = either(std::move(possible), *more);
      }
      return possible;
    };
    Value one = side(left, right), other = side(right, end);
    condition(unite(whole(one), whole(other)));
    merged.value = type == "RIGHT" ? other : one;
    if (type == "FULL") merged.value = either(std::move(one), other);
    std::erase_if(scope.merged, [&](const Merged& earlier) {
      if (!same_name(earlier.name, name) || earlier.relations.front() < left) return false;
      merged.relations.insert(merged.relations.end(), earlier.relations.begin(), earlier.relations.end());
      return true;
    });
    std::sort(merged.relations.begin(), merged.relations.end());
    auto last = std::unique(merged.relations.begin(), merged.relations.end());
    merged.relations.erase(last, merged.relations.end());
    if (!merged.relations.empty()) scope.merged.push_back(std::move(merged));
  }
}

void Walk::table_function(TreeNode node, Scope& scope) {
  TreeNode function = node["function"];
  std::string_view name = keep(lower(function.text("function_name")));
  Scope inside;
  inside.around = &scope;
  inside.ctes = scope.ctes;
  Flow flow;
  Row row;
  if (name == "query_table") row = tables_named(function["children"], scope);
  for (TreeNode argument : function["children"]) {
    if (argument.text("class") == "COMPARISON") argument = argument["right"];  // name = value
    if (name == "unnest" && row.columns.empty()) {
      row.columns.push_back({"unnest", element(value(argument, inside))});
      flow = row.columns[0].value.flow;  // of structs, only their number decides on rows
    } else {
      add_flow(flow, everything(argument, inside));
    }
  }
  if (node["subquery"]) add_flow(flow, everything(node["subquery"], inside));
  condition(flow);
  if (name == "range" || name == "generate_series") {
    row.columns.push_back({name, {flow, nullptr, 0}});
  } else if (name != "unnest" && name != "query_table") {
    bool pure =
        std::find(std::begin(pure_functions), std::end(pure_functions), name) != std::end(pure_functions);
    if (!pure) row.open.push_back(table_number(std::string(name) + "()"));
    row.has_more = true;
    row.rest = flow;
  }
  if (node["with_ordinality"]) row.columns.push_back({"ordinality", {}});
  add(scope, node, std::move(row));
  if (scope.relations.back().alias.empty()) scope.relations.back().alias = name;
}

/// Tables that a function is told by name are read like any other.
Row Walk::tables_named(TreeNode arguments, Scope& scope) {
  Row row;
  bool first = true, by_name = arguments.size() > 1;
  std::vector<TreeNode> texts = {arguments.at(0)};
  for (TreeNode element : texts[0]["children"]) texts.push_back(element);
  for (TreeNode text : texts) {
    if (text.text("class") != "CONSTANT" || text["value"]["type"].text("id") != "VARCHAR") continue;
    std::string_view name = text["value"].text("value");
    const Cte* cte = find_cte(scope, name);
    Row table = cte ? *cte->row : read_table(table_number(lower(name)));
    row = first ? std::move(table) : by_name ? beside_by_name(row, table) : beside(row, table);
    first = false;
  }
  if (first) row = read_table(table_number("query_table()"));
  return row;
}

const Cte* Walk::find_cte(const Scope& scope, std::string_view name) {
  for (const Cte* cte = scope.ctes; cte; cte = cte->before) {
    if (!same_name(cte->name, name)) continue;
    condition({cte->conditions, 0});
    return cte;
  }
  return nullptr;
}

void Walk::value_rows(TreeNode node, Scope& scope) {
  Scope inside;
  inside.around = &scope;
  inside.ctes = scope.ctes;
  Row row;
  for (TreeNode values : node["values"]) {
    size_t position = 0;
    for (TreeNode expression : values) {
      if (position == row.columns.size()) row.columns.push_back({keep(fmt::format("col{}", position)), {}});
      Value& whole_column = row.columns[position++].value;
      whole_column = either(std::move(whole_column), value(expression, inside));
    }
  }
  rename(row, node["expected_names"]);
  add(scope, node, std::move(row));
}

void Walk::show(TreeNode node, Scope& scope) {
  Row row;
  if (node["query"]) {
    Row shown = query(node["query"], &scope, scope.ctes);
    bool values = node.text("show_type") == "SUMMARY";
    if (values) {
      Value all{whole(shown), nullptr, 0};
      for (std::string_view name : summarize_columns) {
        bool says_values = name != "column_name" && name != "column_type" && name != "count";
        row.columns.push_back({name, says_values ? all : Value{}});
      }
    } else {
      for (std::string_view name : describe_columns) row.columns.push_back({name, {}});
    }
  } else {
    row.has_more = true;  // names of tables and columns
  }
  add(scope, node, std::move(row));
}

}  // namespace suikei::build
