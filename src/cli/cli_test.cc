#include "cli/cli.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/collecting.h"
#include "cli/propose.h"
#include "cli/terminal.h"
#include "io/files.h"

namespace suikei::cli {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ExitCode, OneTableForAllKinds) {
  EXPECT_EQ(exit_code(ErrorKind::usage), 2);
  EXPECT_EQ(exit_code(ErrorKind::config), 2);
  EXPECT_EQ(exit_code(ErrorKind::unavailable), 3);
  EXPECT_EQ(exit_code(ErrorKind::cancelled), 130);
  for (ErrorKind other : {ErrorKind::not_found, ErrorKind::denied, ErrorKind::rejected, ErrorKind::corrupt}) {
    EXPECT_EQ(exit_code(other), 1);
  }
}

/// Runs the program's parser on words.
int run_words(std::vector<std::string> words) {
  words.insert(words.begin(), "suikei");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  int code = run(static_cast<int>(argv.size()), argv.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return code;
}

TEST(CommandLine, AWrongWordIsUsage) {
  EXPECT_EQ(run_words({}), 2);
  EXPECT_EQ(run_words({"colect"}), 2);
  EXPECT_EQ(run_words({"--project", "x", "statsu"}), 2);
  EXPECT_EQ(run_words({"status", "--no-such-flag"}), 2);
  EXPECT_EQ(run_words({"sql", "--limit", "-1", "select 1"}), 2);
  EXPECT_EQ(run_words({"sql", "--format", "xml", "select 1"}), 2);
  EXPECT_EQ(run_words({"collect", "--verify", "much"}), 2);
  EXPECT_EQ(run_words({"collect", "--project", "/no/such/folder"}), 2);
}

TEST(CommandLine, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(run_words({"--help"}), 0);
  EXPECT_EQ(run_words({"--version"}), 0);
  EXPECT_EQ(run_words({"collect", "--help"}), 0);
  EXPECT_EQ(run_words({"lab", "up", "--help"}), 0);
}

TEST(CommandLine, AFlagThatMayBeRepeatedLeavesTheSourceAlone) {
  Global global;
  Action action;
  CLI::App app;
  set_up(app, global, action);
  app.parse("collect --shard s01 --shard s02 mf", false);
  EXPECT_EQ(app.get_subcommand("collect")->get_option("source")->as<std::string>(), "mf");
  EXPECT_EQ(app.get_subcommand("collect")->get_option("--shard")->results().size(), 2u);
}

TEST(CommandLine, EveryCommandBeginsItsHelpWithTwoExamples) {
  Global global;
  Action action;
  CLI::App app;
  set_up(app, global, action);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty() ||
        !command->get_subcommands([](const CLI::App*) { return true; }).empty()) {
      continue;
    }
    std::vector<std::string> lines = split(command->help(), '\n');
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(starts_with(lines.at(i), "  suikei " + command->get_name()))
          << command->get_name() << ": " << lines[i];
    }
  }
}

table::Rows sample() {
  table::Rows rows;
  rows.names = {"shop", "n", "price", "ok", "big", "ratio"};
  rows.types = {"VARCHAR", "BIGINT", "DECIMAL(20,2)", "BOOLEAN", "HUGEINT", "DOUBLE"};
  rows.rows = {{"東京", "42", "1.50", "true", "9007199254740993", "0.5"},
               {std::nullopt, "-7", "10.00", "false", "12", "nan"},
               {"a,\"b\"\nc", std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt}};
  return rows;
}

TEST(Answer, ATableIsAlignedByDisplayWidth) {
  EXPECT_EQ(render_table(sample(), 0),
            "shop         n  price  ok                  big  ratio\n"
            "────────  ────  ─────  ─────  ────────────────  ─────\n"
            "東京        42   1.50  true   9007199254740993    0.5\n"
            "NULL        -7  10.00  false                12    nan\n"
            "a,\"b\"\\nc  NULL   NULL  NULL               NULL   NULL\n");
}

TEST(Answer, LongCellsAreCutOnlyWhenAskedTo) {
  table::Rows rows{{"memo"}, {"VARCHAR"}, {{"日本語の長いメモ"}}};
  EXPECT_TRUE(holds(render_table(rows, 0), "日本語の長いメモ"));
  EXPECT_TRUE(holds(render_table(rows, 7), "\n日本語…\n"));
}

