// types.h — the column types a lake can hold, and how they widen.
// Why:    MySQL rows, connector records and lake columns must agree on one small set of types.
// Holds:  widening never changes a value; where it would, there is no common type.
// See:    docs/design/types.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace suikei::table {

enum class TypeKind : uint8_t {
  boolean,
  integer,  ///< 32 bits
  bigint,   ///< 64 bits
  decimal,  ///< precision 1..38 digits, `scale` of them after the point
  real,     ///< 64-bit IEEE
  date,
  timestamp,    ///< wall clock, microseconds; its zone is metadata of the column
  timestamptz,  ///< instant, microseconds since 1970 UTC
  varchar,      ///< UTF-8
  blob,
};

struct Type {
  TypeKind kind = TypeKind::varchar;
  uint8_t precision = 0;  ///< decimal only
  uint8_t scale = 0;      ///< decimal only

  bool operator==(const Type&) const = default;
};

constexpr Type boolean_type{TypeKind::boolean};
constexpr Type integer_type{TypeKind::integer};
constexpr Type bigint_type{TypeKind::bigint};
constexpr Type real_type{TypeKind::real};
constexpr Type date_type{TypeKind::date};
constexpr Type timestamp_type{TypeKind::timestamp};
constexpr Type timestamptz_type{TypeKind::timestamptz};
constexpr Type varchar_type{TypeKind::varchar};
constexpr Type blob_type{TypeKind::blob};
constexpr Type decimal_type(int precision, int scale) {
  return {TypeKind::decimal, static_cast<uint8_t>(precision), static_cast<uint8_t>(scale)};
}

/// SQL name as DuckDB spells it: "BIGINT", "DECIMAL(20,0)", "TIMESTAMP WITH TIME ZONE".
std::string sql_name(Type type);
/// The inverse of sql_name; nullopt for a type that lakes of ours do not hold.
std::optional<Type> parse_type(std::string_view text);

/// The narrowest type that holds every value of both without change, or nullopt when there is none:
/// integer < bigint < decimal, decimal < wider decimal, date < timestamp.
std::optional<Type> widen(Type left, Type right);

/// Bytes of one value in a batch; 0 for varchar and blob.
size_t value_bytes(Type type);

}  // namespace suikei::table
