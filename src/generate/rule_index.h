// rule_index.h — the most specific rule for a column, found without trying all rules.
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "generate/rules.h"

namespace suikei::generate {

template <typename Rule>
class RuleIndex {
 public:
  explicit RuleIndex(const std::vector<Rule>& rules) : rules_(rules) {
    for (const Rule& rule : rules) {
      bool pattern = rule.key.column.find('*') != std::string::npos;
      (pattern ? patterns_ : by_column_[rule.key.column]).push_back(&rule);
    }
  }

  /// The rules of the highest rank that match; more than one when they are equally specific.
  std::vector<const Rule*> find(const std::string& source, const std::string& table,
                                const std::string& column) {
    std::vector<const Rule*> best;
    auto consider = [&](const Rule* rule) {
      if (!rule->key.matches(source, table, column)) return;
      used_.insert(rule);
      if (!best.empty() && rule->key.rank() < best[0]->key.rank()) return;
      if (!best.empty() && rule->key.rank() > best[0]->key.rank()) best.clear();
      best.push_back(rule);
    };
    auto named = by_column_.find(lower(column));
    if (named != by_column_.end()) std::for_each(named->second.begin(), named->second.end(), consider);
    std::for_each(patterns_.begin(), patterns_.end(), consider);
    return best;
  }

  /// Rules that no `find` has matched.
  std::vector<const Rule*> idle() const {
    std::vector<const Rule*> idle;
    for (const Rule& rule : rules_) {
      if (!used_.contains(&rule)) idle.push_back(&rule);
    }
    return idle;
  }

 private:
  const std::vector<Rule>& rules_;
  std::map<std::string, std::vector<const Rule*>> by_column_;
  std::vector<const Rule*> patterns_;
  std::set<const Rule*> used_;
};

}  // namespace suikei::generate
