#include "table/batch.h"

#include <gtest/gtest.h>

#include <string>

#include "table/arrow.h"

namespace suikei::table {
namespace {

TEST(Batch, FixedValuesAndNullsKeepTheirRows) {
  ColumnBuffer column(bigint_type);
  for (int64_t row = 0; row < 100; ++row) {
    if (row % 3 == 1) {
      column.append_null();
    } else {
      column.append(row * row);
    }
  }
  ASSERT_EQ(column.rows(), 100u);
  EXPECT_EQ(column.null_count(), 33u);
  for (size_t row = 0; row < 100; ++row) {
    ASSERT_EQ(column.is_null(row), row % 3 == 1) << row;
    EXPECT_EQ(column.value<int64_t>(row), column.is_null(row) ? 0 : static_cast<int64_t>(row * row)) << row;
  }
}

TEST(Batch, TextKeepsItsBytesAndANullIsNotTheEmptyText) {
  ColumnBuffer column(varchar_type);
  column.append_bytes("");
  column.append_null();
  column.append_bytes("水系");
  column.append_bytes(std::string_view("\0\xff", 2));
  EXPECT_FALSE(column.is_null(0));
  EXPECT_TRUE(column.is_null(1));
  EXPECT_EQ(column.bytes(0), "");
  EXPECT_EQ(column.bytes(1), "");
  EXPECT_EQ(column.bytes(2), "水系");
  EXPECT_EQ(column.bytes(3), std::string_view("\0\xff", 2));
  EXPECT_EQ(column.null_count(), 1u);
  EXPECT_EQ(column.bytes_used(), 8u);
}

TEST(Batch, ManyLargeTextsGrowTheColumn) {
  ColumnBuffer column(blob_type);
  std::string large(100'000, 'x');
  for (int i = 0; i < 20; ++i) {
    large[0] = static_cast<char>('a' + i);
    column.append_bytes(large);
  }
  for (size_t i = 0; i < 20; ++i) {
    ASSERT_EQ(column.bytes(i).size(), 100'000u);
    EXPECT_EQ(column.bytes(i)[0], static_cast<char>('a' + i));
  }
}

TEST(Batch, AFullBatchOfNullsAndOfValuesFits) {
  for (Type type : {boolean_type, integer_type, decimal_type(38, 0), varchar_type}) {
    ColumnBuffer column(type);
    column.pad(batch_rows_max);
    EXPECT_EQ(column.rows(), batch_rows_max);
    EXPECT_EQ(column.null_count(), batch_rows_max);
    for (size_t row = 0; row < batch_rows_max; ++row) ASSERT_TRUE(column.is_null(row));
  }
}

TEST(Batch, TruncateForgetsRowsTheirNullsAndTheirBytes) {
  for (size_t keep : {0u, 1u, 7u, 8u, 9u, 19u, 20u, 50u}) {
    ColumnBuffer text(varchar_type);
    ColumnBuffer number(integer_type);
    for (int32_t row = 0; row < 20; ++row) {
      bool null = row % 2 == 1;
      if (null) {
        text.append_null();
        number.append_null();
      } else {
        text.append_bytes("abc");
        number.append(row);
      }
    }
    text.truncate(keep);
    number.truncate(keep);
    size_t left = keep < 20 ? keep : 20;
    ASSERT_EQ(text.rows(), left);
    EXPECT_EQ(text.null_count(), left / 2);
    EXPECT_EQ(text.bytes_used(), 3 * ((left + 1) / 2));
    // What comes after lies in the same bits: NULL must be NULL where a value stood, and the reverse.
    for (size_t row = left; row < left + 12; ++row) {
      if (row % 2 == 1) {
        text.append_bytes("new");
        number.append<int32_t>(-1);
      } else {
        text.append_null();
        number.append_null();
      }
    }
    for (size_t row = 0; row < left + 12; ++row) {
      bool null = row < left ? row % 2 == 1 : row % 2 == 0;
      ASSERT_EQ(text.is_null(row), null) << keep << " " << row;
      ASSERT_EQ(number.is_null(row), null) << keep << " " << row;
      if (!null) {
        EXPECT_EQ(text.bytes(row), row < left ? "abc" : "new");
        EXPECT_EQ(number.value<int32_t>(row), row < left ? static_cast<int32_t>(row) : -1);
      }
    }
    size_t nulls = 0;
    for (size_t row = 0; row < left + 12; ++row) nulls += number.is_null(row);
    EXPECT_EQ(number.null_count(), nulls);
    EXPECT_EQ(text.null_count(), nulls);
  }
}

// Tables with and without a column share a batch: the column lags behind while tables without it are read.
TEST(Batch, AColumnThatLagsBehindIsPaddedInTheRightRows) {
  Batch batch({{{"id", bigint_type, ""}, {"late", varchar_type, ""}}});
  auto row = [&](int64_t id, const char* late) {
    batch.column(0).append(id);
    if (late) {
      batch.column(1).pad(batch.rows());
      batch.column(1).append_bytes(late);
    }
    batch.row_done(8);
  };
  row(0, nullptr);
  row(1, nullptr);
  row(2, "two");
  row(3, nullptr);
  row(4, "four");
  row(5, nullptr);
  for (size_t i = 0; i < batch.width(); ++i) batch.column(i).pad(batch.rows());
  ASSERT_EQ(batch.column(1).rows(), 6u);
  for (size_t at : {0u, 1u, 3u, 5u}) EXPECT_TRUE(batch.column(1).is_null(at)) << at;
  EXPECT_EQ(batch.column(1).bytes(2), "two");
  EXPECT_EQ(batch.column(1).bytes(4), "four");
  EXPECT_EQ(batch.column(1).null_count(), 4u);
  batch.column(1).pad(3);  // never shortens
  EXPECT_EQ(batch.column(1).rows(), 6u);
}

TEST(Batch, TruncateToRowsThatALaggingColumnDoesNotHaveLeavesIt) {
  Batch batch({{{"id", bigint_type, ""}, {"late", varchar_type, ""}}});
  for (int64_t id = 0; id < 5; ++id) {
    batch.column(0).append(id);
    if (id == 0) batch.column(1).append_bytes("first");
    batch.row_done(1);
  }
  batch.truncate(3);
  EXPECT_EQ(batch.rows(), 3u);
  EXPECT_EQ(batch.column(0).rows(), 3u);
  EXPECT_EQ(batch.column(1).rows(), 1u);
  batch.column(1).pad(batch.rows());
  EXPECT_EQ(batch.column(1).bytes(0), "first");
  EXPECT_TRUE(batch.column(1).is_null(2));
}

TEST(Batch, IsFullByRowsOrByBytesAndEmptyAgainAfterClear) {
  Batch batch({{{"flag", boolean_type, ""}}});
  for (size_t i = 0; i < batch_rows_max; ++i) {
    EXPECT_FALSE(batch.full());
    batch.column(0).append<uint8_t>(1);
    batch.row_done(1);
  }
  EXPECT_TRUE(batch.full());
  batch.clear();
  EXPECT_FALSE(batch.full());
  EXPECT_EQ(batch.rows(), 0u);
  EXPECT_EQ(batch.column(0).rows(), 0u);
  batch.column(0).append<uint8_t>(0);
  batch.row_done(batch_bytes_max);
  EXPECT_TRUE(batch.full());
  batch.clear();
  EXPECT_FALSE(batch.full());
}

TEST(Batch, ArrowSeesTheSameRows) {
  Batch batch({{{"id", integer_type, ""}, {"price", decimal_type(9, 2), ""}, {"name", varchar_type, ""}}});
  batch.column(0).append<int32_t>(7);
  batch.column(1).append<Int128>(-5);
  batch.column(2).append_bytes("ab");
  batch.row_done(2);
  batch.column(0).append<int32_t>(8);
  batch.column(1).append_null();
  batch.column(2).append_bytes("c");
  batch.row_done(1);
  ArrowSchema schema;
  export_schema(batch.schema(), &schema);
  ASSERT_EQ(schema.n_children, 3);
  EXPECT_STREQ(schema.children[0]->format, "i");
  EXPECT_STREQ(schema.children[1]->format, "d:9,2");
  EXPECT_STREQ(schema.children[2]->name, "name");
  ArrowArray array;
  lend_array(batch, &array);
  EXPECT_EQ(array.length, 2);
  EXPECT_EQ(array.children[0]->null_count, 0);
  EXPECT_EQ(array.children[0]->buffers[0], nullptr);  // no NULL: no validity needed
  EXPECT_EQ(array.children[1]->null_count, 1);
  EXPECT_EQ(*static_cast<const uint8_t*>(array.children[1]->buffers[0]) & 3, 1);
  EXPECT_EQ(static_cast<const int32_t*>(array.children[0]->buffers[1])[1], 8);
  EXPECT_EQ(static_cast<const int32_t*>(array.children[2]->buffers[1])[2], 3);
  EXPECT_EQ(std::string_view(static_cast<const char*>(array.children[2]->buffers[2]), 3), "abc");
  array.release(&array);
  schema.release(&schema);
  EXPECT_EQ(array.release, nullptr);
  EXPECT_EQ(schema.release, nullptr);
}

}  // namespace
}  // namespace suikei::table
