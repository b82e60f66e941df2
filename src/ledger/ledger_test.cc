#include "ledger/ledger.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "base/time.h"
#include "ledger/format.h"
#include "ledger/limits.h"

namespace suikei::ledger {
namespace {

namespace fs = std::filesystem;

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    folder_ = fs::path(testing::TempDir()) / fmt::format("suikei_ledger_{}_{}", getpid(), count_++);
    fs::remove_all(folder_);
    ledger_.emplace(MUST(Ledger::open(file())));
  }
  ~LedgerTest() override {
    ledger_.reset();
    fs::remove_all(folder_);
  }
  fs::path file() const { return folder_ / "ledger.sqlite"; }

  /// Opens the run and merges one shard's result.
  void merge(const std::string& run_id, const ShardResult& result) {
    if (!MUST(ledger_->find_run(run_id)))
      MUST(ledger_->put_run({run_id, "mf", "2026-11-23", "running", ++clock_, 0, {}}));
    MUST(ledger_->merge("mf", run_id, result));
  }
  TableRecord remembered(const std::string& table, const std::string& database = "ne_1") {
    auto tables = MUST(ledger_->tables("mf", "s01"));
    auto found = tables.find(database + '\0' + table);
    EXPECT_NE(found, tables.end()) << table;
    return found == tables.end() ? TableRecord() : found->second;
  }
  std::vector<std::string> outcomes(const std::string& table) {
    TableRecord record;
    record.database = "ne_1";
    record.table = table;
    std::vector<std::string> found;
    for (const Attempt& attempt : MUST(ledger_->attempts("mf", "s01", record))) {
      found.push_back(attempt.run_id + " " + attempt.outcome);
    }
    return found;
  }
  /// Everything the file holds, for "changes nothing".
  std::string dump() {
    io::Database database = MUST(io::Database::open(file(), io::OpenMode::read_only));
    std::string all;
    for (const char* table : {"word", "shape", "run", "shard", "shard_run", "physical", "attempt",
                              "slice_run", "unmatched", "state_count", "shape_count", "tenant_place"}) {
      io::Statement columns =
          MUST(database.prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", table)));
      std::vector<std::string> quoted;
      while (MUST(columns.step())) quoted.push_back(fmt::format("quote({})", columns.text(0)));
      io::Statement rows =
          MUST(database.prepare(fmt::format("SELECT {} FROM {}", join(quoted, "||','||"), table)));
      while (MUST(rows.step())) all += fmt::format("{}: {}\n", table, rows.text(0));
    }
    return all;
  }

  fs::path folder_;
  std::optional<Ledger> ledger_;
  int64_t clock_ = now_us();
  static inline int count_ = 0;
};

std::string sum(int n) {
  return fmt::format("{:032x}", n);
}

TableRecord good(const std::string& table, int content, int64_t at_us, const std::string& database = "ne_1") {
  TableRecord record;
  record.database = database;
  record.table = record.logical = table;
  record.tenant = database.substr(3);
  record.rows = content;
  record.bytes = content * 10;
  record.checksum = sum(content);
  record.shape = "shape_" + table;
  record.consistency = "shard";
  record.attempts = 1;
  record.good_at_us = at_us;
  return record;
}
TableRecord bad(const std::string& table, TableState state, const std::string& reason) {
  TableRecord record;
  record.database = "ne_1";
  record.table = record.logical = table;
  record.tenant = "1";
  record.state = state;
  record.reason_kind = ErrorKind::denied;
  record.reason = reason;
  record.hint = reason.empty() ? "" : "GRANT";
  record.attempts = 3;
  return record;
}
ShardResult result_of(std::vector<TableRecord> tables, const std::string& shard = "s01") {
  ShardResult result;
  result.shard = shard;
  result.status = "ok";
  result.facts = {{"version", "10.11"}};
  result.tables = std::move(tables);
  result.seconds = 1.5;
  return result;
}

TEST_F(LedgerTest, MergingTwiceChangesNothing) {
  ShardResult result = result_of({good("orders", 5, 100), bad("stock", TableState::failed, "no right")});
  result.slices = {{"orders", "s01", 1, 0, 5, 50, 1, 0, sum(5), true}};
  result.unmatched = {{"platform", "user"}};
  result.shapes["shape_orders"] = Json::array({"id"});
  merge("r1", result);
  std::string before = dump();
  merge("r1", result);
  EXPECT_EQ(dump(), before);
}

TEST_F(LedgerTest, RemembersEveryFieldOfATable) {
  TableRecord wanted = good("受注", 7, 12345);
  merge("r1", result_of({wanted}));
  TableRecord record = remembered("受注");
  EXPECT_EQ(record.tenant, "1");
  EXPECT_EQ(record.logical, "受注");
  EXPECT_EQ(record.state, TableState::current);
  EXPECT_EQ(record.rows, 7);
  EXPECT_EQ(record.bytes, 70);
  EXPECT_EQ(record.checksum, sum(7));
  EXPECT_EQ(record.shape, "shape_受注");
  EXPECT_EQ(record.consistency, "shard");
  EXPECT_EQ(record.attempts, 1);
  EXPECT_EQ(record.run_id, "r1");
  EXPECT_EQ(record.good_run_id, "r1");
  EXPECT_EQ(record.good_at_us, 12345);
  EXPECT_EQ(record.reason, "");
}

TEST_F(LedgerTest, UnchangedTablesFollowTheirShardWithoutBeingWritten) {
  merge("r1", result_of({good("orders", 5, 100), good("stock", 6, 101)}));
  merge("r2", result_of({good("orders", 5, 200), good("stock", 7, 201)}));
  EXPECT_EQ(remembered("orders").run_id, "r2");
  EXPECT_EQ(remembered("orders").good_run_id, "r2");
  EXPECT_EQ(remembered("orders").good_at_us, 201);  // not later than the shard's last read
  EXPECT_EQ(remembered("stock").good_at_us, 201);
  io::Database database = MUST(io::Database::open(file(), io::OpenMode::read_only));
  EXPECT_EQ(MUST(database.integer("SELECT count(*) FROM physical WHERE written_run = 2")), 1);
  EXPECT_EQ(outcomes("orders"), (std::vector<std::string>{"r1 new"}));
  EXPECT_EQ(outcomes("stock"), (std::vector<std::string>{"r2 changed", "r1 new"}));
}

TEST_F(LedgerTest, AFailedTableIsStaleAndKeepsItsGoodRows) {
  merge("r1", result_of({good("orders", 5, 100), good("stock", 6, 101)}));
  merge("r2", result_of({good("orders", 5, 200), good("stock", 6, 201)}));
  merge("r3", result_of({bad("orders", TableState::failed, "no right"), good("stock", 6, 301)}));
  TableRecord record = remembered("orders");
  EXPECT_EQ(record.state, TableState::stale);
  EXPECT_EQ(record.rows, 5);
  EXPECT_EQ(record.checksum, sum(5));
  EXPECT_EQ(record.shape, "shape_orders");
  EXPECT_EQ(record.reason, "no right");
  EXPECT_EQ(record.reason_kind, ErrorKind::denied);
  EXPECT_EQ(record.hint, "GRANT");
  EXPECT_EQ(record.run_id, "r3");
  EXPECT_EQ(record.good_run_id, "r2");
  EXPECT_EQ(record.good_at_us, 201);
  EXPECT_EQ(record.attempts, 3);

  merge("r4", result_of({bad("orders", TableState::stale, "no right"), good("stock", 6, 401)}));
  EXPECT_EQ(remembered("orders").good_run_id, "r2");
  EXPECT_EQ(remembered("orders").run_id, "r4");
  merge("r5", result_of({good("orders", 5, 500), good("stock", 6, 501)}));
  EXPECT_EQ(remembered("orders").state, TableState::current);
  EXPECT_EQ(remembered("orders").reason, "");
  EXPECT_EQ(outcomes("orders"),
            (std::vector<std::string>{"r5 returned", "r4 failed", "r3 failed", "r1 new"}));
}

TEST_F(LedgerTest, ATableThatNeverWasReadStaysFailed) {
  merge("r1", result_of({bad("orders", TableState::failed, "no right")}));
  merge("r2", result_of({bad("orders", TableState::stale, "no right")}));
  EXPECT_EQ(remembered("orders").state, TableState::failed);
  EXPECT_EQ(remembered("orders").good_run_id, "");
  merge("r3", result_of({bad("orders", TableState::vanished, "not listed")}));
  EXPECT_EQ(MUST(ledger_->tables("mf", "s01")).size(), 0u);  // nothing of it is in the lake
}

TEST_F(LedgerTest, AVanishedTableStaysUntilItIsRemoved) {
  merge("r1", result_of({good("orders", 5, 100), good("stock", 6, 101)}));
  merge("r2", result_of({bad("orders", TableState::vanished, "not listed"), good("stock", 6, 201)}));
  EXPECT_EQ(remembered("orders").state, TableState::vanished);
  EXPECT_EQ(remembered("orders").rows, 5);
  EXPECT_EQ(remembered("orders").good_run_id, "r1");
  merge("r3", result_of({bad("orders", TableState::vanished, "not listed"), good("stock", 6, 301)}));
  merge("r4", result_of({bad("orders", TableState::removed, "accepted"), good("stock", 6, 401)}));
  EXPECT_EQ(MUST(ledger_->tables("mf", "s01")).size(), 1u);
  merge("r5", result_of({good("orders", 8, 500), good("stock", 6, 501)}));
  EXPECT_EQ(remembered("orders").state, TableState::current);
  EXPECT_EQ(outcomes("orders"),
            (std::vector<std::string>{"r5 returned", "r4 removed", "r2 vanished", "r1 new"}));
}

TEST_F(LedgerTest, TablesOutsideTheResultStayAsTheyAre) {
  merge("r1", result_of({good("orders", 5, 100), good("stock", 6, 101)}));
  merge("r2", result_of({good("stock", 6, 201)}));
  EXPECT_EQ(remembered("orders").run_id, "r1");
  EXPECT_EQ(remembered("orders").good_at_us, 100);
  EXPECT_EQ(remembered("stock").run_id, "r2");
  merge("r3", result_of({}));  // a shard that could not be reached
  EXPECT_EQ(remembered("stock").run_id, "r2");
  merge("r4", result_of({good("orders", 5, 400), good("stock", 6, 401)}));
  EXPECT_EQ(remembered("orders").run_id, "r4");
}

TEST_F(LedgerTest, AResumedRunReplacesWhatItSaidBefore) {
  merge("r1", result_of({good("orders", 5, 100)}));
  merge("r2", result_of({bad("orders", TableState::failed, "connection lost")}));
  merge("r2", result_of({good("orders", 6, 200)}));
  EXPECT_EQ(remembered("orders").state, TableState::current);
  EXPECT_EQ(outcomes("orders"), (std::vector<std::string>{"r2 changed", "r1 new"}));
}

TEST_F(LedgerTest, ALostLedgerTakesOverWhatTheLakeStillHas) {
  TableRecord stale = bad("orders", TableState::stale, "no right");
  stale.good_run_id = "r0";
  stale.rows = 9;
  stale.checksum = sum(9);
  merge("r1", result_of({stale}));
  EXPECT_EQ(remembered("orders").state, TableState::stale);
  EXPECT_EQ(remembered("orders").rows, 9);
}

TEST_F(LedgerTest, CountsByShardTableStateAndReason) {
  merge("r1", result_of({good("orders", 5, 100), good("orders", 6, 100, "ne_2"), good("stock", 1, 100)}));
  merge("r1", result_of({good("orders", 7, 100, "ne_3")}, "s02"));
  merge("r2", result_of({bad("orders", TableState::failed, "no right"), good("orders", 6, 200, "ne_2"),
                         good("stock", 1, 200)}));
  std::vector<StateCount> counts = MUST(ledger_->counts("mf"));
  ASSERT_EQ(counts.size(), 4u);
  EXPECT_EQ(counts[0].shard, "s01");
  EXPECT_EQ(counts[0].logical, "orders");
  EXPECT_EQ(counts[0].state, TableState::current);
  EXPECT_EQ(counts[0].tables, 1);
  EXPECT_EQ(counts[0].rows, 6);
  EXPECT_EQ(counts[1].state, TableState::stale);
  EXPECT_EQ(counts[1].reason, "no right");
  EXPECT_EQ(counts[1].rows, 5);
  EXPECT_EQ(counts[3].shard, "s02");
  EXPECT_TRUE(MUST(ledger_->counts("other")).empty());

  auto not_current = MUST(ledger_->not_current("mf", 0));
  ASSERT_EQ(not_current.size(), 1u);
  EXPECT_EQ(not_current[0].first, "s01");
  EXPECT_EQ(not_current[0].second.table, "orders");
}

TEST_F(LedgerTest, FindsTablesByLogicalNameAndTenant) {
  merge("r1",
        result_of({good("orders", 5, 100), good("orders", 6, 100, "ne_2"), good("stock", 1, 100, "ne_2")}));
  EXPECT_EQ(MUST(ledger_->find_tables("mf", "orders", "")).size(), 2u);
  EXPECT_EQ(MUST(ledger_->find_tables("mf", "", "2")).size(), 2u);
  auto found = MUST(ledger_->find_tables("mf", "orders", "2"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].second.rows, 6);
  EXPECT_TRUE(MUST(ledger_->find_tables("mf", "orders", "99")).empty());
  EXPECT_TRUE(MUST(ledger_->find_tables("mf", "nothing", "")).empty());
}

TEST_F(LedgerTest, TellsHowManyTablesHaveEachShape) {
  ShardResult result = result_of({good("orders", 1, 1), good("orders", 2, 1, "ne_2"),
                                  good("orders", 3, 1, "ne_3"), good("stock", 1, 1)});
  result.tables[1].shape = "other";
  result.shapes["other"] = {{"columns", {"id", "gift"}}};
  merge("r1", result);
  std::vector<DriftedShape> shapes = MUST(ledger_->shapes("mf", ""));
  ASSERT_EQ(shapes.size(), 2u);
  EXPECT_EQ(shapes[0].fingerprint, "shape_orders");
  EXPECT_EQ(shapes[0].tables, 2);
  EXPECT_EQ(shapes[0].examples, (std::vector<std::string>{"s01 ne_1.orders", "s01 ne_3.orders"}));
  EXPECT_EQ(shapes[1].tables, 1);
  EXPECT_EQ(shapes[1].columns, result.shapes["other"]);
  EXPECT_EQ(MUST(ledger_->shapes("mf", "stock")).size(), 1u);
  EXPECT_TRUE(remembered("orders", "ne_2").drifted);
  EXPECT_FALSE(remembered("orders", "ne_3").drifted);
  // Another shard may turn the majority round.
  ShardResult second = result_of({}, "s02");
  for (int i = 4; i < 9; ++i) {
    second.tables.push_back(good("orders", i, 1, fmt::format("ne_{}", i)));
    second.tables.back().shape = "other";
  }
  merge("r1", second);
  EXPECT_FALSE(remembered("orders", "ne_2").drifted);
  EXPECT_TRUE(remembered("orders", "ne_3").drifted);
}

TEST_F(LedgerTest, FindsTenantsOnMoreThanOneShard) {
  merge("r1", result_of({good("orders", 1, 1), good("orders", 1, 1, "ne_2")}));
  merge("r1", result_of({good("orders", 1, 1, "ne_2"), good("orders", 1, 1, "ne_3")}, "s02"));
  auto found = MUST(ledger_->tenants_on_many_shards("mf"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found["2"], (std::vector<std::string>{"s01", "s02"}));
}

TEST_F(LedgerTest, UnmatchedTablesAreThoseOfTheLastListing) {
  ShardResult result = result_of({good("orders", 1, 1)});
  result.unmatched = {{"sys", "b"}, {"sys", "a"}};
  merge("r1", result);
  ASSERT_EQ(MUST(ledger_->unmatched("mf")).size(), 2u);
  EXPECT_EQ(MUST(ledger_->unmatched("mf"))[0].second.table, "a");
  ShardResult unreachable = result_of({});
  unreachable.status = "failed";
  merge("r2", unreachable);
  EXPECT_EQ(MUST(ledger_->unmatched("mf")).size(), 2u);
  result.unmatched.clear();
  merge("r3", result);
  EXPECT_EQ(MUST(ledger_->unmatched("mf")).size(), 0u);
}

TEST_F(LedgerTest, RunsAndShards) {
  MUST(ledger_->put_run({"r1", "mf", "2026-11-22", "running", 10, 0, {}}));
  MUST(ledger_->put_run({"r1", "mf", "2026-11-22", "ok", 10, 20, {{"tables_total", 3}}}));
  MUST(ledger_->put_run({"r2", "mf", "2026-11-23", "partial", 30, 40, {}}));
  MUST(ledger_->put_run({"x1", "ads", "2026-11-23", "ok", 50, 60, {}}));
  EXPECT_EQ(MUST(ledger_->find_run("r1"))->report["tables_total"], 3);
  EXPECT_FALSE(MUST(ledger_->find_run("r9")).has_value());
  std::vector<RunRecord> runs = MUST(ledger_->runs("mf", 10));
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].run_id, "r2");
  EXPECT_EQ(MUST(ledger_->last_good_run_us("mf")), 20);
  EXPECT_FALSE(MUST(ledger_->last_good_run_us("nothing")).has_value());

