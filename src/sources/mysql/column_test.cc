#include "sources/mysql/column.h"

#include <gtest/gtest.h>

#include <mysql.h>

#include <cmath>
#include <optional>

#include "base/text.h"
#include "base/time.h"

namespace suikei::sources::mysql {
namespace {

using table::Int128;
using table::Type;

constexpr int binary_set = 63, utf8mb4_set = 45, cp932_set = 95, latin1_set = 8, json_type = 245;
const CollationNames collations = {{binary_set, "binary"},
                                   {utf8mb4_set, "utf8mb4"},
                                   {cp932_set, "cp932"},
                                   {latin1_set, "latin1"},
                                   {11, "ascii"}};

ColumnDefinition column_of(int type, unsigned flags = 0, uint32_t length = 20, int decimals = 0,
                           int charset = binary_set) {
  ColumnDefinition column;
  column.name = "c";
  column.type = type;
  column.flags = flags;
  column.length = length;
  column.decimals = decimals;
  column.charset = charset;
  return column;
}
ColumnDefinition text_of(int type, int charset, unsigned flags = 0) {
  return column_of(type, flags, 100, 0, charset);
}
/// DECIMAL(p,s) as the wire describes it.
ColumnDefinition decimal_of(int precision, int scale, unsigned flags = 0) {
  int length = precision + (scale > 0 ? 1 : 0) + (flags & UNSIGNED_FLAG ? 0 : 1);
  return column_of(MYSQL_TYPE_NEWDECIMAL, flags, static_cast<uint32_t>(length), scale);
}

/// What became of one value: the reason why it was refused, and the column that holds it as its only row.
struct Converted {
  std::string reason;
  table::ColumnBuffer column;
};
Converted convert(const ColumnDefinition& column, std::string_view text, std::optional<Type> target = {}) {
  Type type = target.value_or(lake_type(column));
  Converter converter(column, type, collations);
  Converted result{"", table::ColumnBuffer(type)};
  if (const char* reason = converter.append(text, result.column)) result.reason = reason;
  EXPECT_EQ(result.column.rows(), 1u) << text;
  EXPECT_EQ(result.column.is_null(0), !result.reason.empty()) << text;
  return result;
}
template <typename T>
T value(const ColumnDefinition& column, std::string_view text, std::optional<Type> target = {}) {
  Converted result = convert(column, text, target);
  EXPECT_EQ(result.reason, "") << text;
  return result.column.value<T>(0);
}
std::string bytes(const ColumnDefinition& column, std::string_view text, std::optional<Type> target = {}) {
  Converted result = convert(column, text, target);
  EXPECT_EQ(result.reason, "") << hex(text);
  return std::string(result.column.bytes(0));
}
std::string refusal(const ColumnDefinition& column, std::string_view text) {
  return convert(column, text).reason;
}

TEST(MysqlColumn, EveryTypeHasItsLakeType) {
  for (int type : {MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG}) {
    EXPECT_EQ(lake_type(column_of(type)), table::bigint_type) << type;
    EXPECT_EQ(lake_type(column_of(type, UNSIGNED_FLAG)), table::bigint_type) << type;
  }
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_LONGLONG)), table::bigint_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_LONGLONG, UNSIGNED_FLAG)), table::decimal_type(20, 0));
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_YEAR, UNSIGNED_FLAG | ZEROFILL_FLAG)), table::integer_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_FLOAT)), table::real_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_DOUBLE)), table::real_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_BIT, UNSIGNED_FLAG, 1)), table::boolean_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_BIT, UNSIGNED_FLAG, 2)), table::blob_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_DATE)), table::date_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_DATETIME)), table::timestamp_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_TIMESTAMP)), table::timestamptz_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_TIME)), table::varchar_type);
  EXPECT_EQ(lake_type(column_of(MYSQL_TYPE_GEOMETRY)), table::blob_type);
  EXPECT_EQ(lake_type(column_of(json_type)), table::varchar_type);
  EXPECT_EQ(lake_type(text_of(MYSQL_TYPE_STRING, utf8mb4_set, ENUM_FLAG)), table::varchar_type);
  EXPECT_EQ(lake_type(text_of(MYSQL_TYPE_VAR_STRING, cp932_set)), table::varchar_type);
  EXPECT_EQ(lake_type(text_of(MYSQL_TYPE_BLOB, utf8mb4_set, BLOB_FLAG)), table::varchar_type);
  EXPECT_EQ(lake_type(text_of(MYSQL_TYPE_BLOB, binary_set, BLOB_FLAG)), table::blob_type);
  EXPECT_EQ(lake_type(text_of(MYSQL_TYPE_STRING, binary_set)), table::blob_type);
}

