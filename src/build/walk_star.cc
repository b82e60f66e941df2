#include <algorithm>

#include "base/text.h"
#include "build/column_filter.h"
#include "build/printed.h"
#include "build/walk.h"

namespace suikei::build {

namespace {

/// A `*` or COLUMNS below the root of an expression, not counting those of subqueries.
TreeNode find_star(TreeNode node) {
  std::string_view kind = node.text("class");
  if (kind == "STAR") return node;
  if (kind == "SUBQUERY" || kind == "COLUMN_REF" || kind == "CONSTANT") return {};
  for (TreeNode part : node) {
    if (!part.is_object() && !part.is_list()) continue;
    if (TreeNode found = find_star(part)) return found;
  }
  return {};
}

bool unpacks(TreeNode node) {
  if (node.text("type") == "OPERATOR_UNPACK") return true;
  for (TreeNode part : node) {
    if ((part.is_object() || part.is_list()) && unpacks(part)) return true;
  }
  return false;
}

/// 'x_\1' with what the groups of the regular expression captured; '\0' is the column's own name.
std::string filled_alias(std::string_view alias, std::string_view column,
                         const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < alias.size(); ++i) {
    if (alias[i] != '\\' || i + 1 == alias.size()) {
      text += alias[i];
      continue;
    }
    auto which = static_cast<size_t>(alias[++i] - '0');
    if (which == 0) {
      text += column;
    } else if (which <= parts.size()) {
      text += parts[which - 1];
    } else if (alias[i] == '\\') {
      text += '\\';
    }
  }
  return text;
}

std::string_view name_of(TreeNode item) {
  if (std::string_view alias = item.text("alias"); !alias.empty()) return alias;
  if (item.text("class") != "COLUMN_REF") return {};
  std::string_view last;
  for (TreeNode part : item["column_names"]) last = part.text();
  return last;
}

}  // namespace

void Walk::select_item(TreeNode item, Scope& scope, Row& row) {
  TreeNode found = find_star(item);
  if (!found || unpacks(item)) {
    if (select_unnest(item, scope, row)) return;
    std::string_view name = name_of(item);
    if (name.empty()) name = keep(printed_name(item));
    Value one = value(item, scope);
    if (item["alias"]) scope.aliases.push_back({name, one});
    row.columns.push_back({name, std::move(one)});
    return;
  }
  Row taken = star(found, scope);
  bool root = item.text("class") == "STAR", columns = found.is_true("columns");
  Row kept;
  kept.open = taken.open;
  kept.has_more = taken.has_more;
  kept.rest = taken.rest;
  for (Column& column : taken.columns) {
    std::vector<std::string> parts;
    std::optional<bool> takes = columns ? takes_column(found["expr"], column.name, parts)
                                : root  ? true
                                        : star_takes_column(item, column.name);
    if (takes == false) continue;
    // Not known whether it is one of them: then neither is where the ones behind it stand.
    if (!takes) kept.has_more = true;
    Column result = column;
    if (columns) {
      scope.star = &column;
      if (!root) result.value = value(item, scope);
      scope.star = nullptr;
      std::string_view alias = item.text("alias");
      if (!alias.empty()) result.name = keep(filled_alias(alias, column.name, parts));
    }
    kept.columns.push_back(std::move(result));
  }
  if (columns && !root && kept.has_more) {
    // The expression over columns that nobody knows by name.
    Column unknown{"*", {whole(kept), nullptr, 0}};
    scope.star = &unknown;
    add_flow(kept.rest, whole(value(item, scope)));
    scope.star = nullptr;
    kept.open.clear();
  }
  for (Column& column : kept.columns) row.columns.push_back(std::move(column));
  row.open.insert(row.open.end(), kept.open.begin(), kept.open.end());
  row.has_more |= kept.has_more;
  add_flow(row.rest, kept.rest);
}

/// unnest() of a struct makes a column of each field.
bool Walk::select_unnest(TreeNode item, Scope& scope, Row& row) {
  if (item.text("class") != "FUNCTION" || !same_name(item.text("function_name"), "unnest")) return false;
  TreeNode children = item["children"];
  Value value = this->value(children.at(0), scope);
  if (value.lists > 0 || !value.row) condition(value.flow);  // of structs, only their number decides on rows
  int depth = 1;
  for (TreeNode option : children) {
    if (option.text("alias") == "recursive") depth = option["child"]["value"].text("value") == "t" ? 1000 : 1;
    if (option.text("alias") == "max_depth")
      depth = std::atoi(std::string(option["value"].text("value")).c_str());
  }
  while (value.lists > 0 && depth > 0) {
    --value.lists;
    --depth;
  }
  if (value.row && value.lists == 0 && depth > 0) {
    add_fields(value, depth - 1, row);
    return true;
  }
  // A column of an input may be a struct all the same: whatever its fields are called, this is in them.
  if (!value.row) add_flow(row.rest, value.flow);
  std::string_view name = name_of(item);
  if (name.empty()) name = keep(printed_name(item));
  if (item["alias"]) scope.aliases.push_back({name, value});
  row.columns.push_back({name, std::move(value)});
  return true;
}

