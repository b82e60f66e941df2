// format.h — the version of the ledger's format: create, migrate, refuse.
// Holds:  an older file is copied beside itself before anything in it changes.
// See:    docs/design/ledger.md
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "io/sqlite.h"

namespace suikei::ledger {

inline constexpr int format_newest = 2;

/// SQL that brings format `from` to `from + 1`.
struct Migration {
  int from = 0;
  std::string sql;
};

/// Creates the tables in a new file, migrates an older format, refuses a newer one with `config`.
Result<> bring_up_to_date(io::Database& database, const std::filesystem::path& path);
/// The same with given steps up to format `newest`; what the former calls, and tests try.
Result<> migrate(io::Database& database, const std::filesystem::path& path, std::span<const Migration> steps,
                 int newest);
/// `config` when the file is of another format than ours: readers change nothing.
Result<> check_format(io::Database& database, const std::filesystem::path& path);

}  // namespace suikei::ledger
