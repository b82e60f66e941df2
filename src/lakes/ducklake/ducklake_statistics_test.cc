#include "lakes/ducklake/ducklake_statistics.h"

#include <gtest/gtest.h>

namespace suikei::lakes::ducklake {
namespace {

FileRange texts(const std::string& min, const std::string& max) {
  return file_range(table::varchar_type, {"c", 10, 5, 1, min, max, std::nullopt});
}

TEST(Statistics, OrderFollowsTheType) {
  auto order = [](table::Type type, const char* left, const char* right) {
    return MUST(compare(type, left, right));
  };
  EXPECT_LT(order(table::bigint_type, "-10", "9"), 0);
  EXPECT_LT(order(table::bigint_type, "-10", "-9"), 0);
  EXPECT_GT(order(table::bigint_type, "10", "9"), 0);
  EXPECT_GT(order(table::decimal_type(38, 0), "99999999999999999999999999999999999999", "9"), 0);
  EXPECT_EQ(order(table::decimal_type(10, 2), "-0.00", "0"), 0);
  EXPECT_LT(order(table::decimal_type(10, 2), "1.05", "1.5"), 0);
  EXPECT_EQ(order(table::decimal_type(10, 2), "1.50", "1.5"), 0);
  EXPECT_GT(order(table::decimal_type(10, 2), "-1.05", "-1.5"), 0);
  EXPECT_LT(order(table::real_type, "-1e-07", "1e+300"), 0);
  EXPECT_LT(order(table::real_type, "-inf", "-1e300"), 0);
  EXPECT_LT(order(table::boolean_type, "0", "true"), 0);
  EXPECT_LT(order(table::date_type, "0001-01-01 (BC)", "0001-01-01"), 0);
  EXPECT_GT(order(table::date_type, "10000-01-01", "9999-12-31"), 0);
  EXPECT_EQ(order(table::timestamp_type, "2022-01-08", "2022-01-08 00:00:00"), 0);
  EXPECT_LT(order(table::timestamp_type, "2022-01-08 00:00:00", "2022-01-08 00:00:00.000001"), 0);
  EXPECT_EQ(order(table::timestamptz_type, "2022-01-08 09:00:00+09", "2022-01-08 00:00:00+00"), 0);
  EXPECT_LT(order(table::timestamptz_type, "-infinity", "2022-01-08 00:00:00+05:30"), 0);
  EXPECT_EQ(compare(table::bigint_type, "7", "seven").error().kind, ErrorKind::corrupt);
}

TEST(Statistics, LongBoundsAreShortenedOutwards) {
  std::string long_text(200, 'r');
  FileRange range = texts(long_text, long_text);
  EXPECT_EQ(range.min->size(), bound_bytes_max);
  EXPECT_LT(*range.min, long_text);
  EXPECT_GT(*range.max, long_text);
  EXPECT_LE(range.max->size(), bound_bytes_max);

  std::string water;
  for (int i = 0; i < 30; ++i) water += "水";
  range = texts(water, water);
  EXPECT_EQ(range.min->size() % 3, 0u);
  EXPECT_GT(*range.max, water);

  std::string last;
  for (int i = 0; i < 30; ++i) last += "\xF4\x8F\xBF\xBF";  // U+10FFFF has no successor
  EXPECT_GE(*texts(last, last).max, last.substr(0, 8));
  std::string before_surrogates;
  for (int i = 0; i < 30; ++i)
    before_surrogates += "\xED\x9F\xBF";  // U+D7FF: the next characters do not exist
  EXPECT_EQ(texts("a", before_surrogates).max->substr(60), "\xEE\x80\x80");
}

TEST(Statistics, RangesOnlyGrow) {
  TableRange range = MUST(widened(table::bigint_type, {}, true, {8, 3, 1, {}, "5", "9"}));
  EXPECT_EQ(range, (TableRange{true, {}, "5", "9"}));
  range = MUST(widened(table::bigint_type, range, true, {8, 3, 0, {}, "-1", "7"}));
  EXPECT_EQ(range, (TableRange{true, {}, "-1", "9"}));
  range = MUST(widened(table::bigint_type, range, true, {8, 0, 4, {}, {}, {}}));
  EXPECT_EQ(range, (TableRange{true, {}, "-1", "9"}));
  // A file with values but without bounds: nothing can be said any more, and nothing is said later.
  range = MUST(widened(table::bigint_type, range, true, {8, 3, 0, {}, {}, {}}));
  EXPECT_EQ(range, (TableRange{true, {}, {}, {}}));
  range = MUST(widened(table::bigint_type, range, false, {8, 3, 0, {}, "1", "2"}));
  EXPECT_EQ(range, (TableRange{true, {}, {}, {}}));
}

TEST(Statistics, NotANumberIsKnownOrNot) {
  TableRange range = MUST(widened(table::real_type, {}, true, {8, 3, 0, false, "1", "2"}));
  EXPECT_EQ(range.has_nan, false);
  EXPECT_EQ(MUST(widened(table::real_type, range, true, {8, 3, 0, true, "1", "2"})).has_nan, true);
  EXPECT_EQ(MUST(widened(table::real_type, range, true, {8, 3, 0, {}, "1", "2"})).has_nan, std::nullopt);
}

TEST(Statistics, BytesHaveNoBounds) {
  FileRange range = file_range(table::blob_type, {"c", 10, 5, 1, "AA", "FF", std::nullopt});
  EXPECT_EQ(range.min, std::nullopt);
  EXPECT_EQ(range.values, 4);
}

}  // namespace
}  // namespace suikei::lakes::ducklake
