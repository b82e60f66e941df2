// describe.h — from the ledger and the lake to metadata: what a person should know before deciding.
#pragma once

#include "config/config.h"
#include "generate/metadata.h"
#include "lakes/lake.h"
#include "ledger/ledger.h"

namespace suikei::generate {

/// What the ledger remembers of a source's tables, with the lake's types and order of columns. Profiled facts
/// (NULLs, distinct values) are taken over from `before` where it has them.
Result<Metadata> describe(ledger::Ledger& ledger, lakes::Lake& lake, const config::Source& source,
                          const Metadata& before);

/// The same for a source that was never collected: lists its tables and looks at the shape of a few of each.
/// Reads no rows.
Result<Metadata> describe_source(const config::Source& source);

/// Counts NULLs and distinct values (about 2 % off) of every column in the lake; reads all of it once.
Result<> profile(lakes::Lake& lake, Metadata& metadata);

}  // namespace suikei::generate
