#include "collect/segment.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include "base/text.h"
#include "io/files.h"

namespace suikei::collect {
namespace {

namespace fs = std::filesystem;

class SegmentFolder : public ::testing::Test {
 protected:
  void TearDown() override { (void)io::remove_all(folder_); }
  std::unique_ptr<Segment> open() const { return MUST(Segment::open(folder_)); }
  const fs::path folder_ = fs::temp_directory_path() / fmt::format("suikei-segment-{}", getpid()) / "s01";
};

sources::Shape shape_of(const std::string& fingerprint) {
  sources::Shape shape;
  shape.fingerprint = shape.star = fingerprint;
  sources::ShapeColumn& id = shape.columns.emplace_back();
  id.name = "id";
  id.source_type = "bigint unsigned";
  id.type = table::decimal_type(20, 0);
  id.key = true;
  id.nullable = false;
  sources::ShapeColumn& state = shape.columns.emplace_back();
  state.name = "state";
  state.source_type = state.members = "enum('a','b')";
  state.comment = "状態";
  state.default_value = "a";
  state.collation = "utf8mb4_bin";
  state.note = "n";
  state.invisible = state.generated = true;
  shape.indexes = {"PRIMARY(id)", "by_state(state,id)"};
  shape.detailed = true;
  shape.select_list = "*, `state`";
  shape.extra_columns = 1;
  return shape;
}

TableResult table_of(const std::string& tenant, int64_t rows) {
  TableResult table;
  table.database = "ne_" + tenant;
  table.table = "orders";
  table.tenant = tenant;
  table.rows = rows;
  table.bytes = rows * 10;
  table.checksum = (static_cast<Sum128>(0xFEDCBA9876543210) << 64) + static_cast<Sum128>(rows);
  table.shape = "shape-1";
  table.consistency = "shard";
  return table;
}

PartResult part_of(const std::vector<TableResult>& tables, const std::string& path,
                   const std::string& logical = "orders") {
  PartResult part;
  part.logical = logical;
  part.tables = tables;
  lakes::StagedFile& file = part.files.emplace_back();
  file.path = path;
  file.rows = 7;
  file.bytes = 700;
  file.footer_bytes = 70;
  file.schema = table::lake_schema();
  file.columns.push_back({"_shard", 5, 7, 0, "s01", "s01", std::nullopt});
  return part;
}

std::vector<TableResult> tables_of(Segment& segment, const std::string& logical) {
  std::vector<TableResult> tables;
  TableWalk walk = MUST(segment.walk());
  while (MUST(walk.next())) {
    if (walk.logical() == logical) tables.push_back(walk.table());
  }
  return tables;
}

TEST_F(SegmentFolder, WhatIsCommittedIsThereWhenItIsOpenedAgain) {
  PartResult part = part_of({table_of("1", 3), table_of("2", 4)}, "a.parquet");
  part.new_shapes = {shape_of("shape-1")};
  QuarantineRow& value = part.quarantine.emplace_back();
  value.logical = "orders";
  value.tenant = "1";
  value.table = "ne_1.orders";
  value.key = "id=1";
  value.column = "born";
  value.reason = "zero date";
  value.original = std::string("0000\0\xff", 6);
  MUST(open()->commit(part));

  std::unique_ptr<Segment> again = open();
  EXPECT_EQ(MUST(again->logicals()), std::vector<std::string>{"orders"});
  std::vector<TableResult> tables = tables_of(*again, "orders");
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[1].database, "ne_2");
  EXPECT_EQ(tables[1].table, "orders");
  EXPECT_EQ(tables[1].tenant, "2");
  EXPECT_EQ(tables[1].rows, 4);
  EXPECT_EQ(tables[1].bytes, 40);
  EXPECT_TRUE(tables[1].checksum == part.tables[1].checksum);
  EXPECT_EQ(tables[1].shape, "shape-1");
  EXPECT_EQ(tables[1].consistency, "shard");
  EXPECT_EQ(tables[1].attempts, 1);
  EXPECT_FALSE(tables[1].error);
  std::vector<lakes::StagedFile> files = MUST(again->files("orders"));
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(lakes::to_json(files[0]), lakes::to_json(part.files[0]));
  EXPECT_EQ(MUST(again->paths()), std::vector<std::string>{"a.parquet"});
  EXPECT_EQ(sources::to_json(MUST(again->shapes()).at("shape-1")), sources::to_json(shape_of("shape-1")));
  std::vector<QuarantineRow> values = MUST(again->quarantine());
  ASSERT_EQ(values.size(), 1u);
  EXPECT_EQ(values[0].original, value.original);
  EXPECT_EQ(values[0].table, "ne_1.orders");
  EXPECT_EQ(values[0].column, "born");
  EXPECT_EQ(values[0].key, "id=1");
  EXPECT_EQ(values[0].logical, "orders");
}

TEST_F(SegmentFolder, AShapeReadsBackWithAllItsColumns) {
  PartResult part = part_of({}, "a.parquet");
  part.new_shapes = {shape_of("f")};
  std::unique_ptr<Segment> segment = open();
  MUST(segment->commit(part));
  sources::Shape shape = MUST(segment->shapes()).at("f");
  EXPECT_EQ(shape.columns, shape_of("f").columns);
  EXPECT_EQ(shape.indexes, shape_of("f").indexes);
  EXPECT_EQ(shape.select_list, "*, `state`");
  EXPECT_EQ(shape.extra_columns, 1);
  EXPECT_TRUE(shape.detailed);
}

TEST_F(SegmentFolder, DoneIsEveryTableThatWasCommittedFailedOnesToo) {
  std::unique_ptr<Segment> segment = open();
  EXPECT_TRUE(MUST(segment->done()).empty());
  TableResult failed = table_of("2", 0);
  failed.error = Error{ErrorKind::denied, "no SELECT right", "GRANT it"};
  failed.attempts = 3;
  failed.shape.clear();
  MUST(segment->commit(part_of({table_of("1", 3), failed}, "a.parquet")));
  MUST(segment->commit(part_of({table_of("3", 5)}, "b.parquet")));
  segment.reset();
  segment = open();
  EXPECT_EQ(MUST(segment->done()),
            (std::unordered_set<std::string>{std::string("ne_1\0orders", 11), std::string("ne_2\0orders", 11),
                                             std::string("ne_3\0orders", 11)}));
  TableResult read = tables_of(*segment, "orders")[1];
  ASSERT_TRUE(read.error);
  EXPECT_EQ(read.error->kind, ErrorKind::denied);
  EXPECT_EQ(read.error->message, "no SELECT right");
  EXPECT_EQ(read.error->hint, "GRANT it");
  EXPECT_EQ(read.attempts, 3);
  EXPECT_EQ(read.shape, "");
  Segment::Totals totals = MUST(segment->totals());
  EXPECT_EQ(totals.tables, 3);
  EXPECT_EQ(totals.failed, 1);
  EXPECT_EQ(totals.rows, 8);
  EXPECT_EQ(totals.bytes, 80);
  EXPECT_EQ(totals.files, 2);
  EXPECT_EQ(totals.quarantined, 0);
}

TEST_F(SegmentFolder, APartThatCannotBeCommittedLeavesNothing) {
  std::unique_ptr<Segment> segment = open();
  MUST(segment->commit(part_of({table_of("1", 3)}, "a.parquet")));
  // A file name is never reused, so its second coming is an error, and its tables are not done.
  EXPECT_FALSE(segment->commit(part_of({table_of("2", 3)}, "a.parquet", "others")).ok());
  EXPECT_EQ(MUST(segment->done()).size(), 1u);
  EXPECT_EQ(MUST(segment->logicals()), std::vector<std::string>{"orders"});
  MUST(segment->commit(part_of({table_of("2", 3)}, "b.parquet")));
  EXPECT_EQ(MUST(segment->done()).size(), 2u);
}

TEST_F(SegmentFolder, LogicalTablesAreKeptApartAndSortedByName) {
  std::unique_ptr<Segment> segment = open();
  MUST(segment->commit(part_of({table_of("1", 1)}, "z.parquet", "shops")));
  MUST(segment->commit(part_of({table_of("2", 2)}, "a.parquet", "orders")));
  MUST(segment->commit(part_of({}, "b.parquet", "shops")));
  EXPECT_EQ(MUST(segment->logicals()), (std::vector<std::string>{"orders", "shops"}));
  EXPECT_EQ(tables_of(*segment, "orders").size(), 1u);
  EXPECT_EQ(tables_of(*segment, "orders")[0].rows, 2);
  EXPECT_EQ(MUST(segment->files("shops")).size(), 2u);
  EXPECT_EQ(MUST(segment->files("shops"))[0].path, "b.parquet");
  EXPECT_TRUE(tables_of(*segment, "nothing").empty());
}

TEST_F(SegmentFolder, TheLatestDescriptionOfAShapeCounts) {
  std::unique_ptr<Segment> segment = open();
  PartResult part = part_of({}, "a.parquet");
  sources::Shape plain = shape_of("f");
  plain.detailed = false;
  part.new_shapes = {plain};
  MUST(segment->commit(part));
  part = part_of({}, "b.parquet");
  part.new_shapes = {shape_of("f")};
  MUST(segment->commit(part));
  EXPECT_EQ(MUST(segment->shapes()).size(), 1u);
  EXPECT_TRUE(MUST(segment->shapes()).at("f").detailed);
}

TEST_F(SegmentFolder, FactsAreOneValuePerKey) {
  std::unique_ptr<Segment> segment = open();
  EXPECT_EQ(MUST(segment->find("facts")), "");
  MUST(segment->put("facts", "{}"));
  MUST(segment->put("facts", "{\"zone\":\"+09:00\"}"));
  segment.reset();
  segment = MUST(Segment::open_read_only(folder_));
  EXPECT_EQ(MUST(segment->find("facts")), "{\"zone\":\"+09:00\"}");
}

TEST_F(SegmentFolder, TheManifestMakesTheShardStaged) {
  EXPECT_FALSE(Segment::finished(folder_));
  EXPECT_EQ(Segment::open_read_only(folder_).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(fs::exists(folder_));
  MUST(open()->commit(part_of({table_of("1", 3)}, "a.parquet")));
  EXPECT_FALSE(Segment::finished(folder_));
  MUST(Segment::finish(folder_, Json{{"tables", 1}}));
  EXPECT_TRUE(Segment::finished(folder_));
  std::string manifest = MUST(io::read_file(folder_ / "manifest.json"));
  EXPECT_EQ(MUST(parse_json(manifest))["tables"], 1);
}

}  // namespace
}  // namespace suikei::collect
