#include "table/checksum.h"

#include <gtest/gtest.h>

#include <functional>

namespace suikei::table {
namespace {

/// A batch of one row, its columns filled by `fill`.
Batch row_of(const Schema& schema, const std::function<void(Batch&)>& fill) {
  Batch batch(schema);
  fill(batch);
  for (size_t i = 0; i < batch.width(); ++i) batch.column(i).pad(1);
  batch.row_done(0);
  return batch;
}

/// The canonical text of one value in a column `v` of that type.
template <typename T>
std::string text_of(Type type, T value) {
  Schema schema{{{"v", type, ""}}};
  Batch batch = row_of(schema, [&](Batch& row) { row.column(0).append(value); });
  return RowHasher(schema).canonical(batch, 0);
}
std::string text_of_bytes(Type type, std::string_view value) {
  Schema schema{{{"v", type, ""}}};
  Batch batch = row_of(schema, [&](Batch& row) { row.column(0).append_bytes(value); });
  return RowHasher(schema).canonical(batch, 0);
}
std::string decimal_text(Int128 value, int scale) {
  return text_of<Int128>(decimal_type(38, scale), value);
}

std::string checksum_of(const Batch& batch) {
  RowHasher hasher(batch.schema());
  Sum128 sum = 0;
  for (size_t row = 0; row < batch.rows(); ++row) hasher.add(batch, row, sum);
  hasher.flush();
  return hex(sum);
}

TEST(Checksum, CanonicalTextOfNumbers) {
  EXPECT_EQ(text_of<uint8_t>(boolean_type, 1), "v=1:1");
  EXPECT_EQ(text_of<uint8_t>(boolean_type, 0), "v=1:0");
  EXPECT_EQ(text_of<int32_t>(integer_type, -2147483648), "v=11:-2147483648");
  EXPECT_EQ(text_of<int64_t>(bigint_type, INT64_MIN), "v=20:-9223372036854775808");
  EXPECT_EQ(text_of<int64_t>(bigint_type, 0), "v=1:0");
  EXPECT_EQ(text_of<double>(real_type, 0.1), "v=19:0.10000000000000001");
  EXPECT_EQ(text_of<double>(real_type, 1e20), "v=5:1e+20");
  EXPECT_EQ(text_of<double>(real_type, -0.0), "v=2:-0");
}

TEST(Checksum, CanonicalTextOfDecimals) {
  EXPECT_EQ(decimal_text(0, 2), "v=1:0");
  EXPECT_EQ(decimal_text(5, 2), "v=4:0.05");
  EXPECT_EQ(decimal_text(-5, 2), "v=5:-0.05");
  EXPECT_EQ(decimal_text(200, 2), "v=1:2");
  EXPECT_EQ(decimal_text(100, 0), "v=3:100");
  EXPECT_EQ(decimal_text(150, 2), "v=3:1.5");
  EXPECT_EQ(decimal_text(15, 1), "v=3:1.5");
  EXPECT_EQ(decimal_text(15'000'000, 7), "v=3:1.5");
  Int128 nines = 1;
  for (int i = 0; i < 38; ++i) nines *= 10;
  EXPECT_EQ(decimal_text(nines - 1, 0), "v=38:" + std::string(38, '9'));
  EXPECT_EQ(decimal_text(1 - nines, 38), "v=41:-0." + std::string(38, '9'));
}

TEST(Checksum, CanonicalTextOfTimesAndBytes) {
  EXPECT_EQ(text_of<int32_t>(date_type, 19'723), "v=16:1704067200000000");
  EXPECT_EQ(text_of<int64_t>(timestamp_type, 1'704'067'200'000'000), "v=16:1704067200000000");
  EXPECT_EQ(text_of<int64_t>(timestamptz_type, -1), "v=2:-1");
  EXPECT_EQ(text_of<int32_t>(date_type, -719'162), "v=18:-62135596800000000");  // year 1: beyond 32 bits
  EXPECT_EQ(text_of_bytes(varchar_type, "りんご"), "v=9:りんご");
  EXPECT_EQ(text_of_bytes(varchar_type, ""), "v=0:");
  EXPECT_EQ(text_of_bytes(blob_type, std::string_view("\0\xff", 2)), std::string("v=2:\0\xff", 6));
}

TEST(Checksum, AWiderTypeHasTheSameText) {
  EXPECT_EQ(text_of<int32_t>(integer_type, 5), text_of<int64_t>(bigint_type, 5));
  EXPECT_EQ(text_of<int64_t>(bigint_type, -5), decimal_text(-500, 2));
  EXPECT_EQ(text_of<int32_t>(date_type, -1), text_of<int64_t>(timestamp_type, -86'400'000'000));
}

TEST(Checksum, ColumnsAreSortedByNameAndOursLeftOut) {
  Schema schema = lake_schema();
  schema.columns.push_back({"price", bigint_type, ""});
  schema.columns.push_back({"price2", bigint_type, ""});
  schema.columns.push_back({"name", varchar_type, ""});
  schema.columns.push_back({"_own", varchar_type, ""});
  schema.columns.push_back({"gone", varchar_type, ""});
  Batch batch = row_of(schema, [](Batch& row) {
    row.column(0).append_bytes("s01");
    row.column(1).append_bytes("t");
    row.column(2).append<int64_t>(1);
    row.column(3).append<int64_t>(1);
    row.column(4).append<int64_t>(2);
    row.column(5).append_bytes("x");
    row.column(6).append_bytes("y");
  });
  EXPECT_EQ(RowHasher(schema).canonical(batch, 0), "_own=1:yname=1:xprice2=1:2price=1:1");
}

// The example of docs/design/checksum.md, whose numbers other programs made.
TEST(Checksum, TheWrittenExample) {
  Schema schema{{{"id", bigint_type, ""},
                 {"name", varchar_type, ""},
                 {"note", varchar_type, ""},
                 {"photo", blob_type, ""},
                 {"price", decimal_type(10, 2), ""},
                 {"price2", bigint_type, ""},
                 {"sold_on", date_type, ""}}};
  Batch batch(schema);
  batch.column(0).append<int64_t>(7);
  batch.column(1).append_bytes("りんご");
  batch.column(2).append_null();
  batch.column(3).append_bytes(std::string_view("\0\xff", 2));
  batch.column(4).append<Int128>(150);
  batch.column(5).append<int64_t>(2);
  batch.column(6).append<int32_t>(19'723);
  batch.row_done(0);
  batch.column(0).append<int64_t>(8);
  batch.column(1).append_bytes("");
  batch.column(2).append_null();
  batch.column(3).append_null();
  batch.column(4).append<Int128>(-5);
  for (size_t i = 5; i < 7; ++i) batch.column(i).append_null();
  batch.row_done(0);
  EXPECT_EQ(md5_hex(RowHasher(schema).canonical(batch, 0)), "93f71e65a5303ad8c38cef62be2677a2");
  EXPECT_EQ(md5_hex(RowHasher(schema).canonical(batch, 1)), "5533c505fe92c781d61bcbcadc384b7e");
  EXPECT_EQ(checksum_of(batch), "e92ae36ba3c3025a99a8bb2d9a5ec320");
}

/// Rows (id, name) in the given order; `reversed` puts the columns the other way round.
std::string checksum_of_rows(const std::vector<std::pair<int64_t, std::string>>& rows,
                             bool reversed = false) {
  Schema schema{{{"id", bigint_type, ""}, {"name", varchar_type, ""}}};
  if (reversed) std::swap(schema.columns[0], schema.columns[1]);
  Batch batch(schema);
  for (const auto& [id, name] : rows) {
    batch.column(reversed ? 1 : 0).append(id);
    batch.column(reversed ? 0 : 1).append_bytes(name);
    batch.row_done(0);
  }
  return checksum_of(batch);
}

TEST(Checksum, OrderOfRowsAndColumnsDoesNotMatter) {
  std::vector<std::pair<int64_t, std::string>> rows;
  for (int64_t id = 0; id < 21; ++id) rows.emplace_back(id, "name " + std::to_string(id));
  std::string sum = checksum_of_rows(rows);
  EXPECT_EQ(checksum_of_rows({rows.rbegin(), rows.rend()}), sum);
  EXPECT_EQ(checksum_of_rows(rows, /*reversed=*/true), sum);
}

// One tenant spells a column `Id`, the lake `id`: they are one column there.
TEST(Checksum, TheCaseOfAColumnsNameDoesNotMatter) {
  auto with_name = [](const char* name) {
    Schema schema{{{name, bigint_type, ""}, {"b", bigint_type, ""}}};
    return checksum_of(row_of(schema, [](Batch& row) {
      row.column(0).append<int64_t>(1);
      row.column(1).append<int64_t>(2);
    }));
  };
  EXPECT_EQ(with_name("Id"), with_name("id"));
  EXPECT_EQ(with_name("ZIP"), with_name("zip"));  // `Z` sorts before `b`, `z` behind it
  EXPECT_NE(with_name("id"), with_name("ids"));
}

TEST(Checksum, ALostDoubledOrChangedRowShows) {
  std::vector<std::pair<int64_t, std::string>> rows = {{1, "a"}, {2, "b"}, {3, "c"}};
  std::string sum = checksum_of_rows(rows);
  EXPECT_EQ(checksum_of_rows({}), std::string(32, '0'));
  EXPECT_NE(checksum_of_rows({rows[0], rows[1]}), sum);
  EXPECT_NE(checksum_of_rows({rows[0], rows[1], rows[2], rows[2]}), sum);
  EXPECT_NE(checksum_of_rows({rows[0], rows[1], rows[1]}), sum);
  EXPECT_NE(checksum_of_rows({{1, "a"}, {2, "b"}, {3, "d"}}), sum);
  EXPECT_NE(checksum_of_rows({{1, "b"}, {2, "a"}, {3, "c"}}), sum);  // values changed places
  EXPECT_NE(checksum_of_rows({{1, "a"}, {2, "b"}, {3, "C"}}), sum);
}

TEST(Checksum, AnAddedColumnOfNullsChangesNothingTheEmptyTextDoes) {
  auto with_note = [](const char* note) {
    Schema schema{{{"note", varchar_type, ""}, {"id", bigint_type, ""}}};
    return checksum_of(row_of(schema, [&](Batch& row) {
      if (note) row.column(0).append_bytes(note);
      row.column(1).append<int64_t>(1);
    }));
  };
  Schema alone{{{"id", bigint_type, ""}}};
  std::string sum = checksum_of(row_of(alone, [](Batch& row) { row.column(0).append<int64_t>(1); }));
  EXPECT_EQ(with_note(nullptr), sum);
  EXPECT_NE(with_note(""), sum);
}

}  // namespace
}  // namespace suikei::table
