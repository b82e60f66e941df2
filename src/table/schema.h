// schema.h — the columns of a table, and the union of the shapes of many.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "table/types.h"

namespace suikei::table {

struct Column {
  std::string name;
  Type type;
  /// What the source calls the type and what the lake cannot say: "datetime, zone Asia/Tokyo". May be empty.
  std::string note;

  bool operator==(const Column&) const = default;
};

/// Columns in order. Names differ by more than ASCII case.
struct Schema {
  std::vector<Column> columns;

  /// Position of the column with that name, ASCII case ignored; -1 when there is none.
  int find(std::string_view name) const;
  bool operator==(const Schema&) const = default;
};

Json to_json(const Schema& schema);
Result<Schema> schema_from_json(const Json& json);

/// Why a shape cannot join a union: one column whose two types have no common one.
struct Conflict {
  std::string column;
  Type wanted;  ///< the union's
  Type actual;  ///< the shape's
  std::string text() const;
};

/// What `merge` would change in the union.
struct SchemaChange {
  std::vector<Column> added;
  std::vector<Column> widened;  ///< with their new type
  bool empty() const { return added.empty() && widened.empty(); }
};

/// Widens `into` so that it also holds `other`: new columns go to the end, existing ones take the common
/// type. On conflict nothing is changed.
std::optional<Conflict> merge(Schema& into, const Schema& other, SchemaChange* change = nullptr);

/// Three columns every lake table of a source begins with; names that begin with `_` are reserved for us.
inline constexpr const char* shard_column = "_shard";
inline constexpr const char* tenant_column = "_tenant";
inline constexpr const char* collected_at_column = "_collected_at";
inline constexpr int system_columns = 3;
/// A schema that holds only the system columns.
Schema lake_schema();

}  // namespace suikei::table
