#include "collect/range_job.h"

#include <gtest/gtest.h>

#include <thread>

namespace suikei::collect {
namespace {

PartResult range_of(int number, int64_t rows, const std::string& consistency = "shard") {
  PartResult part;
  part.logical = "orders";
  TableResult& table = part.tables.emplace_back();
  table.database = "d";
  table.table = "orders";
  table.tenant = "t";
  table.rows = rows;
  table.bytes = 10 * rows;
  table.checksum = static_cast<Sum128>(number) << 100;
  table.consistency = consistency;
  table.shape = "f";
  part.files.emplace_back().path = "file" + std::to_string(number);
  QuarantineRow& value = part.quarantine.emplace_back();
  value.key = "id=" + std::to_string(number);
  return part;
}

TEST(RangeJob, TheLastRangeBringsTheWholeTable) {
  RangeJob job(3);
  std::vector<std::string> dropped;
  job.add(range_of(1, 10));
  EXPECT_FALSE(job.range_over(&dropped));
  job.add(range_of(2, 20));
  job.add(range_of(3, 0));  // a range may commit more than once, and before others
  EXPECT_FALSE(job.range_over(&dropped));
  std::optional<PartResult> whole = job.range_over(&dropped);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->logical, "orders");
  ASSERT_EQ(whole->tables.size(), 1u);
  const TableResult& table = whole->tables[0];
  EXPECT_EQ(table.rows, 30);
  EXPECT_EQ(table.bytes, 300);
  EXPECT_TRUE(table.checksum == static_cast<Sum128>(6) << 100);
  EXPECT_EQ(table.consistency, "shard");
  EXPECT_EQ(table.tenant, "t");
  EXPECT_FALSE(table.error);
  EXPECT_EQ(whole->files.size(), 3u);
  EXPECT_EQ(whole->quarantine.size(), 3u);
  EXPECT_TRUE(dropped.empty());
}

TEST(RangeJob, ChecksumsAddModulo2To128) {
  RangeJob job(1);
  std::vector<std::string> dropped;
  PartResult first = range_of(0, 1), second = range_of(0, 1);
  first.tables[0].checksum = ~Sum128{0};
  second.tables[0].checksum = 3;
  job.add(first);
  job.add(second);
  EXPECT_TRUE(job.range_over(&dropped)->tables[0].checksum == 2);
}

TEST(RangeJob, OneFailedRangeFailsTheTableAndDropsEveryFile) {
  for (int failed = 0; failed < 3; ++failed) {
    RangeJob job(3);
    std::vector<std::string> dropped;
    std::optional<PartResult> whole;
    for (int i = 0; i < 3; ++i) {
      PartResult part = range_of(i, 10);
      if (i == failed) part.tables[0].error = Error{ErrorKind::denied, "no right", "grant it"};
      job.add(part);
      whole = job.range_over(&dropped);
    }
    ASSERT_TRUE(whole);
    ASSERT_TRUE(whole->tables[0].error);
    EXPECT_EQ(whole->tables[0].error->kind, ErrorKind::denied);
    EXPECT_EQ(whole->tables[0].rows, 0);
    EXPECT_EQ(whole->tables[0].bytes, 0);
    EXPECT_TRUE(whole->tables[0].checksum == 0);
    EXPECT_TRUE(whole->files.empty());
    EXPECT_TRUE(whole->quarantine.empty());
    EXPECT_EQ(dropped.size(), 3u);
  }
}

TEST(RangeJob, RangesOfDifferentSnapshotsMakeATableThatIsConsistentAloneAtMost) {
  RangeJob job(2);
  std::vector<std::string> dropped;
  job.add(range_of(1, 1, "shard"));
  EXPECT_FALSE(job.range_over(&dropped));
  PartResult retried = range_of(2, 1, "table");
  retried.tables[0].attempts = 3;
  job.add(retried);
  std::optional<PartResult> whole = job.range_over(&dropped);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->tables[0].consistency, "table");
  EXPECT_EQ(whole->tables[0].attempts, 3);
}

TEST(RangeJob, ManyThreadsAreToldTheEndOnce) {
  constexpr int ranges = 64, threads = 4;
  RangeJob job(ranges);
  std::atomic<int> ends = 0;
  std::atomic<int64_t> rows = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < threads; ++reader) {
    readers.emplace_back([&] {
      std::vector<std::string> dropped;
      for (int i = 0; i < ranges / threads; ++i) {
        job.add(range_of(i, 1));
        if (std::optional<PartResult> whole = job.range_over(&dropped)) {
          ++ends;
          rows = whole->tables[0].rows;
        }
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(rows, ranges);
}

}  // namespace
}  // namespace suikei::collect
