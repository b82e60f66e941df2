#include "table/schema.h"

#include <strings.h>

#include "base/text.h"

namespace suikei::table {

int Schema::find(std::string_view name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& other = columns[i].name;
    if (other.size() == name.size() && strncasecmp(other.data(), name.data(), name.size()) == 0) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

Json to_json(const Schema& schema) {
  Json columns = Json::array();
  for (const Column& column : schema.columns) {
    columns.push_back(Json::array({column.name, sql_name(column.type), column.note}));
  }
  return columns;
}

Result<Schema> schema_from_json(const Json& json) {
  Schema schema;
  Error broken{ErrorKind::corrupt, "not a list of columns: " + json.dump(), ""};
  if (!json.is_array()) return broken;
  for (const Json& entry : json) {
    if (!entry.is_array() || entry.size() != 3 || !entry[0].is_string() || !entry[1].is_string() ||
        !entry[2].is_string()) {
      return broken;
    }
    std::optional<Type> type = parse_type(entry[1].get<std::string>());
    if (!type) return broken;
    schema.columns.push_back({entry[0], *type, entry[2]});
  }
  return schema;
}

std::string Conflict::text() const {
  return fmt::format("column `{}` is {} here, {} in the rest", column, sql_name(actual), sql_name(wanted));
}

std::optional<Conflict> merge(Schema& into, const Schema& other, SchemaChange* change) {
  SchemaChange planned;
  std::vector<std::pair<size_t, Type>> retyped;
  for (const Column& column : other.columns) {
    int at = into.find(column.name);
    if (at < 0) {
      planned.added.push_back(column);
      continue;
    }
    const Column& existing = into.columns[static_cast<size_t>(at)];
    std::optional<Type> common = widen(existing.type, column.type);
    if (!common) return Conflict{column.name, existing.type, column.type};
    if (*common == existing.type) continue;
    retyped.emplace_back(at, *common);
    planned.widened.push_back({existing.name, *common, existing.note});
  }
  for (auto [at, type] : retyped) into.columns[at].type = type;
  into.columns.insert(into.columns.end(), planned.added.begin(), planned.added.end());
  if (change) *change = std::move(planned);
  return std::nullopt;
}

Schema lake_schema() {
  return {{{shard_column, varchar_type, ""},
           {tenant_column, varchar_type, ""},
           {collected_at_column, timestamptz_type, ""}}};
}

}  // namespace suikei::table
