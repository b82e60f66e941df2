// doctor.h — everything a collect needs, looked at before it is needed.
// Holds:  changes nothing in the project; what it writes is in a temporary folder and goes again.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "config/config.h"

namespace suikei::cli {

enum class Health { good, note, bad };  ///< a note is worth reading and no reason to fail

struct Finding {
  std::string place;  ///< a shard, "lake", "disk", "ledger"
  std::string check;  ///< "connection", "rights", …
  Health health = Health::good;
  std::string text;
  std::string hint;
};

/// Connection, TLS, zone and version; tables matched and unmatched; one table read per rule.
std::vector<Finding> examine_shard(const config::Source& source, const config::Shard& shard);
/// The lake's engine and its parts, on a throw-away lake; the project's own lake when there is one.
std::vector<Finding> examine_lake(const config::Project& project);
/// Room on the disk, and how long the last run took.
std::vector<Finding> examine_room(const config::Project& project, const config::Source& source);
/// Whether the newest good run ended less than `seconds` ago; asks the ledger alone.
Finding examine_freshness(const config::Project& project, const config::Source& source, double seconds);

bool any_bad(const std::vector<Finding>& findings);
std::string render_findings(const std::vector<Finding>& findings);
Json to_json(const std::vector<Finding>& findings);

}  // namespace suikei::cli
