// generate.h — the stage: metadata and rules become SQL for every table.
// Holds:  `plan` writes nothing; `apply` may be repeated; nothing is written while any rule is wrong.
// See:    docs/design/generate.md
#pragma once

#include "config/config.h"
#include "generate/describe.h"
#include "generate/output.h"
#include "generate/suggest.h"

namespace suikei::generate {

/// A column nobody decided on.
struct Undecided {
  std::string source, table, column;
};

using Undecideds = std::vector<Undecided>;
/// As of the last `generate`, from metadata/<source>/merged.csv; `not_found` when there is none.
Result<Undecideds> undecided_columns(const std::filesystem::path& project, const std::string& source);

struct Plan {
  Merged merged;
  std::vector<FileChange> changes;  ///< everything that is not as it should be
  size_t files = 0;                 ///< that are wanted
  std::vector<Undecided> undecided;
};

/// Reads metadata, rules and templates and compares with the disk. `config` with every problem at once, each
/// with its file, line and remedy; `not_found` when no source has metadata.
Result<Plan> plan(const config::Project& project, const std::string& dialect);
Result<> apply(const config::Project& project, const Plan& plan, bool prune);

/// What a person reads. With `detail` also the changed lines.
std::string render_plan(const Plan& plan, bool detail, bool written, bool pruned);
Json to_json(const Plan& plan);

/// What tells a stale tree: anything but edited and foreign files.
bool is_stale(const Plan& plan);

}  // namespace suikei::generate
