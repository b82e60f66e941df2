// status.h — the ledger's answers as text and as JSON: what is current, what is not, and why.
// Holds:  pure but for the ledger it is given; every text has a JSON of the same content.
#pragma once

#include <string>

#include "base/json.h"
#include "ledger/ledger.h"

namespace suikei::cli {

/// Both faces of one answer.
struct StatusAnswer {
  Json json;
  std::string text;
};

/// Totals, by shard, by logical table, by reason.
Result<StatusAnswer> status_overview(ledger::Ledger& ledger, const std::string& source);
/// Physical tables of a logical table and a tenant (either may be empty). One table is told with its
/// attempts.
Result<StatusAnswer> status_tables(ledger::Ledger& ledger, const std::string& source,
                                   const std::string& logical, const std::string& tenant);
/// Every table that is not current, with its reason and remedy.
Result<StatusAnswer> status_failed(ledger::Ledger& ledger, const std::string& source);
/// Which columns of a logical table differ, and in how many tables; all logical tables when it is empty.
Result<StatusAnswer> status_drift(ledger::Ledger& ledger, const std::string& source,
                                  const std::string& logical);
Result<StatusAnswer> status_unmatched(ledger::Ledger& ledger, const std::string& source);

/// "12 m 3 s ago" of an instant; "never" for 0.
std::string ago(int64_t instant_us);

}  // namespace suikei::cli
