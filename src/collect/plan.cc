#include "collect/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "collect/limits.h"

namespace suikei::collect {
namespace {

/// A table that a rule took, before it is known which spelling of its logical name wins.
struct Matched {
  size_t listed;
  std::string logical, tenant;
};

/// For every name in lower case the spelling that most tables use: a lake does not tell names apart by case.
std::unordered_map<std::string, std::string> common_spellings(const std::vector<Matched>& matched) {
  std::unordered_map<std::string, std::map<std::string, int64_t>> counts;
  for (const Matched& table : matched) ++counts[lower(table.logical)][table.logical];
  std::unordered_map<std::string, std::string> spellings;
  for (const auto& [key, spelled] : counts) {
    int64_t most = 0;
    for (const auto& [spelling, count] : spelled) {
      if (count > most) spellings[key] = spelling;
      most = std::max(most, count);
    }
  }
  return spellings;
}

}  // namespace

int64_t ShardPlan::tables() const {
  int64_t count = 0;
  for (const LogicalPlan& logical : logicals) count += static_cast<int64_t>(logical.tables.size());
  return count;
}

ShardPlan plan_shard(std::vector<sources::ListedTable> listed, const config::Source& source,
                     config::RuleMatcher& rules) {
  ShardPlan plan;
  plan.listed = std::move(listed);
  std::vector<Matched> matched;
  std::set<int> used_rules;
  config::RuleMatch match;
  for (size_t i = 0; i < plan.listed.size(); ++i) {
    const sources::ListedTable& table = plan.listed[i];
    rules.match(table.database, table.table, match);
    if (match.rule >= 0) used_rules.insert(match.rule);
    if (match.rule < 0) {
      plan.unmatched.push_back({table.database, table.table});
    } else if (match.skip) {
      ++plan.skipped;
    } else {
      matched.push_back({i, match.logical, match.tenant});
    }
  }
  for (size_t i = 0; i < source.tables.size(); ++i) {
    if (!used_rules.contains(static_cast<int>(i))) plan.idle_rules.push_back(source.tables[i].line);
  }

  std::unordered_map<std::string, std::string> spellings = common_spellings(matched);
  // Tables that spell the name as most do come first, so that they keep the place.
  std::stable_partition(matched.begin(), matched.end(), [&](const Matched& table) {
    return spellings[lower(table.logical)] == table.logical;
  });
  std::map<std::string, size_t> positions;
  std::unordered_map<std::string, size_t> taken;
  for (Matched& table : matched) {
    std::string key = lower(table.logical);
    const std::string& spelling = spellings[key];
    if (starts_with(spelling, "_")) {
      plan.collisions.push_back(
          {table.listed, spelling, table.tenant, "a name that begins with `_`, which is reserved"});
      continue;
    }
    auto [place, is_new] = taken.try_emplace(key + '\0' + table.tenant, table.listed);
    if (!is_new) {
      const sources::ListedTable& keeper = plan.listed[place->second];
      plan.collisions.push_back({table.listed, spelling, table.tenant, keeper.database + "." + keeper.table});
      continue;
    }
    auto [position, first] = positions.try_emplace(spelling, plan.logicals.size());
    if (first) plan.logicals.push_back({spelling, {}});
    plan.logicals[position->second].tables.push_back({table.listed, std::move(table.tenant)});
  }
  std::sort(plan.logicals.begin(), plan.logicals.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (LogicalPlan& logical : plan.logicals) {
    std::sort(logical.tables.begin(), logical.tables.end(),
              [](const PlannedTable& a, const PlannedTable& b) { return a.tenant < b.tenant; });
  }
  return plan;
}

std::vector<Part> plan_parts(const ShardPlan& plan, size_t tables_max,
                             const std::function<bool(const sources::ListedTable&)>& done) {
  std::vector<Part> big, small;
  for (size_t l = 0; l < plan.logicals.size(); ++l) {
    Part part{l, {}, 0, "", nullptr};
    auto close = [&] {
      if (!part.tables.empty()) small.push_back(std::move(part));
      part = Part{l, {}, 0, "", nullptr};
    };
    const std::vector<PlannedTable>& tables = plan.logicals[l].tables;
    for (size_t t = 0; t < tables.size(); ++t) {
      const sources::ListedTable& listed = plan.listed[tables[t].listed];
      if (done(listed)) continue;
      if (listed.rows_estimate > range_rows) {
        big.push_back({l, {t}, listed.rows_estimate, "", nullptr});
        continue;
      }
      part.tables.push_back(t);
      part.rows_estimate += std::max<int64_t>(listed.rows_estimate, 0);
      if (part.tables.size() >= tables_max) close();
    }
    close();
  }
  // The longest work first, so that no connection is left alone with it at the end.
  auto longer = [](const Part& a, const Part& b) { return a.rows_estimate > b.rows_estimate; };
  std::sort(big.begin(), big.end(), longer);
  std::stable_sort(small.begin(), small.end(), longer);
  big.insert(big.end(), std::make_move_iterator(small.begin()), std::make_move_iterator(small.end()));
  return big;
}

}  // namespace suikei::collect
