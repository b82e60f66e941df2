#include "io/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/text.h"
#include "io/files.h"

extern char** environ;

namespace suikei::io {
namespace {

struct Strings {
  std::vector<char*> pointers;
  explicit Strings(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
  }
};

std::vector<std::string> merged_environment(const std::vector<std::string>& extra) {
  std::vector<std::string> merged = extra;
  for (char** entry = environ; *entry; ++entry) {
    std::string_view name = std::string_view(*entry).substr(0, std::string_view(*entry).find('=') + 1);
    bool replaced = false;
    for (const std::string& other : extra) replaced |= starts_with(other, name);
    if (!replaced) merged.emplace_back(*entry);
  }
  return merged;
}

struct Redirect {
  int from, to;
};

Result<pid_t> spawn(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                    const std::vector<Redirect>& redirects, bool new_session) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (Redirect redirect : redirects) posix_spawn_file_actions_adddup2(&actions, redirect.from, redirect.to);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, restored;
  sigemptyset(&none);
  sigemptyset(&restored);
  sigaddset(&restored, SIGPIPE);
  sigaddset(&restored, SIGINT);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &restored);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (new_session) flags = static_cast<short>(flags | POSIX_SPAWN_SETSID);
  posix_spawnattr_setflags(&attributes, flags);
  Strings arguments(argv);
  std::vector<std::string> merged = merged_environment(environment);
  Strings variables(merged);
  pid_t pid = -1;
  int failed = posix_spawnp(&pid, argv[0].c_str(), &actions, &attributes, arguments.pointers.data(),
                            variables.pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed == ENOENT) {
    return Error{ErrorKind::not_found, fmt::format("program {} was not found", argv[0]),
                 "install it, or put it in PATH"};
  }
  if (failed)
    return Error{ErrorKind::unavailable, fmt::format("start {}: {}", argv[0], std::strerror(failed)), ""};
  return pid;
}

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == 0) {
      read_end = ends[0];
      write_end = ends[1];
    }
  }
  ~Pipe() {
    close_read();
    close_write();
  }
  void close_read() {
    if (read_end >= 0) close(read_end);
    read_end = -1;
  }
  void close_write() {
    if (write_end >= 0) close(write_end);
    write_end = -1;
  }
};

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& argv, std::string_view input,
                                  const std::vector<std::string>& environment) {
  signal(SIGPIPE, SIG_IGN);
  Pipe in, out, err;
  pid_t pid =
      TRY(spawn(argv, environment, {{in.read_end, 0}, {out.write_end, 1}, {err.write_end, 2}}, false));
  in.close_read();
  out.close_write();
  err.close_write();
  if (input.empty()) in.close_write();
  if (in.write_end >= 0) fcntl(in.write_end, F_SETFL, O_NONBLOCK);

  ProcessResult result;
  char buffer[65536];
  while (out.read_end >= 0 || err.read_end >= 0 || in.write_end >= 0) {
    pollfd watched[3] = {{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}, {in.write_end, POLLOUT, 0}};
    if (poll(watched, 3, -1) < 0 && errno != EINTR) break;
    auto drain = [&](pollfd& entry, Pipe& pipe, std::string& text) {
      if (!entry.revents) return;
      ssize_t got = read(pipe.read_end, buffer, sizeof buffer);
      if (got > 0) text.append(buffer, static_cast<size_t>(got));
      if (got == 0) pipe.close_read();
    };
    drain(watched[0], out, result.out);
    drain(watched[1], err, result.err);
    if (watched[2].revents) {
      ssize_t put = write(in.write_end, input.data(), input.size());
      if (put > 0) input.remove_prefix(static_cast<size_t>(put));
      bool broken = put < 0 && errno != EAGAIN && errno != EINTR;
      if (input.empty() || broken) in.close_write();
    }
  }
  result.exit_code = wait_for(pid);
  return result;
}

Result<pid_t> start_process(const std::vector<std::string>& argv, const fs::path& log,
                            const std::vector<std::string>& environment) {
  int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (out < 0) return system_error("open", log, errno);
  int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  Result<pid_t> pid = spawn(argv, environment, {{in, 0}, {out, 1}, {out, 2}}, true);
  close(in);
  close(out);
  return pid;
}

bool process_alive(pid_t pid) {
  if (pid <= 0) return false;
  waitpid(pid, nullptr, WNOHANG);  // reaps it when it was our child; a zombie is not alive
  return kill(pid, 0) == 0;
}

void stop_process(pid_t pid, double wait_seconds) {
  if (!process_alive(pid)) return;
  kill(pid, SIGTERM);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(wait_seconds);
  while (process_alive(pid) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (process_alive(pid)) kill(pid, SIGKILL);
  for (int i = 0; i < 500 && process_alive(pid); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

Result<FedProcess> FedProcess::start(const std::vector<std::string>& argv, const fs::path& errors,
                                     const std::vector<std::string>& environment) {
  signal(SIGPIPE, SIG_IGN);
  int err = open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (err < 0) return system_error("open", errors, errno);
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  Pipe in;
  Result<pid_t> pid = spawn(argv, environment, {{in.read_end, 0}, {null, 1}, {err, 2}}, false);
  close(null);
  close(err);
  if (!pid.ok()) return pid.error();
  return FedProcess(pid.value(), std::exchange(in.write_end, -1));
}

FedProcess::~FedProcess() {
  if (pid_ > 0) (void)finish();
}

Result<> FedProcess::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t put = write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Error{ErrorKind::unavailable, "the fed program has gone away", "see its error log"};
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return ok();
}

Result<int> FedProcess::finish() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  int code = wait_for(pid_);
  pid_ = -1;
  return code;
}

Result<int> free_port() {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  bool bound = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
               getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  int error_number = errno;
  if (fd >= 0) close(fd);
  if (!bound) return system_error("find a free port on", "127.0.0.1", error_number);
  return static_cast<int>(ntohs(address.sin_port));
}

}  // namespace suikei::io