  int64_t first = MUST(ledger_->shard_number("mf", "s01"));
  int64_t second = MUST(ledger_->shard_number("mf", "s02"));
  EXPECT_NE(first, second);
  EXPECT_EQ(MUST(ledger_->shard_number("mf", "s01")), first);

  ShardResult failed = result_of({}, "s02");
  failed.status = "failed";
  failed.error = "connection refused";
  merge("r2", failed);
  std::vector<ShardRunRecord> shard_runs = MUST(ledger_->shard_runs("mf", ""));
  ASSERT_EQ(shard_runs.size(), 1u);
  EXPECT_EQ(shard_runs[0].shard, "s02");
  EXPECT_EQ(shard_runs[0].error, "connection refused");
  EXPECT_EQ(shard_runs[0].facts["version"], "10.11");
  EXPECT_EQ(MUST(ledger_->shard_runs("mf", "r1")).size(), 0u);
}

TEST_F(LedgerTest, SlicesOfARunAndOfTheLast) {
  ShardResult result = result_of({good("orders", 1, 1)});
  result.slices = {{"orders", "s01", 1, 0, 1, 10, 1, 2, sum(1), true}};
  merge("r1", result);
  result.slices[0].published = false;
  merge("r2", result);
  EXPECT_TRUE(MUST(ledger_->slices("mf", "r1"))[0].published);
  std::vector<SliceRecord> last = MUST(ledger_->slices("mf", ""));
  ASSERT_EQ(last.size(), 1u);
  EXPECT_FALSE(last[0].published);
  EXPECT_EQ(last[0].quarantined, 2);
  EXPECT_EQ(last[0].checksum, sum(1));
}

