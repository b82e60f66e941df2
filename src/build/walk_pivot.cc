#include <algorithm>

#include "base/text.h"
#include "build/printed.h"
#include "build/walk.h"

namespace suikei::build {

namespace {

// More columns than this are not told apart.
constexpr size_t pivot_columns_max = 10'000;

bool among(const std::vector<std::string_view>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return same_name(one, name); });
}

/// What the values of a pivot make of one another's names: 2026_01.
std::vector<std::string> labels_of(TreeNode pivot) {
  std::vector<std::string> labels;
  for (TreeNode entry : pivot["entries"]) {
    std::string label(entry.text("alias"));
    if (label.empty()) {
      for (TreeNode value : entry["values"]) label += (label.empty() ? "" : "_") + printed_value(value);
    }
    labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace

void Walk::pivot(TreeNode node, Scope& scope) {
  Scope source;
  source.around = &scope;
  source.ctes = scope.ctes;
  from(node["source"], source);
  bool unpivot = !node["unpivot_names"].empty();
  add(scope, node, unpivot ? unpivoted(node, source) : pivoted(node, source));
}

/// The columns that an expression is about, without the fields it takes of them.
void Walk::names_used(TreeNode node, const Scope& source, std::vector<std::string_view>& names) {
  if (node.text("class") == "COLUMN_REF") {
    TreeNode parts = node["column_names"];
    bool is_column = find_named(source, 0, source.relations.size(), parts.at(0).text()).has_value();
    names.push_back((is_column || parts.size() == 1 ? parts.at(0) : parts.at(1)).text());
    return;
  }
  for (TreeNode part : node) {
    if (part.is_object() || part.is_list()) names_used(part, source, names);
  }
}

Row Walk::pivoted(TreeNode node, Scope& source) {
  Row row;
  Flow deciding;
  bool known = true;
  std::vector<std::string_view> used;
  std::vector<std::string> labels = {""};
  for (TreeNode pivot : node["pivots"]) {
    for (TreeNode expression : pivot["pivot_expressions"]) {
      add_flow(deciding, whole(value(expression, source)));
      names_used(expression, source, used);
    }
    std::vector<std::string> own = labels_of(pivot), combined;
    known &= !own.empty() && labels.size() * own.size() <= pivot_columns_max;
    if (!known) continue;
    for (const std::string& before : labels) {
      for (const std::string& label : own) combined.push_back(before.empty() ? label : before + "_" + label);
    }
    labels = std::move(combined);
  }
  condition(deciding);
  struct Aggregate {
    std::string suffix;
    Value value;
  };
  std::vector<Aggregate> aggregates;
  size_t count = node["aggregates"].size();
  for (TreeNode aggregate : node["aggregates"]) {
    std::string suffix(aggregate.text("alias"));
    if (suffix.empty() && count > 1) suffix = printed_name(aggregate);
    names_used(aggregate, source, used);
    Value value = this->value(aggregate, source);
    add_flow(value.flow, deciding);
    aggregates.push_back({suffix.empty() ? "" : "_" + suffix, std::move(value)});
  }
  if (aggregates.empty()) aggregates.push_back({"", {deciding, nullptr, 0}});

  // The rest groups, unless it is said what does.
  if (!node["groups"].empty()) {
    for (TreeNode group : node["groups"])
      row.columns.push_back({group.text(), column({group.text()}, source)});
  } else {
    row = all_columns({}, source);
    std::erase_if(row.columns, [&](const Column& column) { return among(used, column.name); });
  }
  condition(whole(row));
  for (const std::string& label : known ? labels : std::vector<std::string>{}) {
    for (const Aggregate& aggregate : aggregates) {
      row.columns.push_back({keep(label + aggregate.suffix), aggregate.value});
    }
  }
  if (!known) {
    row.has_more = true;
    for (const Aggregate& aggregate : aggregates) add_flow(row.rest, whole(aggregate.value));
  }
  return row;
}

Row Walk::unpivoted(TreeNode node, Scope& source) {
  size_t width = std::max<size_t>(1, node["unpivot_names"].size());
  std::vector<Value> values(width);
  std::vector<std::string_view> used;
  auto take = [&](size_t position, const Value& value) {
    values[position % width] = either(std::move(values[position % width]), value);
  };
  for (TreeNode entry : node["pivots"].at(0)["entries"]) {
    size_t position = 0;
    for (TreeNode name : entry["values"]) {
      used.push_back(name.text("value"));
      take(position++, column({used.back()}, source));
    }
    TreeNode expression = entry["star_expr"];
    if (!expression) continue;
    if (expression.text("class") == "STAR") {
      Row row = columns_taken(expression, source);
      for (const Column& column : row.columns) {
        used.push_back(column.name);
        take(0, column.value);
      }
      row.columns.clear();
      for (size_t i = 0; i < width; ++i) take(i, {whole(row), nullptr, 0});
    } else {
      names_used(expression, source, used);
      take(0, value(expression, source));
    }
  }
  Row row = all_columns({}, source);
  std::erase_if(row.columns, [&](const Column& column) { return among(used, column.name); });
  for (TreeNode name : node["pivots"].at(0)["unpivot_names"]) row.columns.push_back({name.text(), {}});
  size_t position = 0;
  for (TreeNode name : node["unpivot_names"]) {
    if (!node.is_true("include_nulls")) condition(whole(values[position]));  // rows with NULL are left out
    row.columns.push_back({name.text(), std::move(values[position++])});
  }
  return row;
}

}  // namespace suikei::build
