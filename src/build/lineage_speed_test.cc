#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "base/text.h"
#include "build/lineage.h"
#include "build/parse.h"

namespace suikei::build {
namespace {

/// A cleansing statement as a generator writes it, over `width` columns.
std::string cleansing(int number, int width) {
  std::string columns;
  for (int i = 0; i < width; ++i) {
    static constexpr const char* forms[] = {
        "c.column_{0},\n", "nullif(trim(c.column_{0}), '') AS column_{0},\n",
        "try_cast(c.column_{0} AS BIGINT) AS column_{0},\n", "c.column_{0} AS renamed_{0},\n"};
    columns += fmt::format(fmt::runtime(forms[i % 4]), i);
  }
  return fmt::format(
      "WITH source AS (SELECT * FROM lake.table_{0}),\nnewest AS (SELECT * EXCLUDE (place) FROM "
      "(SELECT *, row_number() OVER (PARTITION BY column_0 ORDER BY column_1 DESC) AS place FROM source) "
      "WHERE place = 1)\nSELECT {1} d.column_3 AS other\nFROM newest c "
      "LEFT JOIN lake.table_{2} d ON d.column_0 = c.column_2\nWHERE c.column_1 IS NOT NULL",
      number, columns, number / 2);
}

// 10,000 statements when figures are wanted; a few otherwise, to hold the way in which they are made.
TEST(LineageSpeed, OfStatementsOfOrdinarySize) {
  const bool measure = std::getenv("SUIKEI_SHOW_TIMES") != nullptr;
  const int count = measure ? 10'000 : 100;
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back(fmt::format("column_{}", i));
  ColumnsOf columns_of = [&](const std::string&) { return &names; };
  std::shared_ptr<engine::Engine> engine = MUST(engine::Engine::open({}));
  using Clock = std::chrono::steady_clock;
  auto seconds = [](Clock::duration time) { return std::chrono::duration<double>(time).count(); };
  for (auto [width, threads] : {std::pair(12, 1), std::pair(12, 2), std::pair(40, 1), std::pair(40, 2)}) {
    std::vector<std::string> statements;
    size_t bytes = 0, flows = 0;
    for (int i = 0; i < count; ++i) statements.push_back(cleansing(i, width));
    for (const std::string& statement : statements) bytes += statement.size();
    Clock::duration finding{};
    auto start = Clock::now();
    std::clock_t processor = std::clock();
    TakeTree take = [&](size_t, Result<const SyntaxTree*> tree) -> Result<> {
      auto before = Clock::now();
      Result<Lineage> lineage = lineage_of(*tree.value(), columns_of);
      for (const OutputColumn& column : lineage.value().columns) flows += column.from.size();
      finding += Clock::now() - before;
      return ok();
    };
    MUST(parse_statements(*engine, statements, take, static_cast<size_t>(threads)));
    if (measure) {
      fmt::print(
          "{} statements of {} bytes, parsed in {} threads: {:.3f} s, {:.3f} s of processor; lineage {:.3f} "
          "s\n",
          count, bytes / statements.size(), threads, seconds(Clock::now() - start),
          static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC, seconds(finding));
    }
    EXPECT_EQ(flows, static_cast<size_t>(count) * static_cast<size_t>(width + 1));
  }
}

}  // namespace
}  // namespace suikei::build
