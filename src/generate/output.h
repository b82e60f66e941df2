// output.h — generated files on disk: what would change, and nothing of a person's work lost.
// Holds:  a generated file carries the hash of what was written. A file whose content no longer fits its hash
//         was edited by hand and is never overwritten or removed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "generate/render.h"

namespace suikei::generate {

enum class Change {
  added,      ///< not there yet
  changed,    ///< generated before, and different now
  unchanged,  ///< as it should be
  edited,     ///< was generated, then changed by hand; left alone
  foreign,    ///< was never generated; left alone
  orphan,     ///< generated before, and no longer wanted
};
const char* name_of(Change change);

struct FileChange {
  std::string path;
  Change change = Change::unchanged;
  std::string before, after;  ///< whole contents
};

/// Puts the line in front that says what made the file and the hash of the rest.
std::string stamped(const std::string& path, const std::string& content);

/// Holds wanted content against the disk. Every file but unchanged ones, by path; orphans are looked for in
/// the folders `models` and `macros`.
Result<std::vector<FileChange>> compare(const std::filesystem::path& project, const Files& wanted);
/// Writes what was added and changed; removes orphans only when `prune`.
Result<> write(const std::filesystem::path& project, const std::vector<FileChange>& changes, bool prune);

/// The lines that differ, as `diff -u` shows them with little context.
std::string difference(const FileChange& change);

}  // namespace suikei::generate
