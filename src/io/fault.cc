#include "io/fault.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "base/text.h"

namespace suikei::io {
namespace {

struct Plan {
  std::string name, action;
  int pass = 1;
  std::atomic<int> seen = 0;
  std::string trace;
  bool active = false;

  Plan() {
    if (const char* file = std::getenv("SUIKEI_FAULT_TRACE")) trace = file;
    if (const char* text = std::getenv("SUIKEI_FAULT")) {
      std::vector<std::string> parts = split(text, ':');
      if (parts.size() >= 2) {
        name = parts[0];
        action = parts[1];
        if (parts.size() > 2) pass = std::atoi(parts[2].c_str());
      }
    }
    active = !name.empty() || !trace.empty();
  }
};

Plan& plan() {
  static Plan the_plan;
  return the_plan;
}

/// Counts the pass and tells whether this is the one.
bool due(std::string_view name) {
  Plan& p = plan();
  if (!p.trace.empty()) {
    int fd = open(p.trace.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    std::string line = std::string(name) + "\n";
    if (fd >= 0) {
      (void)!write(fd, line.data(), line.size());
      close(fd);
    }
  }
  return name == p.name && ++p.seen == p.pass;
}

}  // namespace

Result<> fault_point(std::string_view name) {
  if (!plan().active) [[likely]]
    return ok();
  if (plan().action == "lose_row" || !due(name)) return ok();
  const std::string& action = plan().action;
  if (action == "kill") kill(getpid(), SIGKILL);
  std::string where = fmt::format(" (injected at {})", name);
  if (action == "disk_full")
    return Error{ErrorKind::unavailable, "no space left on device" + where, "free some space"};
  if (action == "timeout") return Error{ErrorKind::unavailable, "timed out" + where, "run again"};
  return Error{ErrorKind::unavailable, "input/output error" + where, "run again"};
}

bool fault_armed(std::string_view name, std::string_view action) {
  if (!plan().active) [[likely]]
    return false;
  return plan().action == action && due(name);
}

}  // namespace suikei::io
