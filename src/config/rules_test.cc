#include <gtest/gtest.h>

#include <chrono>

#include "base/text.h"
#include "config/config.h"

namespace suikei::config {
namespace {

TEST(RuleMatcher, FindsTenantAndLogicalTable) {
  RuleMatcher matcher = MUST(RuleMatcher::compile({{"ne_(?P<tenant>\\d+)", "(?P<logical>.+)"}}));
  RuleMatch found = matcher.match("ne_00042", "orders");
  EXPECT_TRUE(found.wanted());
  EXPECT_EQ(found.rule, 0);
  EXPECT_EQ(found.tenant, "00042");
  EXPECT_EQ(found.logical, "orders");
  EXPECT_FALSE(matcher.match("ne_00042x", "orders").matched());
  EXPECT_FALSE(matcher.match("xne_00042", "orders").matched());
}

TEST(RuleMatcher, TheFirstRuleThatMatchesWins) {
  RuleMatcher matcher = MUST(RuleMatcher::compile({{"ne_(?P<tenant>\\d+)", "tmp_.*", true},
                                                   {"ne_(?P<tenant>\\d+)", "(?P<logical>.+)"},
                                                   {"ne_.*", "(?P<logical>.+)"}}));
  EXPECT_TRUE(matcher.match("ne_1", "tmp_x").skip);
  EXPECT_FALSE(matcher.match("ne_1", "tmp_x").wanted());
  EXPECT_EQ(matcher.match("ne_1", "orders").rule, 1);
  RuleMatch shared = matcher.match("ne_shared", "orders");
  EXPECT_EQ(shared.rule, 2);
  EXPECT_EQ(shared.tenant, "");
}

TEST(RuleMatcher, CatchesInEitherName) {
  RuleMatcher matcher = MUST(RuleMatcher::compile(
      {{"(?P<logical>[a-z]+)_db", "t(?P<tenant>\\d+)"}, {"shop", "(?P<logical>[a-z]+)_(?P<tenant>\\d+)"}}));
  EXPECT_EQ(matcher.match("orders_db", "t7").logical, "orders");
  EXPECT_EQ(matcher.match("orders_db", "t7").tenant, "7");
  EXPECT_EQ(matcher.match("shop", "orders_7").logical, "orders");
  EXPECT_EQ(matcher.match("shop", "orders_7").tenant, "7");
}

TEST(RuleMatcher, ARuleThatCatchesNoLogicalNameDoesNotMatch) {
  RuleMatcher matcher = MUST(RuleMatcher::compile({{"db", "t_(?P<logical>.*)"}, {"db", "(?P<logical>.+)"}}));
  EXPECT_EQ(matcher.match("db", "t_").rule, 1);
  EXPECT_EQ(matcher.match("db", "t_x").logical, "x");
}

TEST(RuleMatcher, WhatOneRuleCaughtIsNotLeftForTheNext) {
  RuleMatcher matcher =
      MUST(RuleMatcher::compile({{"(?P<tenant>.*)", "a(?P<logical>.*)"}, {"x", "(?P<logical>b)"}}));
  RuleMatch match;
  matcher.match("x", "aa", match);
  EXPECT_EQ(match.tenant, "x");
  matcher.match("x", "b", match);
  EXPECT_EQ(match.tenant, "");
  matcher.match("x", "zzz", match);
  EXPECT_FALSE(match.matched());
  EXPECT_EQ(match.logical, "");
}

TEST(RuleMatcher, MatchesMoreThanAscii) {
  RuleMatcher matcher = MUST(RuleMatcher::compile({{"店舗(?P<tenant>.)", "(?P<logical>.+)"}}));
  EXPECT_EQ(matcher.match("店舗東", "受注").tenant, "東");
  EXPECT_EQ(matcher.match("店舗東", "受注").logical, "受注");
}

TEST(RuleMatcher, AnImpossibleRuleNamesItsLine) {
  auto refuses = [](TableRule rule) {
    rule.line = 12;
    Result<RuleMatcher> result = RuleMatcher::compile({rule});
    return !result.ok() && result.error().kind == ErrorKind::config &&
           starts_with(result.error().message, "suikei.yaml:12: ");
  };
  EXPECT_TRUE(refuses({"(", "(?P<logical>.+)"}));
  EXPECT_TRUE(refuses({"a", "(?P<logical>.+"}));
  EXPECT_TRUE(refuses({"a", "(?P<shop>.+)"}));
  EXPECT_TRUE(refuses({"a", "b"}));
  EXPECT_TRUE(refuses({"(?P<tenant>a)", "(?P<tenant>b)(?P<logical>.+)"}));
  EXPECT_TRUE(refuses({"(?P<logical>a)", "(?P<logical>.+)"}));
  EXPECT_TRUE(refuses({"a(?!b)", "(?P<logical>.+)"}));
  EXPECT_FALSE(refuses({"a", "b", true}));
}

TEST(RuleMatcher, IsFastOnAWholeShard) {
  RuleMatcher matcher = MUST(RuleMatcher::compile(
      {{"ne_(?P<tenant>\\d+)", "tmp_.*", true}, {"ne_(?P<tenant>\\d+)", "(?P<logical>.+)"}}));
  std::vector<std::string> tables;
  for (int i = 0; i < 60; ++i) tables.push_back(fmt::format("some_table_{:03}", i));
  auto start = std::chrono::steady_clock::now();
  int64_t wanted = 0;
  RuleMatch match;
  for (int tenant = 0; tenant < 2000; ++tenant) {
    std::string database = fmt::format("ne_{:05}", tenant);
    for (const std::string& table : tables) {
      matcher.match(database, table, match);
      wanted += match.wanted();
    }
  }
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(wanted, 120'000);
  RecordProperty("seconds", std::to_string(seconds.count()));
  if (std::getenv("SUIKEI_SHOW_TIMES")) fmt::print("matched 120,000 tables in {:.3f} s\n", seconds.count());
}

}  // namespace
}  // namespace suikei::config
