// source_conformance.h — what every source must do, as tests. A source's own test instantiates them with a
// server.
// Why:    collect is written against source.h alone; here is what it counts on.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/text.h"
#include "io/process.h"
#include "sources/source.h"
#include "table/checksum.h"

namespace suikei::sources {

/// A value that the lake cannot hold, in the words of the server.
struct OddValue {
  std::string column_type, literal;
  std::string original;  ///< what must reach the quarantine
};

/// A running server that belongs to the tests.
class TestServer {
 public:
  virtual ~TestServer() = default;
  /// A source with one shard, whose user may read everything.
  const config::Source& source() const { return source_; }
  const config::Shard& shard() const { return source_.shards[0]; }

  /// Runs statements as the owner of all tables.
  virtual Result<> run(const std::string& sql) = 0;
  virtual std::string quoted(std::string_view name) const = 0;
  virtual std::vector<OddValue> odd_values() const = 0;
  /// Nobody else can read the table until `unlock`.
  virtual void lock(const std::string& table) = 0;
  virtual void unlock() = 0;

 protected:
  config::Source source_;
};

struct SourceUnderTest {
  std::string name;
  /// Starts a server; `not_found` where its programs are not installed.
  std::function<Result<std::unique_ptr<TestServer>>()> start;
};
inline void PrintTo(const SourceUnderTest& source, std::ostream* out) {
  *out << source.name;
}

/// What came of one unit.
struct UnitRead {
  std::vector<std::string> rows;  ///< values joined by `|`, a dash for NULL
  std::vector<Quarantined> quarantined;
  std::optional<Error> error;
  int begun = 0, finished = 0, spans = 0;
  int64_t bytes = 0;
};

/// Reads units to the end and holds every answer of `fill` against its contract.
class ReadAll final : private Binder {
 public:
  ReadAll(Reader& reader, std::vector<Unit> units) : reader_(reader), units_(std::move(units)) {
    read.resize(units_.size());
  }

  std::vector<UnitRead> read;
  std::set<size_t> skipped;  ///< units whose shape the binder refuses
  int fills = 0, ends_for_shape = 0;

  Result<> run() {
    batch_.emplace(table::Schema{});
    TRY(reader_.start(units_, *this));
    bool more = true;
    while (more) {
      std::vector<Span> spans;
      std::vector<Quarantined> quarantined;
      batch_->clear();
      more = TRY(reader_.fill(*batch_, spans, quarantined));
      ++fills;
      take(spans, quarantined);
      if (more && reader_.stopped_for_shape()) {
        ++ends_for_shape;
        batch_.emplace(wanted_);
      }
    }
    return ok();
  }

 private:
  Verdict bind(size_t unit, const Shape& shape, Binding& binding, Error& reason) override {
    EXPECT_LT(unit, units_.size());
    if (skipped.contains(unit)) {
      reason = Error{ErrorKind::rejected, "not wanted", ""};
      return Verdict::skip;
    }
    if (batch_->schema() != shape.schema()) {
      wanted_ = shape.schema();
      return Verdict::end_of_batch;
    }
    binding.positions.clear();
    for (size_t i = 0; i < shape.columns.size(); ++i) binding.positions.push_back(static_cast<int>(i));
    return Verdict::read;
  }

  void take(const std::vector<Span>& spans, const std::vector<Quarantined>& quarantined) {
    size_t row = 0;
    for (const Span& span : spans) {
      ASSERT_LT(span.unit, units_.size());
      ASSERT_GE(span.unit, at_) << "units must come in their order";
      at_ = span.unit;
      ASSERT_EQ(span.first, row) << "spans must follow each other";
      row += span.rows;
      ASSERT_LE(row, batch_->rows());
      UnitRead& unit = read[span.unit];
      EXPECT_EQ(unit.finished, 0) << "a span after the unit's end";
      EXPECT_TRUE(unit.spans > 0 || span.begins || span.error);
      EXPECT_TRUE(!span.error || span.rows == 0);
      ++unit.spans;
      unit.begun += span.begins;
      unit.finished += span.finished;
      unit.bytes += span.bytes;
      unit.error = span.error;
      for (size_t i = span.first; i < span.first + span.rows; ++i) unit.rows.push_back(text_of(i));
    }
    EXPECT_EQ(row, batch_->rows()) << "rows that belong to no span";
    for (const Quarantined& value : quarantined) {
      ASSERT_LT(value.row, batch_->rows());
      EXPECT_TRUE(batch_->column(static_cast<size_t>(value.column)).is_null(value.row));
      bool inside = std::any_of(spans.begin(), spans.end(), [&](const Span& span) {
        return span.unit == value.unit && value.row >= span.first && value.row < span.first + span.rows;
      });
      EXPECT_TRUE(inside) << "a quarantined value outside of its unit's rows";
      EXPECT_FALSE(value.reason.empty());
      read[value.unit].quarantined.push_back(value);
    }
  }

