// limits.h — how much the ledger remembers, and why not more.
#pragma once

#include <cstddef>
#include <cstdint>

namespace suikei::ledger {

/// A change is forgotten after so many days: with a fifth of 3,000,000 tables changing daily this is
/// about 1.5 GB.
inline constexpr int64_t changes_kept_days = 35;
/// A failure, a vanished or returned table is remembered longer; there are few of them.
inline constexpr int64_t attempts_kept_days = 400;
/// Names that stand for all tables of a shape in the drift report.
inline constexpr size_t shape_examples_max = 5;

/// Builds whose results stay: some months of daily ones.
inline constexpr int64_t builds_kept = 200;

}  // namespace suikei::ledger