TEST(MysqlColumn, ADecimalKeepsItsDeclaredDigits) {
  EXPECT_EQ(lake_type(decimal_of(10, 2)), table::decimal_type(10, 2));
  EXPECT_EQ(lake_type(decimal_of(10, 0)), table::decimal_type(10, 0));
  EXPECT_EQ(lake_type(decimal_of(10, 2, UNSIGNED_FLAG)), table::decimal_type(10, 2));
  EXPECT_EQ(lake_type(decimal_of(10, 0, UNSIGNED_FLAG)), table::decimal_type(10, 0));
  EXPECT_EQ(lake_type(decimal_of(38, 30)), table::decimal_type(38, 30));
  EXPECT_EQ(lake_type(decimal_of(39, 0)), table::varchar_type);
  EXPECT_EQ(lake_type(decimal_of(65, 30)), table::varchar_type);
}

TEST(MysqlColumn, NamesAndNotesTellTheSourcesOwnWords) {
  EXPECT_EQ(wire_type_name(column_of(MYSQL_TYPE_LONGLONG, UNSIGNED_FLAG)), "bigint unsigned");
  EXPECT_EQ(wire_type_name(decimal_of(10, 2, UNSIGNED_FLAG)), "decimal(10,2) unsigned");
  EXPECT_EQ(wire_type_name(text_of(MYSQL_TYPE_STRING, utf8mb4_set, ENUM_FLAG)), "enum");
  EXPECT_EQ(wire_type_name(text_of(MYSQL_TYPE_STRING, utf8mb4_set, SET_FLAG)), "set");
  EXPECT_EQ(wire_type_name(text_of(MYSQL_TYPE_STRING, binary_set)), "binary");
  EXPECT_EQ(wire_type_name(text_of(MYSQL_TYPE_VAR_STRING, utf8mb4_set)), "varchar");
  EXPECT_EQ(wire_type_name(text_of(MYSQL_TYPE_BLOB, utf8mb4_set, BLOB_FLAG)), "text");
  EXPECT_EQ(wire_type_name(column_of(MYSQL_TYPE_BIT, 0, 9)), "bit(9)");
  EXPECT_EQ(type_note(column_of(MYSQL_TYPE_DATETIME), "Asia/Tokyo"), "wall clock of Asia/Tokyo");
  EXPECT_EQ(type_note(column_of(MYSQL_TYPE_TIMESTAMP), "Asia/Tokyo"), "");
  EXPECT_FALSE(type_note(column_of(MYSQL_TYPE_TIME), "").empty());
  EXPECT_TRUE(needs_expression(column_of(MYSQL_TYPE_FLOAT)));
  EXPECT_FALSE(needs_expression(column_of(MYSQL_TYPE_DOUBLE)));
}

