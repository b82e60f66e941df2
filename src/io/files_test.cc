#include "io/files.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/text.h"

namespace suikei::io {
namespace {

class Files : public ::testing::Test {
 protected:
  void SetUp() override { MUST(make_folders(folder_)); }
  void TearDown() override { (void)io::remove_all(folder_); }
  const fs::path folder_ = fs::temp_directory_path() / fmt::format("suikei-files-{}", getpid());
};

TEST_F(Files, WhatIsWrittenIsReadAndReplacesWhatWasThere) {
  fs::path file = folder_ / "a.json";
  std::string large(300'000, 'x');
  large[100'000] = '\0';
  MUST(write_file_atomically(file, large));
  EXPECT_EQ(MUST(read_file(file)), large);
  MUST(write_file_atomically(file, "short"));
  EXPECT_EQ(MUST(read_file(file)), "short");
  MUST(write_file_atomically(file, ""));
  EXPECT_EQ(MUST(read_file(file)), "");
  EXPECT_EQ(entries(folder_), std::vector<std::string>{"a.json"});  // nothing temporary is left
}

TEST_F(Files, AReaderSeesTheOldOrTheNewContentWholly) {
  fs::path file = folder_ / "state";
  std::string old_content(200'000, 'o'), new_content(200'000, 'n');
  MUST(write_file_atomically(file, old_content));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; i < 40; ++i) (void)write_file_atomically(file, i % 2 ? old_content : new_content).ok();
    stop = true;
  });
  while (!stop) {
    std::string seen = MUST(read_file(file));
    EXPECT_TRUE(seen == old_content || seen == new_content) << seen.size();
  }
  writer.join();
}

TEST_F(Files, WhatCannotBeWrittenIsSaidAndLeavesNothing) {
  Result<> written = write_file_atomically(folder_ / "missing" / "file", "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().kind, ErrorKind::not_found);
  MUST(make_folders(folder_ / "taken" / "inside"));
  EXPECT_FALSE(write_file_atomically(folder_ / "taken", "x").ok());
  EXPECT_EQ(entries(folder_), std::vector<std::string>{"taken"});
  EXPECT_EQ(read_file(folder_ / "nothing").error().kind, ErrorKind::not_found);
}

TEST_F(Files, EntriesAreSortedAndAMissingFolderHasNone) {
  for (const char* name : {"b", "a", "c"}) MUST(write_file_atomically(folder_ / name, ""));
  EXPECT_EQ(entries(folder_), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(entries(folder_ / "missing").empty());
  MUST(io::remove_all(folder_ / "missing"));
  MUST(io::remove_all(folder_));
  EXPECT_TRUE(entries(folder_).empty());
  EXPECT_GT(MUST(bytes_free(folder_ / "not" / "there" / "yet")), 0u);
}

TEST_F(Files, TheSecondTakerOfALockIsToldTheHolder) {
  fs::path file = folder_ / "leases" / "s01.lock";
  FileLock first = MUST(FileLock::take(file, "process 1 on here"));
  EXPECT_TRUE(first.held());
  Result<FileLock> second = FileLock::take(file, "process 2");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  EXPECT_NE(second.error().message.find("process 1 on here"), std::string::npos) << second.error().message;
  first.say("p1, still");
  EXPECT_EQ(MUST(read_file(file)), "p1, still");
  first.release();
  EXPECT_FALSE(first.held());
  FileLock third = MUST(FileLock::take(file, "process 3"));
  EXPECT_EQ(MUST(read_file(file)), "process 3");
}

TEST_F(Files, ALockMovesWithItsOwner) {
  fs::path file = folder_ / "lock";
  FileLock first = MUST(FileLock::take(file, "a"));
  FileLock second = std::move(first);
  EXPECT_FALSE(FileLock::take(file, "b").ok());
  second = MUST(FileLock::take(folder_ / "other", "c"));  // the first lock goes with what it replaces
  EXPECT_TRUE(FileLock::take(file, "b").ok());
}

TEST_F(Files, WaitingForALockEndsWithItOrWithTheTime) {
  fs::path file = folder_ / "lock";
  FileLock first = MUST(FileLock::take(file, "first"));
  auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(FileLock::wait(file, "second", 0.1).error().kind, ErrorKind::unavailable);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(100));
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    first.release();
  });
  EXPECT_TRUE(FileLock::wait(file, "second", 30).ok());
  later.join();
}

TEST_F(Files, ADeadHolderFreesTheLock) {
  fs::path file = folder_ / "lock";
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0) {
    Result<FileLock> lock = FileLock::take(file, "the child");
    (void)!write(ready[1], lock.ok() ? "y" : "n", 1);
    while (true) pause();
  }
  char taken = 0;
  ASSERT_EQ(read(ready[0], &taken, 1), 1);
  ASSERT_EQ(taken, 'y');
  Result<FileLock> refused = FileLock::take(file, "the parent");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("the child"), std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::take(file, "the parent").ok());
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace suikei::io
