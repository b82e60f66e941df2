// rules.h — from the names of a physical table to its tenant and its logical table.
// Why:    three million physical tables are a few hundred logical ones; a handful of patterns says which.
// Holds:  a pattern matches a whole name; the first rule that matches both names wins.
// Threads: one RuleMatcher per thread (it remembers the last database).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace suikei::config {

/// Which physical tables belong to which logical table. RE2, full match; the first rule that matches wins.
struct TableRule {
  std::string database;  ///< may have the groups (?P<tenant>…) and (?P<logical>…)
  std::string table;     ///< the same
  bool skip = false;     ///< what matches is left out, and not counted as unmatched
  int line = 0;          ///< in the project file, for messages; 0: none
};

/// What the rules say of one physical table.
struct RuleMatch {
  int rule = -1;  ///< position of the rule that matched; -1: none did, the table is unmatched
  bool skip = false;
  std::string tenant;   ///< empty when the rule names no tenant
  std::string logical;  ///< never empty when the table is wanted

  bool matched() const { return rule >= 0; }
  bool wanted() const { return matched() && !skip; }
};

class RuleMatcher {
 public:
  /// `config` when a pattern does not compile or has groups it should not have: "suikei.yaml:12: …".
  static Result<RuleMatcher> compile(const std::vector<TableRule>& rules);
  RuleMatcher(RuleMatcher&&) noexcept;
  RuleMatcher& operator=(RuleMatcher&&) noexcept;
  ~RuleMatcher();

  /// Writes into `match`, whose strings keep their memory from table to table. About 0.3 µs, and faster when
  /// tables of one database come one after the other.
  void match(std::string_view database, std::string_view table, RuleMatch& match);
  RuleMatch match(std::string_view database, std::string_view table);

 private:
  struct Compiled;
  explicit RuleMatcher(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace suikei::config