  std::string text_of(size_t row) const {
    std::vector<std::string> values;
    for (size_t i = 0; i < batch_->width(); ++i) {
      const table::ColumnBuffer& column = batch_->column(i);
      EXPECT_EQ(column.rows(), batch_->rows());
      values.push_back(column.is_null(row) ? "-" : table::canonical_text(column, row));
    }
    return join(values, "|");
  }

  Reader& reader_;
  std::vector<Unit> units_;
  std::optional<table::Batch> batch_;
  table::Schema wanted_;
  size_t at_ = 0;
};

/// The value of what must succeed. Throws, so that a failure ends its test alone and the servers are stopped.
template <typename T>
T good(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

class SourceConformance : public ::testing::TestWithParam<SourceUnderTest> {
 protected:
  void SetUp() override {
    std::unique_ptr<TestServer>& server = servers()[GetParam().name];
    if (!server) {
      Result<std::unique_ptr<TestServer>> started = GetParam().start();
      if (!started.ok() && started.error().kind == ErrorKind::not_found) {
        GTEST_SKIP() << "skipped: " << started.error().message;
      }
      ASSERT_TRUE(started.ok()) << started.error().message;
      server = std::move(started).value();
    }
    server_ = server.get();
    shard_ = open_shard(server_->source(), server_->shard());
    static int number = 0;
    database_ = fmt::format("d{:03}", ++number);
    run("CREATE SCHEMA " + database_);
  }
  static void TearDownTestSuite() { servers().clear(); }

  static std::map<std::string, std::unique_ptr<TestServer>>& servers() {
    static std::map<std::string, std::unique_ptr<TestServer>> all;
    return all;
  }
  static std::unique_ptr<Shard> open_shard(const config::Source& source, const config::Shard& shard) {
    return good(make_shard(source, shard));
  }
  void run(const std::string& sql) { good(server_->run(sql)); }
  std::unique_ptr<Reader> reader() {
    std::unique_ptr<Reader> opened = good(shard_->open_reader());
    good(opened->begin_snapshot());
    return opened;
  }
  /// `table` in this test's own database.
  std::string full(std::string_view table) const { return database_ + "." + server_->quoted(table); }
  ListedTable listed(const std::string& table) const { return {database_, table, -1}; }
  Unit unit(const std::string& table, const std::string& range = "") const {
    return {0, database_, table, "", 0, range};
  }
  /// A table (id BIGINT key, name) with rows 1 … count named "<table> <id>".
  void make(const std::string& table, int count) {
    std::string sql =
        fmt::format("CREATE TABLE {} (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100));", full(table));
    for (int id = 1; id <= count; ++id) {
      bool first = id % 1000 == 1;
      sql += first ? fmt::format("INSERT INTO {} VALUES ", full(table)) : ",";
      sql += fmt::format("({0}, '{1} {0}')", id, table);
      if (id % 1000 == 0 || id == count) sql += ";";
    }
    run(sql);
  }
  static std::vector<std::string> rows_of(const std::string& table, int count) {
    std::vector<std::string> rows;
    for (int id = 1; id <= count; ++id) rows.push_back(fmt::format("{0}|{1} {0}", id, table));
    return rows;
  }
  static std::vector<UnitRead> read(Reader& reader, const std::vector<Unit>& units) {
    ReadAll all(reader, units);
    good(all.run());
    for (const UnitRead& unit : all.read) EXPECT_EQ(unit.finished, 1);
    return all.read;
  }
  static std::vector<std::string> sorted(std::vector<std::string> rows) {
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  TestServer* server_ = nullptr;
  std::unique_ptr<Shard> shard_;
  std::string database_;
};

TEST_P(SourceConformance, CheckTellsWhatItFound) {
  ShardFacts facts = good(shard_->check());
  EXPECT_FALSE(facts.version.empty());
  EXPECT_FALSE(facts.character_set.empty());
  EXPECT_EQ(facts.zone.size(), 6u) << facts.zone;
  EXPECT_GT(facts.round_trip_ms, 0);
}

TEST_P(SourceConformance, AnotherZoneThanDeclaredStopsWithBothReadings) {
  ShardFacts facts = good(shard_->check());
  config::Source source = server_->source();
  source.server_timezone = facts.zone == "-03:30" ? "+00:00" : "-03:30";
  Result<ShardFacts> checked = open_shard(source, source.shards[0])->check();
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind, ErrorKind::config);
  EXPECT_NE(checked.error().message.find(facts.zone), std::string::npos) << checked.error().message;
  EXPECT_NE(checked.error().message.find(source.server_timezone), std::string::npos);
  EXPECT_FALSE(checked.error().hint.empty());
}

TEST_P(SourceConformance, AWrongPasswordIsTheProjectFilesFault) {
  setenv("SUIKEI_TEST_WRONG_PASSWORD", "surely not this one", 1);
  config::Source source = server_->source();
  source.shards[0].password = {};
  source.shards[0].password.env = "SUIKEI_TEST_WRONG_PASSWORD";
  std::unique_ptr<Shard> shard = open_shard(source, source.shards[0]);
  for (const Error& error : {shard->check().error(), shard->list().error(), shard->open_reader().error()}) {
    EXPECT_EQ(error.kind, ErrorKind::config);
    EXPECT_FALSE(error.hint.empty());
    EXPECT_EQ(error.message.find("surely not"), std::string::npos) << "a secret in a message";
  }
}

TEST_P(SourceConformance, AServerThatDoesNotAnswerIsUnavailable) {
  config::Source source = server_->source();
  source.shards[0].socket.clear();
  source.shards[0].host = "127.0.0.1";
  source.shards[0].port = good(io::free_port());
  EXPECT_EQ(open_shard(source, source.shards[0])->check().error().kind, ErrorKind::unavailable);
}

TEST_P(SourceConformance, TheListIsSortedAndHoldsBaseTablesOnly) {
  run(fmt::format("CREATE TABLE {} (id INT); CREATE TABLE {} (id INT); CREATE TABLE {} (id INT)", full("b"),
                  full("受注"), full("a")));
  run(fmt::format("CREATE VIEW {} AS SELECT * FROM {}", full("seen"), full("a")));
  std::vector<ListedTable> all = good(shard_->list());
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const ListedTable& one, const ListedTable& other) {
    return std::tie(one.database, one.table) < std::tie(other.database, other.table);
  }));
  std::vector<std::string> ours;
  for (const ListedTable& table : all) {
    EXPECT_EQ(table.database[0], 'd') << "not made by a test: " << table.database;
    if (table.database == database_) ours.push_back(table.table);
  }
  EXPECT_EQ(ours, (std::vector<std::string>{"a", "b", "受注"}));
  EXPECT_FALSE(shard_->grant_hint(listed("a")).empty());
}

