// verify.h — checksums again: all from the lake, some from the source.
// See:    docs/design/checksum.md
#pragma once

#include <optional>

#include "collect/collect.h"
#include "lakes/lake.h"

namespace suikei::collect {

struct Verification {
  int64_t lake_tables = 0, lake_wrong = 0;  ///< recomputed from the lake against the ledger
  int64_t source_tables = 0,
          source_changed = 0;             ///< reread at the source; a live source may have changed since
  std::vector<lakes::SliceName> damaged;  ///< the next collect replaces them
  std::vector<std::string> examples;      ///< at most a few, "s01 ne_00001.orders: …"
};

/// Recomputes every current table of the shards from the lake and rereads `options.verify_percent` of them.
Result<Verification> verify(const config::Project& project, const config::Source& source,
                            const std::vector<const config::Shard*>& shards, const Options& options);

}  // namespace suikei::collect
