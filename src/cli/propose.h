// propose.h — rules for a project file, proposed from the names that a server really has.
// Why:    the first thing a newcomer must write is a pattern; the server's own names say what it is.
// Holds:  pure; every proposed rule matches something, and together they match everything given.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace suikei::cli {

struct NamedTable {
  std::string database, table;
};

/// Rules in the order in which they must stand.
std::vector<config::TableRule> propose_rules(const std::vector<NamedTable>& tables);

/// What each rule would take, for the person who decides.
struct RuleYield {
  int64_t tables = 0, tenants = 0, logicals = 0;
  std::string example;  ///< "ne_00001.orders → orders of tenant 00001"
};
struct Yield {
  std::vector<RuleYield> rules;
  int64_t unmatched = 0;
};
Result<Yield> try_rules(const std::vector<config::TableRule>& rules, const std::vector<NamedTable>& tables);

}  // namespace suikei::cli