TEST_P(SourceConformance, ReadGivesExactlyTheRowsInUnitOrder) {
  make("many", 5000);
  make("none", 0);
  make("few", 3);
  make("受注 `x`", 2);
  std::vector<UnitRead> units =
      read(*reader(), {unit("few"), unit("none"), unit("many"), unit("none"), unit("受注 `x`"), unit("few")});
  EXPECT_EQ(sorted(units[2].rows), sorted(rows_of("many", 5000)));
  EXPECT_GT(units[2].spans, 2);  // more than a batch holds
  EXPECT_GT(units[2].bytes, 5000 * 6);
  for (size_t empty : {1u, 3u}) {
    EXPECT_TRUE(units[empty].rows.empty());
    EXPECT_FALSE(units[empty].error);
    EXPECT_EQ(units[empty].begun, 1);
  }
  EXPECT_EQ(sorted(units[0].rows), rows_of("few", 3));
  EXPECT_EQ(sorted(units[5].rows), rows_of("few", 3));
  EXPECT_EQ(sorted(units[4].rows), rows_of("受注 `x`", 2));
}

TEST_P(SourceConformance, NullIsNotTheEmptyTextAndTextKeepsItsForm) {
  run(
      fmt::format("CREATE TABLE {0} (id BIGINT PRIMARY KEY, name VARCHAR(100), n INT);"
                  "INSERT INTO {0} VALUES (1, NULL, NULL), (2, '', 0), (3, ' it''s 水 ', -7)",
                  full("t")));
  EXPECT_EQ(sorted(read(*reader(), {unit("t")})[0].rows),
            (std::vector<std::string>{"1|-|-", "2||0", "3| it's 水 |-7"}));
}

