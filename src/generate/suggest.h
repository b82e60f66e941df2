// suggest.h — proposed lines for the rule files, from names and sampled values; people copy what they want.
// Holds:  evidence is counts and rates, never a value.
#pragma once

#include "generate/merge.h"
#include "lakes/lake.h"

namespace suikei::generate {

struct Suggestions {
  std::string decisions, masking, casting;  ///< whole CSV files with a column `note`
  int64_t secret = 0, open = 0, casts = 0;  ///< lines of each
  int64_t silent = 0;  ///< undecided columns for which nothing is proposed: free text, bytes
};

/// For columns that `merged` shows as undecided. Reads a fixed sample of each table's rows.
Result<Suggestions> suggest(lakes::Lake& lake, const Merged& merged);

}  // namespace suikei::generate
