#include "collect/run_folder.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include "base/text.h"
#include "io/files.h"

namespace suikei::collect {
namespace {

namespace fs = std::filesystem;

class Runs : public ::testing::Test {
 protected:
  void SetUp() override {
    project_.folder = fs::temp_directory_path() / fmt::format("suikei-runs-{}", getpid());
    source_.name = "mf";
  }
  void TearDown() override { (void)io::remove_all(project_.folder); }

  RunFolder open(const std::string& date, bool fresh = false) {
    return MUST(RunFolder::open(project_, source_, date, fresh));
  }
  std::vector<std::string> waiting() const {
    std::vector<std::string> ids;
    for (const RunFolder& run : RunFolder::waiting(project_, source_)) ids.push_back(run.run_id());
    return ids;
  }
  static void stage(const RunFolder& run, const std::string& shard) {
    MUST(io::make_folders(run.shard(shard)));
    MUST(io::write_file_atomically(run.shard(shard) / "segment.sqlite", ""));
  }

  config::Project project_;
  config::Source source_;
};

TEST_F(Runs, TheFirstRunOfADateIsSourceAndDate) {
  RunFolder run = open("2026-11-23");
  EXPECT_EQ(run.run_id(), "mf-2026-11-23");
  EXPECT_EQ(run.date(), "2026-11-23");
  EXPECT_TRUE(fs::is_directory(run.path()));
  EXPECT_EQ(run.path(), project_.staging() / "mf" / "mf-2026-11-23");
  EXPECT_FALSE(run.published());
}

TEST_F(Runs, AnUnfinishedRunIsResumedAndAPublishedOneIsFollowed) {
  open("2026-11-23");
  EXPECT_EQ(open("2026-11-23").run_id(), "mf-2026-11-23");
  MUST(open("2026-11-23").mark_published());
  RunFolder second = open("2026-11-23");
  EXPECT_EQ(second.run_id(), "mf-2026-11-23-2");
  EXPECT_EQ(second.date(), "2026-11-23");
  EXPECT_EQ(open("2026-11-23").run_id(), "mf-2026-11-23-2");
}

TEST_F(Runs, FreshNeverResumesAndNeverReusesAnId) {
  for (int number = 1; number <= 11; ++number) {
    std::string expected = number == 1 ? "mf-2026-11-23" : fmt::format("mf-2026-11-23-{}", number);
    EXPECT_EQ(open("2026-11-23", /*fresh=*/true).run_id(), expected);
  }
  EXPECT_EQ(open("2026-11-23").run_id(), "mf-2026-11-23-11");  // by number, not by text
  EXPECT_EQ(waiting().size(), 11u);
  EXPECT_EQ(waiting()[1], "mf-2026-11-23-2");
  EXPECT_EQ(waiting()[10], "mf-2026-11-23-11");
}

TEST_F(Runs, ALaterDateInheritsNothing) {
  open("2026-11-23");
  EXPECT_EQ(open("2026-11-24").run_id(), "mf-2026-11-24");
  EXPECT_EQ(waiting(), (std::vector<std::string>{"mf-2026-11-23", "mf-2026-11-24"}));
}

TEST_F(Runs, FindingTheUnfinishedRunMakesNothing) {
  EXPECT_FALSE(RunFolder::find_unfinished(project_, source_, "2026-11-23"));
  EXPECT_FALSE(fs::exists(project_.staging()));
  open("2026-11-23");
  ASSERT_TRUE(RunFolder::find_unfinished(project_, source_, "2026-11-23"));
  EXPECT_FALSE(RunFolder::find_unfinished(project_, source_, "2026-11-24"));
  MUST(open("2026-11-23").mark_published());
  EXPECT_FALSE(RunFolder::find_unfinished(project_, source_, "2026-11-23"));
}

// Told to collect an earlier date while a later run waits, a repetition resumes what it began.
TEST_F(Runs, AnEarlierDateIsResumedBesideALaterRunThatWaits) {
  open("2026-11-24");
  open("2026-11-23");
  EXPECT_EQ(open("2026-11-23").run_id(), "mf-2026-11-23");
}

TEST_F(Runs, ShardsAreThoseWithASegment) {
  RunFolder run = open("2026-11-23");
  stage(run, "s02");
  stage(run, "s01");
  MUST(io::make_folders(run.shard("s03")));
  EXPECT_EQ(run.shards(), (std::vector<std::string>{"s01", "s02"}));
  EXPECT_FALSE(run.shard_published("s01"));
  MUST(run.mark_shard_published("s01"));
  EXPECT_TRUE(run.shard_published("s01"));
  EXPECT_FALSE(run.shard_published("s02"));
  EXPECT_EQ(run.shards(), std::vector<std::string>{"s02"});
}

TEST_F(Runs, APublishedRunKeepsItsMarkAlone) {
  RunFolder run = open("2026-11-23");
  stage(run, "s01");
  MUST(run.mark_shard_published("s01"));
  stage(run, "s02");
  MUST(run.mark_published());
  EXPECT_TRUE(run.published());
  EXPECT_EQ(io::entries(run.path()), std::vector<std::string>{"published"});
  MUST(run.mark_published());
  EXPECT_TRUE(waiting().empty());
}

TEST_F(Runs, OtherEntriesOfTheFolderAreNoRuns) {
  open("2026-11-23");
  for (const char* name :
       {"known.json", "leases", "mf-2026-11-22.bak", "mf-2026-11-22-x", "mf-notes-of-2026", "mf"}) {
    MUST(io::make_folders(project_.staging() / "mf" / name));
  }
  EXPECT_EQ(waiting(), std::vector<std::string>{"mf-2026-11-23"});
}

TEST_F(Runs, FilesBesideTheRuns) {
  EXPECT_EQ(known_file(project_, source_), project_.staging() / "mf" / "known.json");
  EXPECT_EQ(lease_file(project_, source_, "s01"), project_.staging() / "mf" / "leases" / "s01.lock");
  EXPECT_NE(owner_text("collect").find(std::to_string(getpid())), std::string::npos);
}

}  // namespace
}  // namespace suikei::collect
