// interrupt.h — Ctrl-C and SIGTERM: the first asks the work to end, a second one ends the process.
#pragma once

#include <atomic>

namespace suikei::cli {

/// From now on SIGINT and SIGTERM set the returned flag; a second one ends the process at once with 130.
const std::atomic<bool>* watch_for_interrupt();

}  // namespace suikei::cli
