#include "collect/plan.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "collect/limits.h"

namespace suikei::collect {
namespace {

using sources::ListedTable;

config::Source source_with(std::vector<config::TableRule> rules) {
  config::Source source;
  source.name = "mf";
  source.tables = std::move(rules);
  for (size_t i = 0; i < source.tables.size(); ++i) source.tables[i].line = static_cast<int>(10 + i);
  return source;
}
config::Source by_database() {
  return source_with({{R"(ne_(?P<tenant>\d+))", "(?P<logical>.+)", false, 0}});
}
ShardPlan planned(const config::Source& source, std::vector<ListedTable> listed) {
  config::RuleMatcher rules = MUST(config::RuleMatcher::compile(source.tables));
  return plan_shard(std::move(listed), source, rules);
}
/// "orders: 1 2 / shops: 1", by logical table and tenant.
std::string told(const ShardPlan& plan) {
  std::vector<std::string> logicals;
  for (const LogicalPlan& logical : plan.logicals) {
    std::string text = logical.name + ":";
    for (const PlannedTable& table : logical.tables) {
      text += " " + table.tenant;
      const ListedTable& listed = plan.listed[table.listed];
      EXPECT_EQ(lower(listed.table), lower(logical.name));
    }
    logicals.push_back(text);
  }
  return join(logicals, " / ");
}

TEST(Plan, TablesOfAllTenantsBecomeLogicalTables) {
  ShardPlan plan =
      planned(by_database(), {{"ne_2", "shops"}, {"ne_1", "orders"}, {"ne_2", "orders"}, {"ne_1", "shops"}});
  EXPECT_EQ(told(plan), "orders: 1 2 / shops: 1 2");
  EXPECT_EQ(plan.tables(), 4);
  EXPECT_TRUE(plan.unmatched.empty());
  EXPECT_TRUE(plan.collisions.empty());
  EXPECT_TRUE(plan.idle_rules.empty());
  EXPECT_EQ(plan.skipped, 0);
}

TEST(Plan, NothingListedIsAnEmptyPlanWithIdleRules) {
  ShardPlan plan = planned(by_database(), {});
  EXPECT_EQ(plan.tables(), 0);
  EXPECT_EQ(plan.idle_rules, std::vector<int>{10});
  EXPECT_TRUE(plan_parts(plan, 10, [](const ListedTable&) { return false; }).empty());
}

TEST(Plan, UnmatchedSkippedAndIdleAreCountedApart) {
  config::Source source = source_with({{R"(ne_\d+)", "tmp_.*", true, 0},
                                       {R"(ne_(?P<tenant>\d+))", "(?P<logical>orders)", false, 0},
                                       {"never", "(?P<logical>.+)", false, 0},
                                       {"never_either", ".*", true, 0}});
  ShardPlan plan = planned(
      source, {{"ne_1", "orders"}, {"ne_1", "tmp_a"}, {"ne_1", "tmp_b"}, {"ne_1", "goods"}, {"x", "orders"}});
  EXPECT_EQ(told(plan), "orders: 1");
  EXPECT_EQ(plan.skipped, 2);
  ASSERT_EQ(plan.unmatched.size(), 2u);
  EXPECT_EQ(plan.unmatched[0].database + "." + plan.unmatched[0].table, "ne_1.goods");
  EXPECT_EQ(plan.unmatched[1].database + "." + plan.unmatched[1].table, "x.orders");
  EXPECT_EQ(plan.idle_rules, (std::vector<int>{12, 13}));
}

TEST(Plan, ARuleWhoseTablesAllGoToAnEarlierOneIsIdle) {
  config::Source source = source_with({{R"(ne_(?P<tenant>\d+))", "(?P<logical>.+)", false, 0},
                                       {R"(ne_(?P<tenant>\d+))", "(?P<logical>orders)", false, 0}});
  EXPECT_EQ(planned(source, {{"ne_1", "orders"}}).idle_rules, std::vector<int>{11});
}

TEST(Plan, TheSpellingThatMostTablesUseWins) {
  ShardPlan plan = planned(by_database(),
                           {{"ne_1", "Orders"}, {"ne_2", "orders"}, {"ne_3", "orders"}, {"ne_4", "ORDERS"}});
  EXPECT_EQ(told(plan), "orders: 1 2 3 4");
  EXPECT_TRUE(plan.collisions.empty());
  EXPECT_EQ(told(planned(by_database(), {{"ne_1", "Orders"}, {"ne_2", "orders"}, {"ne_3", "Orders"}})),
            "Orders: 1 2 3");
}

TEST(Plan, TheSamePlanWhateverTheOrderOfTheList) {
  std::vector<ListedTable> listed = {{"ne_1", "Orders"}, {"ne_2", "orders"}, {"ne_3", "shops"}};
  std::string expected = told(planned(by_database(), listed));
  std::reverse(listed.begin(), listed.end());
  EXPECT_EQ(told(planned(by_database(), listed)), expected);
}

TEST(Plan, TwoTablesOfOneTenantThatDifferByCaseCollide) {
  ShardPlan plan = planned(by_database(), {{"ne_1", "Orders"}, {"ne_1", "orders"}, {"ne_2", "orders"}});
  EXPECT_EQ(told(plan), "orders: 1 2");
  ASSERT_EQ(plan.collisions.size(), 1u);
  EXPECT_EQ(plan.listed[plan.collisions[0].listed].table, "Orders");  // the rarer spelling yields
  EXPECT_EQ(plan.collisions[0].with, "ne_1.orders");
  EXPECT_EQ(plan.collisions[0].tenant, "1");
  EXPECT_EQ(plan.tables(), 2);
}

TEST(Plan, TablesThatARuleMakesOneCollideAndTheFirstKeepsThePlace) {
  config::Source source = source_with({{R"((?:a|b)_(?P<tenant>\d+))", "(?P<logical>.+)", false, 0}});
  ShardPlan plan = planned(source, {{"a_1", "orders"}, {"b_1", "orders"}});
  ASSERT_EQ(plan.collisions.size(), 1u);
  EXPECT_EQ(plan.listed[plan.collisions[0].listed].database, "b_1");
  EXPECT_EQ(plan.collisions[0].with, "a_1.orders");
}

TEST(Plan, NamesThatBeginWithAnUnderscoreAreReserved) {
  ShardPlan plan =
      planned(by_database(), {{"ne_1", "_quarantine"}, {"ne_1", "orders"}, {"ne_2", "_Quarantine"}});
  EXPECT_EQ(told(plan), "orders: 1");
  ASSERT_EQ(plan.collisions.size(), 2u);
  EXPECT_NE(plan.collisions[0].with.find("reserved"), std::string::npos);
}

/// A plan of `counts[i]` tables in logical table number i; estimates by listed position.
ShardPlan plan_of(std::vector<size_t> counts, const std::map<size_t, int64_t>& estimates = {}) {
  ShardPlan plan;
  for (size_t l = 0; l < counts.size(); ++l) {
    LogicalPlan& logical = plan.logicals.emplace_back();
    logical.name = "table" + std::to_string(l);
    for (size_t t = 0; t < counts[l]; ++t) {
      auto estimate = estimates.find(plan.listed.size());
      logical.tables.push_back({plan.listed.size(), std::to_string(t)});
      plan.listed.push_back(
          {"d" + std::to_string(t), logical.name, estimate == estimates.end() ? -1 : estimate->second});
    }
  }
  return plan;
}
bool nothing_done(const ListedTable&) {
  return false;
}
/// Every table of the plan stands in exactly one part.
void expect_all_once(const ShardPlan& plan, const std::vector<Part>& parts) {
  std::map<std::pair<size_t, size_t>, int> seen;
  for (const Part& part : parts) {
    EXPECT_FALSE(part.tables.empty());
    for (size_t table : part.tables) ++seen[{part.logical, table}];
  }
  EXPECT_EQ(static_cast<int64_t>(seen.size()), plan.tables());
  for (const auto& [place, times] : seen) EXPECT_EQ(times, 1) << place.first << " " << place.second;
}

TEST(Parts, AreCutAtTheLimitAndNeverHoldTwoLogicalTables) {
  ShardPlan plan = plan_of({25, 1, 10});
  std::vector<Part> parts = plan_parts(plan, 10, nothing_done);
  expect_all_once(plan, parts);
  std::map<size_t, std::vector<size_t>> sizes;
  for (const Part& part : parts) sizes[part.logical].push_back(part.tables.size());
  EXPECT_EQ(sizes[0], (std::vector<size_t>{10, 10, 5}));
  EXPECT_EQ(sizes[1], (std::vector<size_t>{1}));
  EXPECT_EQ(sizes[2], (std::vector<size_t>{10}));
}

TEST(Parts, BigTablesStandAloneAndFirstTheBiggestBeforeTheOthers) {
  ShardPlan plan = plan_of({5, 3}, {{1, range_rows + 1}, {6, 9 * range_rows}, {2, range_rows}, {0, 400}});
  std::vector<Part> parts = plan_parts(plan, 100, nothing_done);
  expect_all_once(plan, parts);
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts[0].rows_estimate, 9 * range_rows);
  EXPECT_EQ(parts[0].tables.size(), 1u);
  EXPECT_EQ(parts[0].logical, 1u);
  EXPECT_EQ(parts[1].rows_estimate, range_rows + 1);
  EXPECT_EQ(parts[1].tables, std::vector<size_t>{1});
  EXPECT_EQ(parts[2].rows_estimate, range_rows + 400);  // unknown estimates count nothing
  EXPECT_EQ(parts[2].tables, (std::vector<size_t>{0, 2, 3, 4}));
  EXPECT_EQ(parts[3].logical, 1u);
}

TEST(Parts, WhatIsDoneIsLeftOut) {
  ShardPlan plan = plan_of({4, 2}, {{3, 5 * range_rows}});
  std::vector<Part> parts = plan_parts(plan, 2, [](const ListedTable& table) {
    return table.table == "table1" || table.database == "d0" || table.database == "d3";
  });
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].logical, 0u);
  EXPECT_EQ(parts[0].tables, (std::vector<size_t>{1, 2}));
  EXPECT_TRUE(plan_parts(plan, 2, [](const ListedTable&) { return true; }).empty());
}

}  // namespace
}  // namespace suikei::collect
