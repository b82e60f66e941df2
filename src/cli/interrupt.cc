#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "cli/cli.h"

namespace suikei::cli {
namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // or a signal handler might not touch it

void handle(int) {
  if (interrupted.exchange(true)) _exit(exit_interrupted);
  constexpr char text[] =
      "\nsuikei: ending; what is staged stays and the next run resumes (again: end at once)\n";
  (void)!write(STDERR_FILENO, text, sizeof text - 1);
}

}  // namespace

const std::atomic<bool>* watch_for_interrupt() {
  struct sigaction action = {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;  // the work looks at the flag; no call of a library is cut short
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return &interrupted;
}

}  // namespace suikei::cli
