#include "sources/mysql/column.h"

#include <mysql.h>

#include <charconv>

#include "base/text.h"
#include "base/time.h"
#include "sources/mysql/wire.h"

namespace suikei::sources::mysql {
namespace {

using table::Type;
using table::TypeKind;

constexpr int binary_collation = 63;
constexpr int type_json = 245;
constexpr int type_vector = 242;

bool is_binary(const ColumnDefinition& column) {
  return column.charset == binary_collation;
}

/// DECIMAL(p,s) as declared; the wire gives the display length, which counts point and sign.
Type declared_decimal(const ColumnDefinition& column) {
  int precision = static_cast<int>(column.length) - (column.decimals > 0 ? 1 : 0) -
                  (column.flags & UNSIGNED_FLAG ? 0 : 1);
  if (precision < 1) precision = 1;
  if (precision < column.decimals) precision = column.decimals;
  if (precision > 38) return table::varchar_type;
  return table::decimal_type(precision, column.decimals);
}

Type text_or_bytes(const ColumnDefinition& column) {
  return is_binary(column) ? table::blob_type : table::varchar_type;
}

/// Two ASCII digits; -1 when they are not digits.
int two_digits(const char* p) {
  unsigned high = static_cast<unsigned>(p[0] - '0'), low = static_cast<unsigned>(p[1] - '0');
  return high > 9 || low > 9 ? -1 : static_cast<int>(high * 10 + low);
}

constexpr const char* zero_date = "zero date";
constexpr const char* impossible_date = "impossible date";
constexpr const char* not_valid_text = "bytes not valid in the column's character set";
constexpr const char* not_a_number = "not a number the lake holds";

/// Days since 1970 of "YYYY-MM-DD…"; a reason when there is no such day.
const char* parse_day(std::string_view text, int32_t* days) {
  if (text.size() < 10) return impossible_date;
  int century = two_digits(text.data()), rest = two_digits(text.data() + 2);
  int month = two_digits(text.data() + 5), day = two_digits(text.data() + 8);
  if (century < 0 || rest < 0 || month < 0 || day < 0) return impossible_date;
  int year = century * 100 + rest;
  if (year == 0 && month == 0 && day == 0) return zero_date;
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
    return impossible_date;
  *days = days_from_civil(year, month, day);
  return nullptr;
}

}  // namespace

std::string_view column_identity(std::string_view payload) {
  Fields fields(payload);
  for (int i = 0; i < 4; ++i) fields.text();  // catalog, database, table alias, table
  return fields.rest();
}

Result<ColumnDefinition> parse_column(std::string_view identity) {
  Fields fields(identity);
  ColumnDefinition column;
  column.name = std::string(fields.text());
  fields.text();  // original name
  std::string_view rest = fields.rest();
  if (fields.broken() || rest.size() < 13)
    return Error{ErrorKind::corrupt, "a column definition ends early", ""};
  // What MariaDB inserts before the fixed part: pairs of a kind byte and a text, as one length-encoded text.
  std::string_view extended = rest.substr(0, rest.size() - 13);
  if (extended.size() > 1) {
    Fields outer(extended);
    Fields inner(outer.text());
    while (!inner.done() && !inner.broken()) {
      inner.integer();
      column.format = std::string(inner.text());
    }
  }
  const auto* fixed = reinterpret_cast<const unsigned char*>(rest.data() + rest.size() - 12);
  column.charset = fixed[0] | fixed[1] << 8;
  column.length = fixed[2] | static_cast<uint32_t>(fixed[3]) << 8 | static_cast<uint32_t>(fixed[4]) << 16 |
                  static_cast<uint32_t>(fixed[5]) << 24;
  column.type = fixed[6];
  column.flags = fixed[7] | static_cast<unsigned>(fixed[8]) << 8;
  column.decimals = fixed[9];
  return column;
}

Type lake_type(const ColumnDefinition& column) {
  switch (column.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
      return table::bigint_type;
    case MYSQL_TYPE_LONGLONG:
      return column.flags & UNSIGNED_FLAG ? table::decimal_type(20, 0) : table::bigint_type;
    case MYSQL_TYPE_YEAR:
      return table::integer_type;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
      return declared_decimal(column);
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
      return table::real_type;
    case MYSQL_TYPE_BIT:
      return column.length == 1 ? table::boolean_type : table::blob_type;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
      return table::date_type;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
      return table::timestamp_type;
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2:
      return table::timestamptz_type;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2:
      return table::varchar_type;
    case MYSQL_TYPE_GEOMETRY:
    case type_vector:
      return table::blob_type;
    case type_json:
    case MYSQL_TYPE_ENUM:
    case MYSQL_TYPE_SET:
    case MYSQL_TYPE_NULL:
      return table::varchar_type;
    default:
      return text_or_bytes(column);
  }
}

std::string wire_type_name(const ColumnDefinition& column) {
  std::string suffix = column.flags & UNSIGNED_FLAG ? " unsigned" : "";
  switch (column.type) {
    case MYSQL_TYPE_TINY:
      return "tinyint" + suffix;
    case MYSQL_TYPE_SHORT:
      return "smallint" + suffix;
    case MYSQL_TYPE_INT24:
      return "mediumint" + suffix;
    case MYSQL_TYPE_LONG:
      return "int" + suffix;
    case MYSQL_TYPE_LONGLONG:
      return "bigint" + suffix;
    case MYSQL_TYPE_YEAR:
      return "year";
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL: {
      Type type = declared_decimal(column);
      return type.kind == TypeKind::decimal
                 ? fmt::format("decimal({},{}){}", type.precision, type.scale, suffix)
                 : "decimal" + suffix;
    }
    case MYSQL_TYPE_FLOAT:
      return "float";
    case MYSQL_TYPE_DOUBLE:
      return "double";
    case MYSQL_TYPE_BIT:
      return fmt::format("bit({})", column.length);
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
      return "date";
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
      return "datetime";
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2:
      return "timestamp";
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2:
      return "time";
    case MYSQL_TYPE_GEOMETRY:
      return column.format.empty() ? "geometry" : column.format;
    case type_json:
      return "json";
    default:
      break;
  }
  if (!column.format.empty()) return column.format;
  if (column.flags & ENUM_FLAG) return "enum";
  if (column.flags & SET_FLAG) return "set";
  bool fixed = column.type == MYSQL_TYPE_STRING;
  bool large = column.flags & BLOB_FLAG;
  if (is_binary(column)) return large ? "blob" : fixed ? "binary" : "varbinary";
  return large ? "text" : fixed ? "char" : "varchar";
}

std::string type_note(const ColumnDefinition& column, const std::string& zone) {
  switch (column.type) {
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
      return "wall clock of " + zone;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2:
      return "duration, up to 838 hours either way";
    case MYSQL_TYPE_GEOMETRY:
      return "geometry as WKB";
    default:
      return "";
  }
}

bool needs_expression(const ColumnDefinition& column) {
  return column.type == MYSQL_TYPE_FLOAT;  // its text form is rounded to six digits
}

Converter::Converter(const ColumnDefinition& column, Type target, const CollationNames& collations)
    : form_(Form::bytes), target_(target), decoder_([&] {
        auto found = collations.find(column.charset);
        return found != collations.end() ? found->second : std::string("utf8mb4");
      }()) {
  switch (target.kind) {
    case TypeKind::boolean:
      form_ = Form::bit_flag;
      break;
    case TypeKind::integer:
    case TypeKind::bigint:
      form_ = Form::integer;
      break;
    case TypeKind::decimal:
      form_ = Form::decimal;
      break;
    case TypeKind::real:
      form_ = Form::real;
      break;
    case TypeKind::date:
      form_ = Form::date;
      break;
    case TypeKind::timestamp:
    case TypeKind::timestamptz:
      form_ = Form::datetime;
      break;
    case TypeKind::varchar:
      form_ = Form::text;
      break;
    case TypeKind::blob:
      form_ = column.type == MYSQL_TYPE_GEOMETRY ? Form::geometry : Form::bytes;
      break;
  }
}

const char* Converter::append_decimal(std::string_view text, table::ColumnBuffer& into) {
  table::Int128 value = 0;
  bool negative = false;
  int scale = -1;
  for (char c : text) {
    if (c == '-') {
      negative = true;
    } else if (c == '.') {
      scale = 0;
    } else {
      unsigned digit = static_cast<unsigned>(c - '0');
      if (digit > 9) return not_a_number;
      value = value * 10 + digit;
      if (scale >= 0) ++scale;
    }
  }
  for (int i = scale < 0 ? 0 : scale; i < target_.scale; ++i) value *= 10;
  into.append(negative ? -value : value);
  return nullptr;
}

const char* Converter::append_datetime(std::string_view text, table::ColumnBuffer& into) {
  int32_t days;
  if (const char* reason = parse_day(text, &days)) return reason;
  int64_t micros = 0;
  if (text.size() >= 19) {
    int hour = two_digits(text.data() + 11), minute = two_digits(text.data() + 14),
        second = two_digits(text.data() + 17);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
      return impossible_date;
    micros = (int64_t{hour} * 3600 + minute * 60 + second) * 1'000'000;
    int64_t unit = 100'000;
    for (size_t i = 20; i < text.size() && i < 26; ++i, unit /= 10) micros += (text[i] - '0') * unit;
  }
  into.append(int64_t{days} * 86'400'000'000 + micros);
  return nullptr;
}

const char* Converter::append(std::string_view text, table::ColumnBuffer& into) {
  const char* reason = nullptr;
  switch (form_) {
    case Form::integer: {
      int64_t value = 0;
      auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (problem != std::errc() || end != text.data() + text.size()) {
        reason = not_a_number;
      } else if (target_.kind == TypeKind::integer) {
        into.append(static_cast<int32_t>(value));
      } else {
        into.append(value);
      }
      break;
    }
    case Form::text: {
      std::string_view utf8;
      if (decoder_.decode(text, &utf8)) {
        into.append_bytes(utf8);
      } else {
        reason = not_valid_text;
      }
      break;
    }
    case Form::decimal:
      reason = append_decimal(text, into);
      break;
    case Form::datetime:
      reason = append_datetime(text, into);
      break;
    case Form::date: {
      int32_t days;
      reason = parse_day(text, &days);
      if (!reason) into.append(days);
      break;
    }
    case Form::real: {
      double value = 0;
      auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (problem != std::errc() || end != text.data() + text.size()) {
        reason = not_a_number;
      } else {
        into.append(value);
      }
      break;
    }
    case Form::bit_flag:
      into.append(static_cast<uint8_t>(!text.empty() && text[0] != 0));
      break;
    case Form::bytes:
      into.append_bytes(text);
      break;
    case Form::geometry:
      into.append_bytes(text.size() >= 4 ? text.substr(4) : text);
      break;  // WKB follows the SRID
  }
  if (reason) into.append_null();
  return reason;
}

}  // namespace suikei::sources::mysql
