// limits.h — every bound of this module, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace suikei::collect {

/// Tables of one part: what is read again after a crash, and what one connection takes at a time.
inline constexpr size_t part_tables_max = 4096;
/// A table above this estimate is read in key ranges of about this many rows, by all connections.
inline constexpr int64_t range_rows = 1'000'000;
/// A file is closed after this many bytes from the source; a table goes on in the next one.
inline constexpr int64_t file_bytes_max = 512LL * 1024 * 1024;
/// Tries of one table in one run before it counts as failed.
inline constexpr int attempts_max = 3;
/// Tries to reopen a lost connection, one second apart and with nothing committed in between, before
/// the shard
/// counts as failed.
inline constexpr int reconnects_max = 5;
/// Tables of a logical table whose shapes are looked at before the first is read.
inline constexpr size_t shape_samples = 3;
/// Seconds a publish waits for another one to end.
inline constexpr double publish_wait_seconds = 600;
/// Names listed in full in a report; the ledger has the rest.
inline constexpr size_t names_shown_max = 5;

}  // namespace suikei::collect