void Walk::add_fields(const Value& of, int depth, Row& row) {
  for (const Column& column : of.row->columns) {
    Value value = column.value;
    add_flow(value.flow, of.flow);
    int left = depth;
    while (value.lists > 0 && left > 0) {
      --value.lists;
      --left;
    }
    if (value.row && value.lists == 0 && left > 0) {
      add_fields(value, left - 1, row);
    } else {
      row.columns.push_back({column.name, std::move(value)});
    }
  }
  row.open.insert(row.open.end(), of.row->open.begin(), of.row->open.end());
  row.has_more |= of.row->has_more;
  add_flow(row.rest, of.row->rest);
}

Row Walk::star(TreeNode node, Scope& scope) {
  Row row = all_columns(node, scope);
  for (TreeNode entry : node["replace_list"]) {
    Value replaced = value(entry["value"], scope);
    bool found = false;
    for (Column& column : row.columns) {
      if (!same_name(column.name, entry.text("key"))) continue;
      column.value = replaced;
      found = true;
    }
    if (!found) row.columns.push_back({entry.text("key"), std::move(replaced)});
  }
  return row;
}

/// What COLUMNS(…) stands for.
Row Walk::columns_taken(TreeNode node, Scope& scope) {
  Row row = star(node, scope);
  std::vector<std::string> parts;
  std::erase_if(row.columns, [&](const Column& column) {
    std::optional<bool> takes = takes_column(node["expr"], column.name, parts);
    row.has_more |= !takes;
    return takes == false;
  });
  return row;
}

/// What `*` or `t.*` stands for, without those it excludes and with those it renames.
Row Walk::all_columns(TreeNode star, Scope& scope) {
  Row row;
  auto excluded = [&](std::string_view table, std::string_view name) {
    for (TreeNode entry : star["exclude_list"]) {
      if (same_name(entry.text(), name)) return true;
    }
    for (TreeNode entry : star["qualified_exclude_list"]) {
      if (same_name(entry.text("table"), table) && same_name(entry.text("column"), name)) return true;
    }
    return false;
  };
  auto take = [&](std::string_view table, std::string_view name, const Value& value) {
    if (excluded(table, name)) return;
    for (TreeNode entry : star["rename_list"]) {
      std::string_view of = entry["key"].text("table");
      if (!same_name(entry["key"].text("column"), name) || (!of.empty() && !same_name(of, table))) continue;
      name = entry.text("value");
      break;
    }
    row.columns.push_back({name, value});
  };
  auto take_rest = [&](const Row& of) {
    row.open.insert(row.open.end(), of.open.begin(), of.open.end());
    row.has_more |= of.has_more;
    add_flow(row.rest, of.rest);
  };
  if (std::string_view only = star.text("relation_name"); !only.empty()) {
    const Relation* relation = nullptr;
    for (Scope* here = &scope; here && !relation; here = here->around) relation = find_relation(*here, only);
    Value value = relation ? Value{{}, relation->row, 0} : column({only}, scope);
    if (!value.row) {
      // The fields of a struct that is a column of an input.
      row.has_more = true;
      row.rest = value.flow;
      return row;
    }
    for (const Column& column : value.row->columns) {
      Value one = column.value;
      add_flow(one.flow, value.flow);
      take(only, column.name, one);
    }
    take_rest(*value.row);
    return row;
  }
  size_t count = 0;
  for (const Relation& relation : scope.relations) count += relation.row->columns.size();
  row.columns.reserve(count);
  std::vector<bool> done(scope.merged.size());
  for (size_t i = 0; i < scope.relations.size(); ++i) {
    const Relation& relation = scope.relations[i];
    for (const Column& column : relation.row->columns) {
      size_t which = 0;
      for (; which < scope.merged.size(); ++which) {
        const Merged& merged = scope.merged[which];
        if (!same_name(merged.name, column.name)) continue;
        if (std::find(merged.relations.begin(), merged.relations.end(), i) != merged.relations.end()) break;
      }
      if (which == scope.merged.size()) {
        take(relation.alias, column.name, column.value);
      } else if (!done[which] && !excluded(relation.alias, column.name)) {
        take(relation.alias, column.name, scope.merged[which].value);
        done[which] = true;
      }
    }
    take_rest(*relation.row);
  }
  return row;
}

}  // namespace suikei::build
