// The checksum again by SQL alone, from the rows as they lie in a Parquet file: docs/design/checksum.md.
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "engine/engine.h"
#include "table/checksum.h"

namespace suikei::engine {
namespace {

using table::Int128;

/// A value's canonical text as SQL.
std::string text_in_sql(const table::Column& column) {
  std::string name = quote_name(column.name);
  switch (column.type.kind) {
    case table::TypeKind::boolean:
      return name + "::INTEGER::VARCHAR";
    case table::TypeKind::date:
      return "epoch_us(" + name + "::TIMESTAMP)::VARCHAR";
    case table::TypeKind::timestamp:
    case table::TypeKind::timestamptz:
      return "epoch_us(" + name + ")::VARCHAR";
    case table::TypeKind::decimal:
      return column.type.scale == 0 ? name + "::VARCHAR" : "rtrim(rtrim(" + name + "::VARCHAR, '0'), '.')";
    case table::TypeKind::real:
      return "format('{:.17g}', " + name + ")";
    default:
      return name + "::VARCHAR";
  }
}

std::string checksum_in_sql(const table::Schema& schema, const std::string& from) {
  std::vector<std::pair<std::string, std::string>> parts;
  for (const table::Column& column : schema.columns) {
    std::string prefix = lower(column.name) + "=";
    std::string name = quote_name(column.name), text = text_in_sql(column);
    bool bytes = column.type == table::blob_type;
    std::string value = bytes
                            ? fmt::format("encode('{}' || octet_length({}) || ':') || {}", prefix, name, name)
                            : fmt::format("encode('{}' || strlen({}) || ':' || {})", prefix, text, text);
    parts.emplace_back(prefix, fmt::format("coalesce({}, ''::BLOB)", value));
  }
  std::sort(parts.begin(), parts.end());
  std::vector<std::string> values;
  for (const auto& [prefix, sql] : parts) values.push_back(sql);
  return fmt::format(
      "SELECT format('{{:016x}}{{:016x}}', ((upper + (lower >> 64)) % "
      "18446744073709551616::HUGEINT)::UBIGINT, "
      "(lower % 18446744073709551616::HUGEINT)::UBIGINT) FROM ("
      "SELECT sum(('0x' || left(digest, 16))::UBIGINT)::HUGEINT AS upper, "
      "sum(('0x' || right(digest, 16))::UBIGINT)::HUGEINT AS lower FROM (SELECT md5({}) AS digest FROM {}))",
      join(values, " || "), from);
}

table::Schema all_types() {
  return {{{"flag", table::boolean_type, ""},
           {"year", table::integer_type, ""},
           {"id", table::bigint_type, ""},
           {"price", table::decimal_type(10, 2), ""},
           {"price2", table::decimal_type(20, 0), ""},
           {"tiny", table::decimal_type(38, 37), ""},
           {"ratio", table::real_type, ""},
           {"day", table::date_type, ""},
           {"wall", table::timestamp_type, ""},
           {"instant", table::timestamptz_type, ""},
           {"na\"me", table::varchar_type, ""},
           {"raw", table::blob_type, ""}}};
}

void append_row(table::Batch& batch, int64_t n) {
  const double ratios[] = {0.1, -0.0, 1e20, 1.0 / 3, 5e-324, -123456789.125};
  const char* names[] = {"", "水系", "a=1:b", "'quoted'", "\n", "-"};
  auto pick = static_cast<size_t>(n % 6);
  batch.column(0).append<uint8_t>(n % 2 == 0);
  batch.column(1).append(static_cast<int32_t>(n - 50));
  batch.column(2).append<int64_t>(n % 3 ? n : INT64_MIN + n);
  batch.column(3).append<Int128>(n * 50 - 1000);
  batch.column(4).append<Int128>(static_cast<Int128>(UINT64_MAX) - n);
  batch.column(5).append<Int128>(n % 2 ? n : -n * 1000);
  batch.column(6).append(ratios[pick]);
  batch.column(7).append(static_cast<int32_t>(n * 1000 - 700'000));
  batch.column(8).append<int64_t>(n * 123'456'789'012'345 - 5'000'000'000'000'000);
  batch.column(9).append<int64_t>(-n);
  batch.column(10).append_bytes(names[pick]);
  batch.column(11).append_bytes(std::string(pick, '\xff') + '\0');
  batch.row_done(0);
}

TEST(ChecksumSql, SqlOverTheParquetFileGivesTheSameNumber) {
  table::Batch batch(all_types());
  for (int64_t n = 0; n < 300; ++n) {
    append_row(batch, n);
    for (size_t i = 0; i < batch.width(); ++i) {  // each column NULL in some row
      if ((n + static_cast<int64_t>(i)) % 17 != 0) continue;
      batch.column(i).truncate(batch.rows() - 1);
      batch.column(i).append_null();
    }
  }
  table::RowHasher hasher(all_types());
  Sum128 sum = 0;
  for (size_t row = 0; row < batch.rows(); ++row) hasher.add(batch, row, sum);
  hasher.flush();

  auto path = std::filesystem::temp_directory_path() / fmt::format("suikei-checksum-{}.parquet", getpid());
  std::shared_ptr<Engine> engine = MUST(Engine::open({}));
  Connection connection = MUST(engine->connect());
  bool given = false;
  (void)MUST(connection.write_parquet(path, all_types(), [&]() -> Result<const table::Batch*> {
    return std::exchange(given, true) ? nullptr : &batch;
  }));
  std::string from = fmt::format("read_parquet({})", quote_text(path.string()));
  table::Rows answer = MUST(connection.query(checksum_in_sql(all_types(), from)));
  EXPECT_EQ(answer.rows[0][0], hex(sum));

  // And from the rows that come back, through the code itself.
  Sum128 again = 0;
  MUST(connection.scan("SELECT * FROM " + from, [&](const table::Batch& rows) -> Result<> {
    table::RowHasher second(rows.schema());
    for (size_t row = 0; row < rows.rows(); ++row) second.add(rows, row, again);
    second.flush();
    return ok();
  }));
  EXPECT_EQ(hex(again), hex(sum));

  std::string one_less = from + " LIMIT 299";
  table::Rows lost = MUST(connection.query(checksum_in_sql(all_types(), "(SELECT * FROM " + one_less + ")")));
  EXPECT_NE(lost.rows[0][0], hex(sum));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace suikei::engine
