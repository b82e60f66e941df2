#include "io/process.h"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/text.h"
#include "io/files.h"

namespace suikei::io {
namespace {

TEST(Process, OutputErrorsAndExitCodeComeBackApart) {
  ProcessResult result = MUST(run_process({"sh", "-c", "printf out; printf err >&2; exit 7"}));
  EXPECT_EQ(result.out, "out");
  EXPECT_EQ(result.err, "err");
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(MUST(run_process({"sh", "-c", "kill -TERM $$"})).exit_code, 128 + SIGTERM);
  EXPECT_EQ(run_process({"suikei-no-such-program"}).error().kind, ErrorKind::not_found);
}

TEST(Process, ArgumentsPassThroughNoShell) {
  EXPECT_EQ(MUST(run_process({"printf", "%s|%s", "$HOME;'", ""})).out, "$HOME;'|");
}

// More than a pipe holds both ways at once: whoever only writes, then only reads, waits for ever.
TEST(Process, MuchInputAndMuchOutputDoNotBlockEachOther) {
  std::string input;
  for (int i = 0; i < 400'000; ++i) input += std::to_string(i) + "\n";
  ProcessResult result = MUST(run_process({"sh", "-c", "tee /dev/stderr"}, input));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.out == input) << result.out.size() << " of " << input.size();
  EXPECT_TRUE(result.err == input) << result.err.size() << " of " << input.size();
}

TEST(Process, AChildThatDoesNotReadItsInputIsNoError) {
  std::string input(2'000'000, 'x');
  ProcessResult result = MUST(run_process({"sh", "-c", "exec 0<&-; echo done"}, input));
  EXPECT_EQ(result.out, "done\n");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(MUST(run_process({"cat"})).out, "");  // no input: the end comes at once
}

TEST(Process, EntriesOfTheEnvironmentReplaceOurs) {
  setenv("SUIKEI_TEST_A", "ours", 1);
  setenv("SUIKEI_TEST_AB", "stays", 1);
  ProcessResult result = MUST(run_process({"sh", "-c", "echo $SUIKEI_TEST_A $SUIKEI_TEST_AB $SUIKEI_TEST_C"},
                                          {}, {"SUIKEI_TEST_A=theirs", "SUIKEI_TEST_C=new"}));
  EXPECT_EQ(result.out, "theirs stays new\n");
  unsetenv("SUIKEI_TEST_A");
  unsetenv("SUIKEI_TEST_AB");
}

TEST(Process, AServerLivesInASessionOfItsOwnUntilItIsStopped) {
  fs::path log = fs::temp_directory_path() / fmt::format("suikei-process-{}.log", getpid());
  (void)io::remove_all(log);
  pid_t pid = MUST(start_process({"sh", "-c", "echo up; echo $NAME >&2; exec sleep 600"}, log, {"NAME=it"}));
  EXPECT_TRUE(process_alive(pid));
  for (int i = 0; i < 500 && MUST(read_file(log)) != "up\nit\n"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(MUST(read_file(log)), "up\nit\n");
  EXPECT_EQ(getsid(pid), pid);
  stop_process(pid, 10);
  EXPECT_FALSE(process_alive(pid));
  stop_process(pid, 10);  // gone is fine
  MUST(io::remove_all(log));
}

TEST(Process, AServerThatIgnoresTheRequestIsKilled) {
  fs::path log = fs::temp_directory_path() / fmt::format("suikei-process-{}.log", getpid());
  pid_t pid = MUST(start_process({"sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"}, log));
  for (int i = 0; i < 500 && MUST(read_file(log)).empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  stop_process(pid, 0.2);
  EXPECT_FALSE(process_alive(pid));
  EXPECT_FALSE(process_alive(0));
  MUST(io::remove_all(log));
}

TEST(Process, AFedProgramGetsEveryLineAndTellsItsEnd) {
  fs::path errors = fs::temp_directory_path() / fmt::format("suikei-fed-{}.err", getpid());
  (void)io::remove_all(errors);
  FedProcess fed = MUST(FedProcess::start({"sh", "-c", "wc -c >&2; exit 3"}, errors));
  std::string chunk(100'000, 'x');
  for (int i = 0; i < 10; ++i) MUST(fed.feed(chunk));
  EXPECT_EQ(MUST(fed.finish()), 3);
  EXPECT_EQ(trim(MUST(read_file(errors))), "1000000");

  FedProcess gone = MUST(FedProcess::start({"true"}, errors));
  Result<> fed_on = ok();
  for (int i = 0; i < 100 && fed_on.ok(); ++i) fed_on = gone.feed(chunk);
  ASSERT_FALSE(fed_on.ok());
  EXPECT_EQ(fed_on.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(MUST(gone.finish()), 0);
  MUST(io::remove_all(errors));
}

TEST(Process, AFreePortIsAPort) {
  int port = MUST(free_port());
  EXPECT_GT(port, 1023);
  EXPECT_LT(port, 65'536);
}

}  // namespace
}  // namespace suikei::io