TEST(Answer, CsvFollowsRfc4180) {
  table::Rows rows{{"a", "b,c"}, {"VARCHAR", "VARCHAR"}, {{"x", std::nullopt}, {"", "say \"hi\"\n"}}};
  EXPECT_EQ(render_csv(rows), "a,\"b,c\"\r\nx,\r\n\"\",\"say \"\"hi\"\"\n\"\r\n");
}

TEST(Answer, JsonKeepsTypesThatSurviveIt) {
  Json json = MUST(parse_json(render_json(sample())));
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[0]["shop"], "東京");
  EXPECT_EQ(json[0]["n"], 42);
  EXPECT_EQ(json[0]["price"], "1.50");
  EXPECT_EQ(json[0]["ok"], true);
  EXPECT_EQ(json[0]["big"], "9007199254740993");
  EXPECT_EQ(json[0]["ratio"], 0.5);
  EXPECT_TRUE(json[1]["shop"].is_null());
  EXPECT_EQ(json[1]["big"], 12);
  EXPECT_EQ(json[1]["ratio"], "nan");
  EXPECT_EQ(MUST(parse_json(render_json({{"a"}, {"BIGINT"}, {}}))), Json::array());
}

TEST(Answer, JsonColumnsOfOneNameAreAllThere) {
  Json json = MUST(parse_json(render_json({{"a", "a"}, {"BIGINT", "BIGINT"}, {{"1", "2"}}})));
  EXPECT_EQ(json[0]["a"], 1);
  EXPECT_EQ(json[0]["a_2"], 2);
}

std::vector<NamedTable> tables_of(const std::vector<std::string>& databases,
                                  const std::vector<std::string>& tables) {
  std::vector<NamedTable> all;
  for (const std::string& database : databases) {
    for (const std::string& table : tables) all.push_back({database, table});
  }
  return all;
}
std::vector<std::string> patterns(const std::vector<config::TableRule>& rules) {
  std::vector<std::string> texts;
  for (const config::TableRule& rule : rules) texts.push_back(rule.database + " . " + rule.table);
  return texts;
}

TEST(Propose, NumberedDatabasesAreTenants) {
  auto rules = propose_rules(tables_of({"ne_00001", "ne_00002", "ne_00007"}, {"orders", "stock"}));
  EXPECT_EQ(patterns(rules), (std::vector<std::string>{"ne_(?P<tenant>\\d+) . (?P<logical>.+)"}));
}

TEST(Propose, AConstantNumberStaysWhatItIs) {
  auto rules = propose_rules(tables_of({"v2_shop.1", "v2_shop.2"}, {"orders"}));
  EXPECT_EQ(patterns(rules), (std::vector<std::string>{"v2_shop\\.(?P<tenant>\\d+) . (?P<logical>.+)"}));
}

TEST(Propose, NamedDatabasesWithTheSameTablesAreTenants) {
  auto rules = propose_rules(tables_of({"shop_tokyo", "shop_osaka", "shop_nara"}, {"orders", "stock"}));
  EXPECT_EQ(patterns(rules), (std::vector<std::string>{"shop_(?P<tenant>.+) . (?P<logical>.+)"}));
}

TEST(Propose, TablesMayCarryTheTenant) {
  auto rules = propose_rules(
      tables_of({"app"}, {"orders_1", "orders_2", "orders_3", "stock_1", "stock_2", "stock_3"}));
  EXPECT_EQ(patterns(rules), (std::vector<std::string>{"app . (?P<logical>.+)_(?P<tenant>\\d+)"}));
  rules = propose_rules(tables_of({"app"}, {"1_orders", "2_orders", "3_orders", "plans"}));
  EXPECT_EQ(patterns(rules),
            (std::vector<std::string>{"app . (?P<tenant>\\d+)_(?P<logical>.+)", "app . (?P<logical>.+)"}));
}

TEST(Propose, ADatabaseOfItsOwnHasNoTenant) {
  auto rules = propose_rules(tables_of({"platform"}, {"plans", "prices"}));
  EXPECT_EQ(patterns(rules), (std::vector<std::string>{"platform . (?P<logical>.+)"}));
}

