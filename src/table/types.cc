#include "table/types.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/check.h"
#include "base/text.h"

namespace suikei::table {
namespace {

struct Named {
  TypeKind kind;
  const char* name;
  size_t bytes;
};
constexpr std::array<Named, 10> named = {{
    {TypeKind::boolean, "BOOLEAN", 1},
    {TypeKind::integer, "INTEGER", 4},
    {TypeKind::bigint, "BIGINT", 8},
    {TypeKind::decimal, "DECIMAL", 16},
    {TypeKind::real, "DOUBLE", 8},
    {TypeKind::date, "DATE", 4},
    {TypeKind::timestamp, "TIMESTAMP", 8},
    {TypeKind::timestamptz, "TIMESTAMP WITH TIME ZONE", 8},
    {TypeKind::varchar, "VARCHAR", 0},
    {TypeKind::blob, "BLOB", 0},
}};

const Named& entry_of(TypeKind kind) {
  for (const Named& entry : named) {
    if (entry.kind == kind) return entry;
  }
  die(__FILE__, __LINE__, "type kind without a name");
}

/// A whole-number type as the decimal that holds all its values.
std::optional<Type> as_decimal(Type type) {
  switch (type.kind) {
    case TypeKind::integer:
      return decimal_type(10, 0);
    case TypeKind::bigint:
      return decimal_type(19, 0);
    case TypeKind::decimal:
      return type;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string sql_name(Type type) {
  if (type.kind == TypeKind::decimal) return fmt::format("DECIMAL({},{})", type.precision, type.scale);
  return entry_of(type.kind).name;
}

std::optional<Type> parse_type(std::string_view text) {
  for (const Named& entry : named) {
    if (entry.kind != TypeKind::decimal && text == entry.name) return Type{entry.kind};
  }
  int precision = 0, scale = 0;
  if (std::sscanf(std::string(text).c_str(), "DECIMAL(%d,%d)", &precision, &scale) == 2 && precision >= 1 &&
      precision <= 38 && scale >= 0 && scale <= precision) {
    return decimal_type(precision, scale);
  }
  return std::nullopt;
}

std::optional<Type> widen(Type left, Type right) {
  if (left == right) return left;
  if (left.kind > right.kind) std::swap(left, right);
  if (left.kind == TypeKind::integer && right.kind == TypeKind::bigint) return right;
  if (left.kind == TypeKind::date && right.kind == TypeKind::timestamp) return right;
  std::optional<Type> a = as_decimal(left), b = as_decimal(right);
  if (!a || !b) return std::nullopt;
  int scale = std::max(a->scale, b->scale);
  int whole = std::max(a->precision - a->scale, b->precision - b->scale);
  if (whole + scale > 38) return std::nullopt;
  return decimal_type(whole + scale, scale);
}

size_t value_bytes(Type type) {
  return entry_of(type.kind).bytes;
}

}  // namespace suikei::table
