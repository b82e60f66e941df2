#include "lab/rows.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "lab/values.h"

namespace suikei::lab {
namespace {

std::string rows_text(uint64_t seed, int tenant, int day) {
  RowMaker maker(seed, tenant, Scale::small);
  std::string sql;
  for (const Kind& kind : plan_kinds(20)) {
    for (int64_t number = 1; number <= 50; ++number) maker.append(sql, kind, number, day);
  }
  return sql;
}

std::string row(const char* kind_name, int64_t number, int day) {
  for (const Kind& kind : plan_kinds(12)) {
    if (kind.name != kind_name) continue;
    std::string sql;
    RowMaker(1, 1, Scale::small).append(sql, kind, number, day);
    return sql;
  }
  return "";
}

TEST(Rows, SameSeedSameRows) {
  EXPECT_EQ(rows_text(1, 5, 0), rows_text(1, 5, 0));
  EXPECT_NE(rows_text(1, 5, 0), rows_text(2, 5, 0));
  EXPECT_NE(rows_text(1, 5, 0), rows_text(1, 6, 0));
  EXPECT_NE(rows_text(1, 5, 0), rows_text(1, 5, 1));
}

// A change here changes every lab: whoever compares measurements with older ones must know.
TEST(Rows, SeedOneIsWhatItWas) {
  uint64_t sum = 0;
  for (char c : rows_text(1, 5, 0)) sum = mix({sum, static_cast<uint64_t>(static_cast<unsigned char>(c))});
  EXPECT_EQ(sum, 375001294569692658u);
}

TEST(Rows, AreValidUtf8) {
  EXPECT_TRUE(is_utf8(rows_text(1, 5, 0)));
}

TEST(Rows, AnotherDayKeepsTheIdentity) {
  std::string before = row("orders", 17, 0), after = row("orders", 17, 3);
  EXPECT_NE(before, after);
  EXPECT_EQ(before.substr(0, 24), after.substr(0, 24));
  EXPECT_NE(after.find("'2026-01-0"), std::string::npos) << "day 3 is the 4th of January 2026: " << after;
}

TEST(Rows, EverySeventhLogRowRepeatsTheOneBefore) {
  EXPECT_EQ(row("logs", 5, 0), row("logs", 6, 0));
  EXPECT_NE(row("logs", 4, 0), row("logs", 5, 0));
}

TEST(Rows, SizesAreSkewedAndKeepTheirLimits) {
  std::vector<Kind> kinds = plan_kinds(60);
  int64_t empty = 0, tables = 0, rows = 0;
  for (int tenant = 3; tenant <= 500; ++tenant) {
    for (const Kind& kind : kinds) {
      int64_t count = rows_of(kind, tenant, Scale::bench, 1);
      empty += count == 0;
      rows += count;
      ++tables;
      EXPECT_LE(rows_of(kind, tenant, Scale::tiny, 1), 20);
    }
  }
  EXPECT_NEAR(static_cast<double>(empty) / static_cast<double>(tables), 0.40, 0.02);
  EXPECT_NEAR(static_cast<double>(rows) / static_cast<double>(tables), 19, 3);
  EXPECT_EQ(rows_of(kinds[1], 1, Scale::big, 1), 250'000);
  EXPECT_EQ(rows_of(kinds[1], 1, Scale::small, 1), 20'000);
}

TEST(Rows, TextIsEscaped) {
  std::string sql;
  append_text(sql, "it's C:\\x\n");
  EXPECT_EQ(sql, "'it''s C:\\\\x\\n'");
}

}  // namespace
}  // namespace suikei::lab