TEST_P(SourceConformance, ABatchThatDoesNotFitEndsBeforeTheUnitAndReadingGoesOn) {
  make("a", 2);
  make("b", 2500);
  run(fmt::format("CREATE TABLE {0} (id INT, extra INT, name VARCHAR(10)); INSERT INTO {0} VALUES (1,2,'x')",
                  full("wide")));
  std::unique_ptr<Reader> one = reader();
  ReadAll all(*one, {unit("a"), unit("wide"), unit("b"), unit("a"), unit("wide")});
  good(all.run());
  EXPECT_EQ(all.ends_for_shape, 4);  // the first unit as well: the batch began without columns
  EXPECT_EQ(sorted(all.read[0].rows), rows_of("a", 2));
  EXPECT_EQ(all.read[1].rows, std::vector<std::string>{"1|2|x"});
  EXPECT_EQ(sorted(all.read[2].rows), sorted(rows_of("b", 2500)));
  EXPECT_EQ(all.read[4].rows, std::vector<std::string>{"1|2|x"});
}

TEST_P(SourceConformance, ASkippedUnitEndsWithTheBindersReason) {
  make("a", 2);
  make("b", 5000);
  make("c", 2);
  std::unique_ptr<Reader> one = reader();
  ReadAll all(*one, {unit("b"), unit("a"), unit("b"), unit("c"), unit("b")});
  all.skipped = {0, 2, 4};
  good(all.run());
  for (size_t skipped : {0u, 2u, 4u}) {
    ASSERT_TRUE(all.read[skipped].error) << skipped;
    EXPECT_EQ(all.read[skipped].error->message, "not wanted");
    EXPECT_TRUE(all.read[skipped].rows.empty());
    EXPECT_EQ(all.read[skipped].finished, 1);
  }
  EXPECT_EQ(sorted(all.read[1].rows), rows_of("a", 2));
  EXPECT_EQ(sorted(all.read[3].rows), rows_of("c", 2));
}

TEST_P(SourceConformance, ATableThatIsGoneDoesNotDisturbItsNeighbours) {
  make("a", 3);
  make("gone", 3);
  make("c", 2100);
  run("DROP TABLE " + full("gone"));
  std::vector<UnitRead> units =
      read(*reader(), {unit("gone"), unit("a"), unit("gone"), unit("c"), unit("never_was")});
  for (size_t failed : {0u, 2u, 4u}) {
    ASSERT_TRUE(units[failed].error) << failed;
    EXPECT_EQ(units[failed].error->kind, ErrorKind::not_found);
    EXPECT_TRUE(units[failed].rows.empty());
  }
  EXPECT_EQ(sorted(units[1].rows), rows_of("a", 3));
  EXPECT_EQ(sorted(units[3].rows), sorted(rows_of("c", 2100)));
  EXPECT_FALSE(units[3].error);
}

TEST_P(SourceConformance, AValueThatTheLakeCannotHoldIsNullAndKeepsItsBytes) {
  for (const OddValue& odd : server_->odd_values()) {
    std::string table = full("odd");
    run(fmt::format("DROP TABLE IF EXISTS {0}; CREATE TABLE {0} (id INT PRIMARY KEY, v {1}, after_it INT)",
                    table, odd.column_type));
    run(fmt::format("INSERT INTO {} VALUES (1, NULL, 10), (2, {}, 20), (3, NULL, 30)", table, odd.literal));
    UnitRead unit_read = read(*reader(), {unit("odd")})[0];
    EXPECT_EQ(sorted(unit_read.rows), (std::vector<std::string>{"1|-|10", "2|-|20", "3|-|30"}))
        << odd.literal;
    ASSERT_EQ(unit_read.quarantined.size(), 1u) << odd.column_type << " " << odd.literal;
    EXPECT_EQ(unit_read.quarantined[0].original, odd.original) << odd.literal;
    EXPECT_EQ(unit_read.quarantined[0].column, 1);
  }
}

