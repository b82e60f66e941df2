#include <algorithm>

#include "base/text.h"
#include "build/walk.h"

namespace suikei::build {

namespace {

// Names that the engine takes for a call when no column has them.
constexpr std::string_view value_functions[] = {
    "current_date",   "current_time",   "current_timestamp", "localtime",
    "localtimestamp", "current_user",   "session_user",      "user",
    "current_role",   "current_schema", "current_database",  "current_catalog"};

}  // namespace

Value Walk::column(const std::vector<std::string_view>& names, Scope& scope) {
  if (std::optional<Value> found = resolve(names, scope)) return std::move(*found);
  if (names.size() == 1) {
    for (std::string_view function : value_functions) {
      if (same_name(function, names[0])) return {};
    }
  }
  std::string text;
  for (std::string_view name : names) text += (text.empty() ? "" : ".") + std::string(name);
  unresolved_.push_back(std::move(text));
  return {};
}

std::optional<Value> Walk::resolve(const std::vector<std::string_view>& names, Scope& scope) {
  std::optional<Value> found;
  for (Scope* here = &scope; here; here = here->around) {
    bool certain = true;
    std::optional<Value> value = resolve_here(names, *here, certain);
    if (!value) continue;
    found = found ? either(std::move(*found), *value) : std::move(*value);
    if (certain) break;
  }
  return found;
}

std::optional<Value> Walk::resolve_here(const std::vector<std::string_view>& names, Scope& scope,
                                        bool& certain) {
  auto fields = [&](std::optional<Value> value, size_t from) {
    for (size_t i = from; value && i < names.size(); ++i) value = field(*value, names[i]);
    return value;
  };
  if (names.size() == 1) return unqualified(names[0], scope, /*whole_row=*/true, certain);
  for (size_t i = scope.parameters.size(); i-- > 0;) {
    if (same_name(scope.parameters[i].first, names[0])) return fields(scope.parameters[i].second, 1);
  }
  // The longest reading counts: catalog.schema.table.column, schema.table.column, table.column, column.field.
  for (size_t before : {2u, 1u}) {
    if (names.size() < before + 2) continue;
    for (const Relation& relation : scope.relations) {
      if (!same_name(relation.alias, names[before]) || !same_name(relation.schema, names[before - 1]))
        continue;
      if (before == 2 && !same_name(relation.catalog, names[0])) continue;
      if (std::optional<Value> value = find(relation, names[before + 1])) return fields(value, before + 2);
    }
  }
  if (const Relation* relation = find_relation(scope, names[0])) {
    if (std::optional<Value> value = find(*relation, names[1])) return fields(value, 2);
  }
  bool sure = true;
  std::optional<Value> column = unqualified(names[0], scope, /*whole_row=*/false, sure);
  // A table around this statement is likelier than a struct in a relation that is not known.
  for (Scope* outer = scope.around; column && !sure && outer; outer = outer->around) {
    if (find_relation(*outer, names[0])) column.reset();
  }
  if (column) {
    certain = sure;
    return fields(column, 1);
  }
  // A schema may be left out in FROM and said here.
  for (size_t before : {1u, 2u}) {
    if (names.size() < before + 2) continue;
    const Relation* relation = find_relation(scope, names[before]);
    if (!relation || !relation->table || !relation->catalog.empty()) continue;
    if (std::optional<Value> value = find(*relation, names[before + 1])) return fields(value, before + 2);
  }
  return std::nullopt;
}

std::optional<Value> Walk::unqualified(std::string_view name, Scope& scope, bool whole_row, bool& certain) {
  auto named = [&](const std::vector<std::pair<std::string_view, Value>>& list) -> std::optional<Value> {
    for (size_t i = list.size(); i-- > 0;) {
      if (same_name(list[i].first, name)) return list[i].second;
    }
    return std::nullopt;
  };
  if (std::optional<Value> value = named(scope.parameters)) return value;
  if (scope.alias_first) {
    if (std::optional<Value> value = named(scope.aliases)) return value;
  }
  size_t end = scope.relations.size();
  if (std::optional<Value> value = find_named(scope, scope.nearest, end, name)) return value;
  if (std::optional<Value> value = find_named(scope, 0, scope.nearest, name)) return value;
  if (const Relation* relation = whole_row ? find_relation(scope, name) : nullptr) {
    return Value{{}, relation->row, 0};
  }

  // From here on somebody may have a column of this name without our knowing.
  std::optional<Value> found;
  for (const Relation& relation : scope.relations) {
    std::optional<Value> value = find_possible(*relation.row, name);
    if (!value && relation.table && same_name(name, "rowid")) value = find(relation, name);
    if (value) found = found ? either(std::move(*found), *value) : std::move(*value);
  }
  std::optional<Value> alias = named(scope.aliases);
  if (!found) return alias;
  if (alias) return either(std::move(*found), *alias);
  certain = false;
  return found;
}

std::optional<Value> Walk::find_named(const Scope& scope, size_t begin, size_t end, std::string_view name) {
  for (const Merged& merged : scope.merged) {
    if (merged.relations.front() >= begin && merged.relations.front() < end && same_name(merged.name, name)) {
      return merged.value;
    }
  }
  std::optional<Value> found;
  for (size_t i = begin; i < end; ++i) {
    std::optional<Value> value = find(*scope.relations[i].row, name);
    if (value) found = found ? either(std::move(*found), *value) : std::move(*value);
  }
  return found;
}

std::optional<Value> Walk::find(const Row& row, std::string_view name) {
  for (const Column& column : row.columns) {
    if (same_name(column.name, name)) return column.value;
  }
  return std::nullopt;
}

std::optional<Value> Walk::find_possible(const Row& row, std::string_view name) {
  bool possible = row.has_more || !row.open.empty() || row.rest.from || row.rest.masked;
  Value value{row.rest, nullptr, 0};
  for (uint32_t table : row.open) {
    value.flow.from = sets_.unite(value.flow.from, sets_.single(input_named(table, name)));
  }
  for (const Column& column : row.columns) {
    if (!column.name.empty()) continue;
    possible = true;
    add_flow(value.flow, whole(column.value));
  }
  if (!possible) return std::nullopt;
  return value;
}

std::optional<Value> Walk::find(const Relation& relation, std::string_view name) {
  if (std::optional<Value> value = find(*relation.row, name)) return value;
  if (std::optional<Value> value = find_possible(*relation.row, name)) return value;
  if (!relation.table || !same_name(name, "rowid")) return std::nullopt;
  return Value{{sets_.single(input_named(*relation.table, "rowid")), 0}, nullptr, 0};
}

const Relation* Walk::find_relation(const Scope& scope, std::string_view alias) const {
  for (size_t i = scope.relations.size(); i-- > 0;) {
    if (same_name(scope.relations[i].alias, alias)) return &scope.relations[i];
  }
  return nullptr;
}

Input Walk::input_named(uint32_t table, std::string_view column) {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (inputs_[i].table == table && same_name(inputs_[i].name, column)) return static_cast<Input>(i);
  }
  inputs_.push_back({table, column});
  return static_cast<Input>(inputs_.size() - 1);
}

uint32_t Walk::table_number(std::string name) {
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (tables_[i].name == name) return static_cast<uint32_t>(i);
  }
  auto number = static_cast<uint32_t>(tables_.size());
  const std::vector<std::string>* columns = columns_of_ ? columns_of_(name) : nullptr;
  tables_.push_back({std::move(name), columns, static_cast<Input>(inputs_.size())});
  if (columns) {
    for (const std::string& column : *columns) inputs_.push_back({number, column});
  }
  return number;
}

Row Walk::read_table(uint32_t number) const {
  Row row;
  const Table& table = tables_[number];
  if (!table.columns) {
    row.open.push_back(number);
    row.has_more = true;
    return row;
  }
  row.columns.reserve(table.columns->size());
  Input input = table.first;
  for (const std::string& column : *table.columns) {
    row.columns.push_back({column, {{sets_.single(input++), 0}, nullptr, 0}});
  }
  return row;
}

ColumnRefs Walk::refs(Set set) const {
  ColumnRefs found;
  for (Input input : sets_.members(set)) {
    found.push_back({tables_[inputs_[input].table].name, lower(inputs_[input].name)});
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace suikei::build