TEST(Propose, WhatIsProposedMatchesEverything) {
  std::vector<NamedTable> tables =
      tables_of({"ne_1", "ne_2", "platform", "shop_a", "shop_b", "shop_c"}, {"x", "_y"});
  auto rules = propose_rules(tables);
  Yield yield = MUST(try_rules(rules, tables));
  EXPECT_EQ(yield.unmatched, 0);
  int64_t taken = 0;
  for (const RuleYield& rule : yield.rules) {
    EXPECT_GT(rule.tables, 0);
    taken += rule.tables;
  }
  EXPECT_EQ(taken, 12);
  EXPECT_TRUE(rules[0].skip);  // names that begin with _ are the lake's own
}

collect::ShardProgress progress_of(const std::string& name, int64_t done, int64_t failed) {
  collect::ShardProgress shard;
  shard.shard = name;
  shard.tables_total = 119'963;
  shard.tables_done = done;
  shard.tables_failed = failed;
  shard.rows = done * 20;
  shard.seconds = 10;
  shard.phase = "reading";
  return shard;
}

TEST(Progress, ABarIsAsLongAsItsShare) {
  EXPECT_EQ(render_bar(0, 4), "▕    ▏");
  EXPECT_EQ(render_bar(1, 4), "▕████▏");
  EXPECT_EQ(render_bar(0.5, 4), "▕██  ▏");
  EXPECT_EQ(render_bar(0.53125, 4), "▕██▏ ▏");
  EXPECT_EQ(render_bar(7, 2), "▕██▏");
  EXPECT_EQ(display_width(render_bar(0.3, 20)), 22);
}

TEST(Progress, ALinePerShardInColumns) {
  std::vector<std::string> lines =
      render_progress({progress_of("s01", 91'204, 2), progress_of("s02", 7'330, 0)}, 120, 10);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(
      lines[0],
      "s01  ▕███████████████▏    ▏  91,204 / 119,963 tables     1.8 M rows   9,120 tables/s   2 failed   "
      "3.2 s left");
  EXPECT_EQ(
      lines[1],
      "s02  ▕█▏                  ▏   7,330 / 119,963 tables   146,600 rows     733 tables/s   0 failed   "
      "2 m 34 s left");
}

TEST(Progress, NeverWiderOrHigherThanTheTerminal) {
  std::vector<collect::ShardProgress> shards;
  for (int i = 0; i < 24; ++i) shards.push_back(progress_of(fmt::format("s{:02}", i), 1000 * i, i));
  for (int columns : {10, 30, 50, 70, 90, 110}) {
    for (const std::string& line : render_progress(shards, columns, 50))
      EXPECT_LE(display_width(line), columns);
  }
  std::vector<std::string> lines = render_progress(shards, 120, 6);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[5], "… and 19 more shards");
}

TEST(Progress, AShardThatHasNotBeenListedSaysItsPhase) {
  collect::ShardProgress shard;
  shard.shard = "s01";
  shard.phase = "connecting";
  EXPECT_TRUE(holds(render_progress({shard}, 120, 5)[0], "connecting"));
}

TEST(Progress, APlainLineSumsUpAllShards) {
  EXPECT_EQ(render_plain_progress({progress_of("s01", 60'000, 1), progress_of("s02", 50'000, 1)}),
            "2 shards running: 110,000 / 239,926 tables, 2.2 M rows, 11,000 tables/s, 2 failed");
}

TEST(Outline, ShowsAPlanAsLines) {
  EXPECT_EQ(
      outline(
          {{"tables", 1200}, {"shards", {{{"name", "s01"}}}}, {"idle", Json::array()}, {"x", {"a", "b"}}}),
      "tables: 1,200\nshards\n  -\n    name: s01\nidle: none\nx: a, b\n");
}

/// The generated pages lie in the checkout above the folder in which tests run.
TEST(Reference, GeneratedPagesAreThoseOfThisProgram) {
  namespace fs = std::filesystem;
  fs::path root = fs::current_path();
  while (root != root.parent_path() && !fs::exists(root / "docs/reference")) root = root.parent_path();
  if (!fs::exists(root / "docs/reference")) GTEST_SKIP() << "not run inside a checkout";
  const char* update = std::getenv("SUIKEI_UPDATE");
  for (const auto& [name, page] :
       {std::pair<std::string, std::string>("project.md", config::reference_page()),
        std::pair<std::string, std::string>("commands.md", commands_page())}) {
    fs::path file = root / "docs/reference" / name;
    if (update && *update) MUST(io::write_file_atomically(file, page));
    EXPECT_EQ(MUST(io::read_file(file)), page) << name << ": ./dev test --update Reference writes it anew";
  }
}

}  // namespace
}  // namespace suikei::cli