TEST_P(SourceConformance, ASnapshotDoesNotSeeWhatComesLater) {
  make("a", 2);
  std::unique_ptr<Reader> one = reader();
  run(fmt::format("INSERT INTO {0} VALUES (3, 'late'); DELETE FROM {0} WHERE id = 1", full("a")));
  EXPECT_EQ(sorted(read(*one, {unit("a")})[0].rows), rows_of("a", 2));
  run(fmt::format("UPDATE {} SET name = 'changed' WHERE id = 2", full("a")));
  EXPECT_EQ(sorted(read(*one, {unit("a")})[0].rows), rows_of("a", 2));
  good(one->begin_snapshot());
  EXPECT_EQ(sorted(read(*one, {unit("a")})[0].rows), (std::vector<std::string>{"2|changed", "3|late"}));
}

TEST_P(SourceConformance, AMarkTellsWhetherTwoReadersSeeTheSameState) {
  make("a", 1);
  std::unique_ptr<Reader> one = reader(), two = reader(), three = reader();
  std::string first = good(one->begin_snapshot()).mark;
  EXPECT_EQ(good(two->begin_snapshot()).mark, first);
  run(fmt::format("INSERT INTO {} VALUES (9, 'x')", full("a")));
  std::string later = good(three->begin_snapshot()).mark;
  EXPECT_TRUE(first.empty() || later != first) << first;  // empty: the source cannot tell
}

TEST_P(SourceConformance, RangesOfASplitCoverAllRowsOnce) {
  const std::string large = "9223372036854775807", small = "-9223372036854775808";
  const std::vector<std::vector<std::string>> key_sets = {
      {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"},
      {"1", "1000000", "1000001", "1000002", "5000000000"},
      {"-5", "-4", "0", "3", "7"},
      {"42"},
      {"1", "2"},
      {small, "-1", "0", "1", large},
      {"0", large},
      {},
  };
  int number = 0;
  for (const std::vector<std::string>& keys : key_sets) {
    std::string table = fmt::format("keys{}", ++number);
    run(fmt::format("CREATE TABLE {} (id BIGINT NOT NULL PRIMARY KEY, n INT)", full(table)));
    std::vector<std::string> expected, values;
    for (const std::string& key : keys) {
      values.push_back(fmt::format("({}, 0)", key));
      expected.push_back(key + "|0");
    }
    if (!keys.empty()) run(fmt::format("INSERT INTO {} VALUES {}", full(table), join(values, ",")));
    std::unique_ptr<Reader> one = reader();
    ListedTable name = listed(table);
    std::vector<Result<Shape>> shapes = good(one->shapes_of(std::span(&name, 1)));
    for (int64_t pieces : {1, 2, 3, 7}) {
      std::vector<std::string> ranges = good(one->split(name, shapes[0].value(), pieces));
      std::vector<Unit> units;
      for (const std::string& range : ranges) units.push_back(unit(table, range));
      if (ranges.empty()) units.push_back(unit(table));
      EXPECT_LE(ranges.size(), static_cast<size_t>(pieces)) << table;
      std::vector<std::string> rows;
      for (const UnitRead& piece : read(*one, units)) {
        rows.insert(rows.end(), piece.rows.begin(), piece.rows.end());
      }
      EXPECT_EQ(sorted(rows), sorted(expected)) << table << " in " << pieces;
    }
  }
}

TEST_P(SourceConformance, ATableWithoutAKeyIsNotSplit) {
  run(fmt::format("CREATE TABLE {0} (id BIGINT); INSERT INTO {0} VALUES (1), (2)", full("keyless")));
  std::unique_ptr<Reader> one = reader();
  ListedTable name = listed("keyless");
  std::vector<Result<Shape>> shapes = good(one->shapes_of(std::span(&name, 1)));
  EXPECT_TRUE(good(one->split(name, shapes[0].value(), 4)).empty());
}

TEST_P(SourceConformance, ShapesTellColumnsAndKeysAndAreEqualForEqualTables) {
  for (const char* table : {"a", "b"}) {
    run(
        fmt::format("CREATE TABLE {} (shop INT NOT NULL, id BIGINT NOT NULL, name VARCHAR(30), "
                    "amount DECIMAL(10,2) NOT NULL, PRIMARY KEY (shop, id))",
                    full(table)));
  }
  make("other", 1);
  std::unique_ptr<Reader> one = reader();
  std::vector<ListedTable> tables = {listed("a"), listed("missing"), listed("b"), listed("other")};
  std::vector<Result<Shape>> shapes = good(one->shapes_of(tables));
  ASSERT_EQ(shapes.size(), 4u);
  ASSERT_FALSE(shapes[1].ok());
  EXPECT_EQ(shapes[1].error().kind, ErrorKind::not_found);
  const Shape &a = shapes[0].value(), &b = shapes[2].value(), &other = shapes[3].value();
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.columns, b.columns);
  EXPECT_NE(a.fingerprint, other.fingerprint);
  EXPECT_EQ(a.fingerprint.size(), 32u);
  EXPECT_TRUE(a.detailed && b.detailed);
  ASSERT_EQ(a.columns.size(), 4u);
  EXPECT_EQ(a.columns[2].name, "name");
  EXPECT_EQ(a.columns[2].type, table::varchar_type);
  EXPECT_EQ(a.columns[3].type, table::decimal_type(10, 2));
  EXPECT_TRUE(a.columns[0].key && a.columns[1].key && !a.columns[2].key);
  EXPECT_TRUE(a.columns[2].nullable && !a.columns[3].nullable);
  ASSERT_EQ(a.indexes.size(), 1u);
  EXPECT_NE(a.indexes[0].find("(shop,id)"), std::string::npos) << a.indexes[0];

  // What an earlier run learned is believed, and reads back from its text.
  std::unique_ptr<Reader> later = reader();
  later->know(good(shape_from_json(to_json(a))));
  std::vector<Result<Shape>> known = good(later->shapes_of(std::span(tables).first(1)));
  EXPECT_EQ(to_json(known[0].value()), to_json(a));
}

