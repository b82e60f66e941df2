#include "build/parse.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace suikei::build {
namespace {

/// What became of each statement: the alias of its first column, or its error.
std::vector<std::string> first_aliases(const std::vector<std::string>& statements, size_t threads) {
  std::shared_ptr<engine::Engine> engine = MUST(engine::Engine::open({}));
  std::vector<std::string> aliases;
  TakeTree take = [&](size_t statement, Result<const SyntaxTree*> tree) -> Result<> {
    EXPECT_EQ(statement, aliases.size());
    if (!tree.ok()) {
      EXPECT_EQ(tree.error().kind, ErrorKind::config);
      aliases.push_back("error: " + tree.error().message);
      return ok();
    }
    TreeNode node = tree.value()->root()["statements"].at(0)["node"];
    aliases.emplace_back(node["select_list"].at(0).text("alias"));
    return ok();
  };
  MUST(parse_statements(*engine, statements, take, threads));
  return aliases;
}

TEST(ParseStatements, GivesTreesInTheOrderOfTheStatements) {
  std::vector<std::string> statements, wanted;
  for (int i = 0; i < 5000; ++i) {
    wanted.push_back(fmt::format("c{}", i));
    statements.push_back(fmt::format("SELECT '{}' AS c{}", std::string(static_cast<size_t>(i % 97), 'x'), i));
  }
  EXPECT_EQ(first_aliases(statements, 1), wanted);
  EXPECT_EQ(first_aliases(statements, 3), wanted);
  EXPECT_TRUE(first_aliases({}, 2).empty());
}

TEST(ParseStatements, OneThatIsNoneDoesNotDisturbTheOthers) {
  std::vector<std::string> aliases = first_aliases(
      {"SELECT 1 AS a", "SELECT\n\nFROM WHERE", "SELECT '\xff' AS b", std::string("SELECT 1\0 AS c", 14),
       "INSERT INTO t SELECT 1", "SELECT '改行\n\t\"引用''\\' AS \"d\\\n\x01\""},
      1);
  ASSERT_EQ(aliases.size(), 6u);
  EXPECT_EQ(aliases[0], "a");
  EXPECT_TRUE(starts_with(aliases[1], "error: syntax error")) << aliases[1];
  EXPECT_NE(aliases[1].find("line 3"), std::string::npos) << aliases[1];
  EXPECT_EQ(aliases[2], "error: not UTF-8 text");
  EXPECT_EQ(aliases[3], "error: not UTF-8 text");
  EXPECT_TRUE(starts_with(aliases[4], "error: not one SELECT"));
  EXPECT_EQ(aliases[5], "d\\\n\x01");
}

TEST(ParseStatements, EndsWithTheErrorOfWhoTakesTheTrees) {
  std::shared_ptr<engine::Engine> engine = MUST(engine::Engine::open({}));
  int taken = 0;
  TakeTree take = [&](size_t, const Result<const SyntaxTree*>&) -> Result<> {
    if (++taken == 2) return Error{ErrorKind::cancelled, "enough", ""};
    return ok();
  };
  Result<> parsed = parse_statements(*engine, std::vector<std::string>(9, "SELECT 1"), take, 2);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(taken, 2);
}

TEST(SyntaxTree, ReadsWhatJsonCanSay) {
  SyntaxTree tree;
  std::string text =
      R"( {"a": [1, -2.5e3, true, null, "x\"\\\/\b\f\n\r\t\u00e9\u6c34\ud83c\udf0a"], "b": {}, "c": []} )";
  MUST(tree.read(text));
  TreeNode root = tree.root();
  EXPECT_EQ(root["a"].size(), 5u);
  EXPECT_EQ(root["a"].at(1).text(), "-2.5e3");
  EXPECT_EQ(root["a"].at(2).text(), "true");
  EXPECT_EQ(root["a"].at(4).text(), "x\"\\/\b\f\n\r\té水🌊");
  EXPECT_TRUE(root["b"].empty() && root["b"].is_object() && root["c"].is_list());
  EXPECT_FALSE(root["d"]["e"].at(3));
  EXPECT_EQ(root["d"].text("e"), "");
}

TEST(SyntaxTree, RefusesWhatIsNoTree) {
  SyntaxTree tree;
  for (const char* text : {"", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "\"x", "\"\\u12\"", "\"\\ud800\"",
                           "\"\\q\"", "[1]]", "hello"}) {
    EXPECT_EQ(tree.read(text).error().kind, ErrorKind::corrupt) << text;
  }
  std::string deep(tree_depth_max + 2, '[');
  EXPECT_EQ(tree.read(deep).error().kind, ErrorKind::rejected);
}

}  // namespace
}  // namespace suikei::build