TEST(MysqlColumn, WholeNumbers) {
  ColumnDefinition bigint = column_of(MYSQL_TYPE_LONGLONG);
  EXPECT_EQ(value<int64_t>(bigint, "-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(value<int64_t>(bigint, "9223372036854775807"), INT64_MAX);
  EXPECT_EQ(value<int64_t>(column_of(MYSQL_TYPE_LONG, UNSIGNED_FLAG), "4294967295"), 4'294'967'295);
  EXPECT_EQ(value<int64_t>(column_of(MYSQL_TYPE_LONG, ZEROFILL_FLAG), "0000000042"), 42);
  EXPECT_EQ(value<int64_t>(column_of(MYSQL_TYPE_TINY), "2"), 2);
  EXPECT_EQ(value<int32_t>(column_of(MYSQL_TYPE_YEAR), "2026"), 2026);
  EXPECT_EQ(value<int32_t>(column_of(MYSQL_TYPE_YEAR), "0000"), 0);
  for (const char* text : {"", "x", "1x", "9223372036854775808", "1.5", "--1"}) {
    EXPECT_EQ(refusal(bigint, text), "not a number the lake holds") << text;
  }
}

TEST(MysqlColumn, UnsignedBigintsFitADecimal) {
  ColumnDefinition column = column_of(MYSQL_TYPE_LONGLONG, UNSIGNED_FLAG);
  EXPECT_TRUE(value<Int128>(column, "18446744073709551615") == static_cast<Int128>(UINT64_MAX));
  EXPECT_TRUE(value<Int128>(column, "0") == 0);
  ColumnDefinition filled = column_of(MYSQL_TYPE_LONGLONG, UNSIGNED_FLAG | ZEROFILL_FLAG);
  EXPECT_TRUE(value<Int128>(filled, "00000000000000000007") == 7);
}

TEST(MysqlColumn, Decimals) {
  EXPECT_TRUE(value<Int128>(decimal_of(10, 2), "123.45") == 12345);
  EXPECT_TRUE(value<Int128>(decimal_of(10, 2), "-123.45") == -12345);
  EXPECT_TRUE(value<Int128>(decimal_of(10, 2), "-0.05") == -5);
  EXPECT_TRUE(value<Int128>(decimal_of(10, 2), "-0.00") == 0);
  EXPECT_TRUE(value<Int128>(decimal_of(5, 5), "0.00001") == 1);
  EXPECT_TRUE(value<Int128>(decimal_of(10, 2, ZEROFILL_FLAG | UNSIGNED_FLAG), "00000123.45") == 12345);
  Int128 nines = 1;
  for (int i = 0; i < 38; ++i) nines *= 10;
  EXPECT_TRUE(value<Int128>(decimal_of(38, 0), std::string(38, '9')) == nines - 1);
  EXPECT_TRUE(value<Int128>(decimal_of(38, 30), "-99999999." + std::string(30, '9')) == 1 - nines);
  std::string large = std::string(35, '9') + "." + std::string(30, '1');
  EXPECT_EQ(bytes(decimal_of(65, 30), large), large);
  EXPECT_EQ(refusal(decimal_of(10, 2), "12a.45"), "not a number the lake holds");
}

TEST(MysqlColumn, AWiderColumnOfTheLakeHoldsTheSameValue) {
  EXPECT_TRUE(value<Int128>(decimal_of(10, 2), "-1.50", table::decimal_type(14, 4)) == -15'000);
  EXPECT_TRUE(value<Int128>(column_of(MYSQL_TYPE_LONG), "-7", table::decimal_type(21, 2)) == -700);
  EXPECT_EQ(value<int64_t>(column_of(MYSQL_TYPE_YEAR), "2026", table::bigint_type), 2026);
  EXPECT_EQ(value<int64_t>(column_of(MYSQL_TYPE_DATE), "1970-01-02", table::timestamp_type), 86'400'000'000);
}

TEST(MysqlColumn, RealNumbersKeepTheir64Bits) {
  ColumnDefinition column = column_of(MYSQL_TYPE_DOUBLE);
  EXPECT_EQ(value<double>(column, "0.1"), 0.1);
  EXPECT_EQ(value<double>(column, "-1.7976931348623157e308"), -1.7976931348623157e308);
  EXPECT_EQ(value<double>(column, "2.2250738585072014e-308"), 2.2250738585072014e-308);
  EXPECT_EQ(value<double>(column, "1e20"), 1e20);
  EXPECT_TRUE(std::signbit(value<double>(column, "-0")));
  EXPECT_TRUE(std::signbit(value<double>(column, "-0.0")));
  EXPECT_FALSE(std::signbit(value<double>(column, "0")));
  EXPECT_EQ(refusal(column, "1.5x"), "not a number the lake holds");
  EXPECT_EQ(refusal(column, ""), "not a number the lake holds");
}

TEST(MysqlColumn, Bits) {
  ColumnDefinition flag = column_of(MYSQL_TYPE_BIT, UNSIGNED_FLAG, 1);
  EXPECT_EQ(value<uint8_t>(flag, std::string_view("\1", 1)), 1);
  EXPECT_EQ(value<uint8_t>(flag, std::string_view("\0", 1)), 0);
  ColumnDefinition bits = column_of(MYSQL_TYPE_BIT, UNSIGNED_FLAG, 9);
  EXPECT_EQ(bytes(bits, std::string_view("\1\0", 2)), std::string("\1\0", 2));
}

TEST(MysqlColumn, Dates) {
  ColumnDefinition column = column_of(MYSQL_TYPE_DATE);
  EXPECT_EQ(value<int32_t>(column, "2020-02-29"), days_from_civil(2020, 2, 29));
  EXPECT_EQ(value<int32_t>(column, "0001-01-01"), days_from_civil(1, 1, 1));
  EXPECT_EQ(value<int32_t>(column, "9999-12-31"), days_from_civil(9999, 12, 31));
  EXPECT_EQ(refusal(column, "0000-00-00"), "zero date");
  for (const char* text :
       {"2020-02-31", "2021-02-29", "1900-02-29", "2020-04-31", "2020-00-10", "2020-10-00", "2020-13-01",
        "0000-12-19", "0000-01-01", "2020-00-00", "", "2020-1-1", "abcd-01-01"}) {
    EXPECT_EQ(refusal(column, text), "impossible date") << text;
  }
}

TEST(MysqlColumn, WallClocksAndInstantsToTheMicrosecond) {
  for (int type : {MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP}) {
    ColumnDefinition column = column_of(type);
    int64_t base = int64_t{days_from_civil(2024, 2, 29)} * 86'400'000'000 + 86'399'000'000;
    EXPECT_EQ(value<int64_t>(column, "2024-02-29 23:59:59"), base);
    std::string text = "2024-02-29 23:59:59.";
    const int64_t micros[] = {100'000, 120'000, 123'000, 123'400, 123'450, 123'456};
    for (size_t digits = 1; digits <= 6; ++digits) {
      text += static_cast<char>('0' + digits);
      EXPECT_EQ(value<int64_t>(column, text), base + micros[digits - 1]) << text;
    }
    EXPECT_EQ(value<int64_t>(column, "1969-12-31 23:59:59.999999"), -1);
    EXPECT_EQ(value<int64_t>(column, "2024-02-29 23:59:59.000000"), base);
    EXPECT_EQ(refusal(column, "0000-00-00 00:00:00"), "zero date");
    EXPECT_EQ(refusal(column, "0000-00-00 00:00:00.000000"), "zero date");
    for (const char* impossible : {"2020-02-31 00:00:00", "0000-12-19 10:00:00", "2020-01-01 24:00:00",
                                   "2020-01-01 23:60:00", "2020-01-01 23:59:60", "2020-01-01 xx:00:00"}) {
      EXPECT_EQ(refusal(column, impossible), "impossible date") << impossible;
    }
  }
}

TEST(MysqlColumn, ADurationIsItsText) {
  ColumnDefinition column = column_of(MYSQL_TYPE_TIME);
  EXPECT_EQ(bytes(column, "-838:59:59.500"), "-838:59:59.500");
  EXPECT_EQ(bytes(column, "00:00:00"), "00:00:00");
}

TEST(MysqlColumn, TextIsConvertedFromItsOwnCharacterSetOrRefused) {
  EXPECT_EQ(bytes(text_of(MYSQL_TYPE_VAR_STRING, utf8mb4_set), "水系 𠮷"), "水系 𠮷");
  EXPECT_EQ(bytes(text_of(MYSQL_TYPE_VAR_STRING, cp932_set), "\x93\xFA\x96\x7B"), "日本");
  EXPECT_EQ(bytes(text_of(MYSQL_TYPE_BLOB, latin1_set, BLOB_FLAG), "caf\xE9"), "café");
  EXPECT_EQ(bytes(text_of(MYSQL_TYPE_STRING, utf8mb4_set, ENUM_FLAG), ""), "");
  EXPECT_EQ(bytes(text_of(json_type, binary_set), R"({"a":"水"})"), R"({"a":"水"})");
  const std::string reason = "bytes not valid in the column's character set";
  EXPECT_EQ(refusal(text_of(MYSQL_TYPE_VAR_STRING, utf8mb4_set), "\xFF"), reason);
  EXPECT_EQ(refusal(text_of(MYSQL_TYPE_VAR_STRING, utf8mb4_set), "\xED\xA0\x80"), reason);
  EXPECT_EQ(refusal(text_of(MYSQL_TYPE_VAR_STRING, cp932_set), "\x93"), reason);
  EXPECT_EQ(refusal(text_of(MYSQL_TYPE_VAR_STRING, 11), "\x80"), reason);
  // A collation that the server did not list: its values must be UTF-8.
  EXPECT_EQ(refusal(text_of(MYSQL_TYPE_VAR_STRING, 9999), "\xE9"), reason);
  EXPECT_EQ(bytes(text_of(MYSQL_TYPE_VAR_STRING, 9999), "é"), "é");
}

TEST(MysqlColumn, BytesStayAsTheyAre) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(bytes(text_of(MYSQL_TYPE_BLOB, binary_set, BLOB_FLAG), all), all);
  EXPECT_EQ(bytes(text_of(MYSQL_TYPE_STRING, binary_set), std::string_view("a\0", 2)), std::string("a\0", 2));
  EXPECT_EQ(bytes(column_of(MYSQL_TYPE_GEOMETRY), std::string_view("\1\2\3\4wkb", 7)), "wkb");
}

TEST(MysqlColumn, OneConverterServesManyRows) {
  ColumnDefinition column = text_of(MYSQL_TYPE_VAR_STRING, cp932_set);
  Converter converter(column, table::varchar_type, collations);
  table::ColumnBuffer into(table::varchar_type);
  EXPECT_EQ(converter.append("\x93\xFA", into), nullptr);
  EXPECT_NE(converter.append("ab\x93", into), nullptr);
  EXPECT_EQ(converter.append("\x96\x7B", into), nullptr);  // what was left of the bad one is forgotten
  ASSERT_EQ(into.rows(), 3u);
  EXPECT_EQ(into.bytes(0), "日");
  EXPECT_TRUE(into.is_null(1));
  EXPECT_EQ(into.bytes(2), "本");
}

/// A column definition as a server sends it.
std::string packet_of(std::string_view name, std::string_view extended = {}) {
  std::string packet;
  for (std::string_view part : {std::string_view("def"), std::string_view("db"), std::string_view("t"),
                                std::string_view("t"), name, name}) {
    packet += static_cast<char>(part.size());
    packet += part;
  }
  packet += extended;
  packet += '\x0C';
  packet += std::string("\x2D\x00\x90\x01\x00\x00\xFD\x01\x10\x02\x00\x00", 12);
  return packet;
}

Result<ColumnDefinition> parsed(std::string_view packet) {
  return parse_column(column_identity(packet));
}

TEST(MysqlColumn, AColumnDefinitionIsReadFromItsPacket) {
  ColumnDefinition column = MUST(parsed(packet_of("価格")));
  EXPECT_EQ(column.name, "価格");
  EXPECT_EQ(column.charset, 45);
  EXPECT_EQ(column.length, 400u);
  EXPECT_EQ(column.type, MYSQL_TYPE_VAR_STRING);
  EXPECT_EQ(column.flags, 0x1001u);
  EXPECT_EQ(column.decimals, 2);
  EXPECT_EQ(column.format, "");
  EXPECT_EQ(MUST(parsed(packet_of("v", std::string("\x06\x01\x04json", 7)))).format, "json");
}

TEST(MysqlColumn, TheIdentityOfAColumnLeavesOutTableAndDatabase) {
  std::string here = packet_of("a"), there = here;
  there[5] = 'X';  // in the database's name
  EXPECT_EQ(column_identity(here), column_identity(there));
  EXPECT_NE(column_identity(here), column_identity(packet_of("b")));
  std::string wider = here;
  wider[wider.size() - 10] = 'x';  // the length
  EXPECT_NE(column_identity(here), column_identity(wider));
}

TEST(MysqlColumn, ADefinitionThatEndsEarlyIsCorrupt) {
  std::string whole = packet_of("name");
  for (size_t length = 0; length < whole.size(); ++length) {
    Result<ColumnDefinition> column = parsed(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(column.ok()) << length;
    EXPECT_EQ(column.error().kind, ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace suikei::sources::mysql