TEST_P(SourceConformance, AReaderIsReadyForMoreWorkAfterItsWork) {
  make("a", 3);
  std::unique_ptr<Reader> one = reader();
  for (int round = 0; round < 3; ++round) {
    ListedTable name = listed("a");
    EXPECT_TRUE(good(one->shapes_of(std::span(&name, 1)))[0].ok());
    EXPECT_EQ(sorted(read(*one, {unit("a"), unit("missing"), unit("a")})[2].rows), rows_of("a", 3));
    EXPECT_TRUE(read(*one, {}).empty());
  }
}

TEST_P(SourceConformance, AnInterruptEndsABlockedCall) {
  make("a", 3);
  std::unique_ptr<Reader> one = reader();
  server_->lock(full("a"));
  auto begin = std::chrono::steady_clock::now();
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    one->interrupt();
  });
  ReadAll all(*one, {unit("a")});
  Result<> done = all.run();
  other.join();
  server_->unlock();
  EXPECT_FALSE(done.ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(sorted(read(*reader(), {unit("a")})[0].rows), rows_of("a", 3));
}

TEST_P(SourceConformance, AThousandSmallTablesInOneStart) {
  std::string sql;
  std::vector<Unit> units;
  for (int i = 0; i < 1000; ++i) {
    std::string table = fmt::format("t{:04}", i);
    sql += fmt::format("CREATE TABLE {0} (id INT PRIMARY KEY, name VARCHAR(20));", full(table));
    if (i % 3) sql += fmt::format("INSERT INTO {0} VALUES ({1}, 'n{1}'), ({2}, 'm');", full(table), i, i + 1);
    units.push_back(unit(table));
  }
  run(sql);
  std::unique_ptr<Reader> one = reader();
  ReadAll all(*one, units);
  good(all.run());
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::string> expected;
    if (i % 3) expected = {fmt::format("{0}|n{0}", i), fmt::format("{}|m", i + 1)};
    ASSERT_EQ(all.read[static_cast<size_t>(i)].rows, expected) << i;
    ASSERT_EQ(all.read[static_cast<size_t>(i)].finished, 1) << i;
  }
  EXPECT_LT(all.fills, 10);  // many tables share a batch
}

}  // namespace suikei::sources