TEST_F(LedgerTest, AChecksumThatIsNoneStopsTheMerge) {
  MUST(ledger_->put_run({"r1", "mf", "2026-11-22", "running", 10, 0, {}}));
  ShardResult result = result_of({good("orders", 1, 1), good("stock", 1, 1)});
  result.tables[1].checksum = "xyz";
  std::string before = dump();
  EXPECT_EQ(ledger_->merge("mf", "r1", result).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(dump(), before);
}

TEST_F(LedgerTest, ChangesAreForgottenAfterSomeWeeks) {
  clock_ = 0;  // runs of 1970
  merge("r1", result_of({good("orders", 1, 1)}));
  merge("r2", result_of({good("orders", 2, 2)}));
  merge("r3", result_of({bad("orders", TableState::failed, "x")}));
  merge("r4", result_of({bad("orders", TableState::failed, "x")}));
  EXPECT_EQ(outcomes("orders"), (std::vector<std::string>{"r1 new"}));
}

TEST_F(LedgerTest, AFileThatIsNotOursOrNewerIsRefused) {
  EXPECT_TRUE(Ledger::open_read_only(file()).ok());
  EXPECT_EQ(Ledger::open_read_only(folder_ / "none.sqlite").error().kind, ErrorKind::not_found);
  {
    io::Database database = MUST(io::Database::open(file(), io::OpenMode::read_write));
    MUST(database.run(fmt::format("PRAGMA user_version = {}", format_newest + 1)));
  }
  EXPECT_EQ(Ledger::open(file()).error().kind, ErrorKind::config);
  EXPECT_EQ(Ledger::open_read_only(file()).error().kind, ErrorKind::config);
  fs::path other = folder_ / "other.sqlite";
  {
    io::Database database = MUST(io::Database::open(other, io::OpenMode::create));
    MUST(database.run("CREATE TABLE t (x)"));
  }
  EXPECT_EQ(Ledger::open(other).error().kind, ErrorKind::config);
}

TEST_F(LedgerTest, AnOlderFormatIsCopiedAndMigrated) {
  io::Database database = MUST(io::Database::open(file(), io::OpenMode::read_write));
  std::vector<Migration> steps = {{format_newest, "ALTER TABLE shard ADD COLUMN note TEXT"},
                                  {format_newest + 1, "UPDATE shard SET note = ''"}};
  ASSERT_TRUE(migrate(database, file(), steps, format_newest + 2).ok());
  EXPECT_EQ(MUST(database.integer("PRAGMA user_version")), format_newest + 2);
  fs::path backup = file().string() + fmt::format(".format{}.backup", format_newest);
  EXPECT_TRUE(Ledger::open_read_only(backup).ok());
  EXPECT_TRUE(migrate(database, file(), steps, format_newest + 2).ok());
  EXPECT_EQ(migrate(database, file(), steps, format_newest + 5).error().kind, ErrorKind::config);
  EXPECT_EQ(MUST(database.integer("PRAGMA user_version")), format_newest + 2);
}

double seconds_of(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST_F(LedgerTest, AWholeShard) {
  int tenants = std::getenv("SUIKEI_SHOW_TIMES") ? 2000 : 100;
  auto all_tables = [&](int changed) {
    ShardResult result = result_of({});
    for (int tenant = 0; tenant < tenants; ++tenant) {
      for (int kind = 0; kind < 60; ++kind) {
        int content = tenant * 60 + kind + (tenant < changed ? 1 : 0);
        result.tables.push_back(
            good(fmt::format("table_{:03}", kind), content, 1, fmt::format("ne_{:05}", tenant)));
      }
    }
    return result;
  };
  ShardResult first = all_tables(0), second = all_tables(tenants / 10);
  MUST(ledger_->put_run({"r1", "mf", "2026-11-22", "running", 1, 0, {}}));
  MUST(ledger_->put_run({"r2", "mf", "2026-11-23", "running", 2, 0, {}}));
  double once = seconds_of([&] { MUST(ledger_->merge("mf", "r1", first)); });
  double same = seconds_of([&] { MUST(ledger_->merge("mf", "r2", first)); });
  double tenth = seconds_of([&] { MUST(ledger_->merge("mf", "r2", second)); });
  size_t read = 0;
  double each = seconds_of([&] {
    MUST(ledger_->each_table("mf", "s01", [&](const TableRecord&) {
      ++read;
      return ok();
    }));
  });
  EXPECT_EQ(read, static_cast<size_t>(tenants) * 60);
  double counting = seconds_of([&] { EXPECT_EQ(MUST(ledger_->counts("mf")).size(), 60u); });
  EXPECT_EQ(MUST(ledger_->find_tables("mf", "table_007", "00042")).size(), 1u);
  if (tenants < 2000) return;
  ledger_.reset();
  fmt::print(
      "{} tables: first merge {:.2f} s, nothing changed {:.2f} s, a tenth changed {:.2f} s, read {:.2f} s, "
      "counts {:.4f} s, {:.1f} MB\n",
      read, once, same, tenth, each, counting, static_cast<double>(fs::file_size(file())) / 1e6);
}

}  // namespace
}  // namespace suikei::ledger
