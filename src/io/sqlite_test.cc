#include "io/sqlite.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include "base/text.h"
#include "io/files.h"

namespace suikei::io {
namespace {

Database new_database(const fs::path& path) {
  MUST(make_folders(path.parent_path()));
  return MUST(Database::open(path, OpenMode::create));
}

class Sqlite : public ::testing::Test {
 protected:
  void SetUp() override {
    MUST(database_.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, amount REAL, raw BLOB)"));
  }
  void TearDown() override { (void)io::remove_all(folder_); }
  int64_t count() { return MUST(database_.integer("SELECT count(*) FROM t")).value_or(-1); }

  const fs::path folder_ = fs::temp_directory_path() / fmt::format("suikei-sqlite-{}", getpid());
  Database database_ = new_database(folder_ / "a.sqlite");
};

TEST_F(Sqlite, ValuesComeBackAsTheyWereBound) {
  Statement put = MUST(database_.prepare("INSERT INTO t VALUES(?,?,?,?)"));
  put.bind_all(INT64_MIN, "水'系", 0.1);
  put.bind_blob(4, std::string_view("\0\xff\0", 3));
  MUST(put.run());
  put.bind(1, 2).bind(2, std::string_view()).bind_null(3).bind_blob(4, {});
  MUST(put.run());
  put.bind(1, 3).bind(2, std::optional<std::string>()).bind(3, std::optional<double>(2.5)).bind_null(4);
  MUST(put.run());

  Statement rows = MUST(database_.prepare("SELECT id, name, amount, raw FROM t ORDER BY id"));
  ASSERT_TRUE(MUST(rows.step()));
  EXPECT_EQ(rows.integer(0), INT64_MIN);
  EXPECT_EQ(rows.text(1), "水'系");
  EXPECT_EQ(rows.real(2), 0.1);
  EXPECT_EQ(rows.blob(3), std::string("\0\xff\0", 3));
  ASSERT_TRUE(MUST(rows.step()));
  EXPECT_FALSE(rows.is_null(1));  // the empty text is not NULL
  EXPECT_EQ(rows.text(1), "");
  EXPECT_TRUE(rows.is_null(2));
  EXPECT_FALSE(rows.is_null(3));
  ASSERT_TRUE(MUST(rows.step()));
  EXPECT_TRUE(rows.is_null(1));
  EXPECT_EQ(rows.real(2), 2.5);
  EXPECT_FALSE(MUST(rows.step()));
  ASSERT_TRUE(MUST(rows.step()));  // the end resets it
  EXPECT_EQ(rows.integer(0), INT64_MIN);
}

TEST_F(Sqlite, ATransactionThatIsNotCommittedRollsBack) {
  {
    Transaction transaction = MUST(Transaction::begin(database_));
    MUST(database_.run("INSERT INTO t(id) VALUES(1)"));
    EXPECT_EQ(count(), 1);
  }
  EXPECT_EQ(count(), 0);
  {
    Transaction transaction = MUST(Transaction::begin(database_));
    MUST(database_.run("INSERT INTO t(id) VALUES(2)"));
    Transaction moved = std::move(transaction);
    MUST(moved.commit());
  }
  EXPECT_EQ(count(), 1);
}

TEST_F(Sqlite, AnErrorInATransactionTakesBackWhatWentBefore) {
  auto insert_twice = [&]() -> Result<> {
    Transaction transaction = TRY(Transaction::begin(database_));
    TRY(database_.run("INSERT INTO t(id) VALUES(1)"));
    TRY(database_.run("INSERT INTO t(id) VALUES(1)"));
    return transaction.commit();
  };
  EXPECT_FALSE(insert_twice().ok());
  EXPECT_EQ(count(), 0);
  MUST(database_.run("INSERT INTO t(id) VALUES(1)"));  // the connection is usable
  EXPECT_EQ(database_.changes(), 1);
}

TEST_F(Sqlite, AnotherWriterIsUnavailableAndSeesNothingBeforeTheCommit) {
  Database other = MUST(Database::open(folder_ / "a.sqlite", OpenMode::read_write));
  MUST(other.run("PRAGMA busy_timeout=0"));
  Transaction transaction = MUST(Transaction::begin(database_));
  MUST(database_.run("INSERT INTO t(id) VALUES(1)"));
  EXPECT_EQ(MUST(other.integer("SELECT count(*) FROM t")), 0);
  Result<Transaction> second = Transaction::begin(other);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  MUST(transaction.commit());
  EXPECT_EQ(MUST(other.integer("SELECT count(*) FROM t")), 1);
}

TEST_F(Sqlite, AStatementThatFailedCanBeBoundAgain) {
  Statement put = MUST(database_.prepare("INSERT INTO t(id) VALUES(?)"));
  MUST(put.bind(1, 1).run());
  EXPECT_FALSE(put.bind(1, 1).run().ok());
  MUST(put.bind(1, 2).run());
  EXPECT_EQ(count(), 2);
}

TEST_F(Sqlite, KindsOfFailure) {
  EXPECT_EQ(Database::open(folder_ / "missing.sqlite", OpenMode::read_write).error().kind,
            ErrorKind::not_found);
  EXPECT_EQ(Database::open(folder_ / "missing.sqlite", OpenMode::read_only).error().kind,
            ErrorKind::not_found);
  EXPECT_FALSE(fs::exists(folder_ / "missing.sqlite"));
  EXPECT_FALSE(database_.prepare("SELEKT 1").ok());
  Database reader = MUST(Database::open(folder_ / "a.sqlite", OpenMode::read_only));
  EXPECT_EQ(reader.run("INSERT INTO t(id) VALUES(9)").error().kind, ErrorKind::denied);
  MUST(write_file_atomically(folder_ / "no.sqlite", std::string(4096, 'x')));
  Database broken = MUST(Database::open(folder_ / "no.sqlite", OpenMode::read_write));
  EXPECT_EQ(broken.integer("SELECT count(*) FROM t").error().kind, ErrorKind::corrupt);
}

TEST_F(Sqlite, NoRowAndNullAreNoValue) {
  EXPECT_EQ(MUST(database_.integer("SELECT id FROM t")), std::nullopt);
  EXPECT_EQ(MUST(database_.integer("SELECT NULL")), std::nullopt);
  EXPECT_EQ(MUST(database_.text("SELECT 'x'")), "x");
  EXPECT_EQ(MUST(database_.text("SELECT NULL")), std::nullopt);
}

}  // namespace
}  // namespace suikei::io
