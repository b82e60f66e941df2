// process.h — child processes: run to the end, feed, or leave running as a server.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace suikei::io {

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when a signal ended it
  std::string out;    ///< standard output
  std::string err;    ///< standard error
};

/// Runs a program (looked up in PATH) to its end, `input` on its standard input. Nothing passes through a
/// shell. `not_found` when the program does not exist; a non-zero exit is not an Error. `environment` entries
/// ("NAME=value") are added to ours.
Result<ProcessResult> run_process(const std::vector<std::string>& argv, std::string_view input = {},
                                  const std::vector<std::string>& environment = {});

/// Starts a program in a session of its own that outlives us; its output goes to `log`. Returns its pid.
Result<pid_t> start_process(const std::vector<std::string>& argv, const std::filesystem::path& log,
                            const std::vector<std::string>& environment = {});

bool process_alive(pid_t pid);
/// SIGTERM, waits up to `wait_seconds`, then SIGKILL. A process that is gone is fine.
void stop_process(pid_t pid, double wait_seconds);

/// A child that is being fed line by line through its standard input.
class FedProcess {
 public:
  /// Starts it; standard output is dropped, standard error goes to `errors`.
  static Result<FedProcess> start(const std::vector<std::string>& argv, const std::filesystem::path& errors,
                                  const std::vector<std::string>& environment = {});
  FedProcess(FedProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), fd_(std::exchange(other.fd_, -1)) {}
  FedProcess& operator=(FedProcess&&) = delete;
  ~FedProcess();

  /// `unavailable` when the child has gone away.
  Result<> feed(std::string_view bytes);
  /// Closes its input and waits; returns its exit code.
  Result<int> finish();

 private:
  FedProcess(pid_t pid, int fd) : pid_(pid), fd_(fd) {}
  pid_t pid_;
  int fd_;
};

/// A TCP port on 127.0.0.1 that was free a moment ago.
Result<int> free_port();

}  // namespace suikei::io
