#include "build/lineage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "build/flow.h"
#include "build/parse.h"
#include "engine/engine.h"
#include "io/files.h"

namespace suikei::build {
namespace {
namespace fs = std::filesystem;

/// A truth: what a person found out about a statement, as lines of text.
///   column <- inputs      column ~ inputs behind a keyed hash      where inputs of conditions
///   reads relations       unresolved names                         error message
struct Case {
  std::string name, sql, expected;
};

struct Cases {
  fs::path file;
  std::string head;  // comments and the tables
  std::string tables;
  std::vector<Case> cases;
};

constexpr std::string_view case_mark = "=== ", answer_mark = "---";

Cases read_cases() {
  Cases cases;
  fs::path root = fs::current_path();
  while (root != root.parent_path() && !fs::exists(root / "src/build/lineage_cases.txt")) {
    root = root.parent_path();
  }
  cases.file = root / "src/build/lineage_cases.txt";
  if (!fs::exists(cases.file)) return cases;
  std::string* into = &cases.head;
  for (const std::string& line : split(MUST(io::read_file(cases.file)), '\n')) {
    if (starts_with(line, case_mark)) {
      cases.cases.push_back({line.substr(case_mark.size()), "", ""});
      into = &cases.cases.back().sql;
    } else if (line == answer_mark && !cases.cases.empty()) {
      into = &cases.cases.back().expected;
    } else {
      *into += line + "\n";
      if (cases.cases.empty() && !starts_with(line, "#")) cases.tables += line + "\n";
    }
  }
  for (Case& one : cases.cases) one.expected = std::string(trim(one.expected));
  return cases;
}

std::string text_of(const ColumnRefs& refs) {
  std::vector<std::string> texts;
  for (const ColumnRef& ref : refs) texts.push_back(ref.relation + "." + ref.column);
  return join(texts, ", ");
}

std::string text_of(const Result<Lineage>& found) {
  if (!found.ok()) return "error " + found.error().message;
  const Lineage& lineage = found.value();
  std::vector<std::string> lines;
  for (const OutputColumn& column : lineage.columns) {
    std::string name = column.name.empty() ? "(unnamed)" : column.name;
    if (!column.from.empty() || column.masked_from.empty())
      lines.push_back(name + " <- " + text_of(column.from));
    if (!column.masked_from.empty()) lines.push_back(name + " ~ " + text_of(column.masked_from));
  }
  for (std::string& line : lines) line = trim(line);
  if (!lineage.conditions.empty()) lines.push_back("where " + text_of(lineage.conditions));
  lines.push_back(std::string(trim("reads " + join(lineage.relations, ", "))));
  if (!lineage.unresolved.empty()) lines.push_back("unresolved " + join(lineage.unresolved, ", "));
  return join(lines, "\n");
}

/// The engine with the tables of the cases, and their columns; those of the schema `ext` count as not known.
class LineageCases : public testing::Test {
 protected:
  void SetUp() override {
    cases_ = read_cases();
    if (cases_.cases.empty()) GTEST_SKIP() << "not run inside a checkout";
    engine_ = MUST(engine::Engine::open({}));
    connection_.emplace(MUST(engine_->connect()));
    MUST(connection_->run(cases_.tables));
    table::Rows rows = MUST(connection_->query(
        "SELECT if(schema_name = 'main', '', lower(schema_name) || '.') || lower(table_name), column_name, "
        "data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_oid, column_index"));
    for (const table::Row& row : rows.rows) {
      types_[*row[0]].push_back({*row[1], *row[2]});
      if (!starts_with(*row[0], "ext.")) columns_[*row[0]].push_back(*row[1]);
    }
  }

  Result<Lineage> find(const std::string& sql) {
    Result<Lineage> lineage = Error{};
    ColumnsOf columns_of = [&](const std::string& relation) {
      auto found = columns_.find(relation);
      return found == columns_.end() ? nullptr : &found->second;
    };
    MUST(parse_statements(*engine_, {sql}, [&](size_t, Result<const SyntaxTree*> tree) -> Result<> {
      lineage = tree.ok() ? lineage_of(*tree.value(), columns_of) : Result<Lineage>(tree.error());
      return ok();
    }));
    return lineage;
  }

  /// A file, for example: the statement cannot be run.
  bool reads_other_things(const Lineage& lineage) const {
    return std::any_of(lineage.relations.begin(), lineage.relations.end(),
                       [&](const std::string& relation) { return !types_.count(relation); });
  }

  Cases cases_;
  std::shared_ptr<engine::Engine> engine_;
  std::optional<engine::Connection> connection_;
  std::map<std::string, std::vector<std::string>> columns_;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> types_;
};

TEST_F(LineageCases, AreFoundAsAPersonFindsThem) {
  std::string written = cases_.head;
  for (const Case& one : cases_.cases) {
    std::string found = text_of(find(one.sql));
    EXPECT_EQ(found, one.expected) << one.name << "\n" << one.sql;
    written += fmt::format("{}{}\n{}{}\n{}\n\n", case_mark, one.name, one.sql, answer_mark, found);
  }
  written.pop_back();
  const char* update = std::getenv("SUIKEI_UPDATE");
  if (update && *update) MUST(io::write_file_atomically(cases_.file, written));
}

TEST_F(LineageCases, HaveTheNamesThatTheEngineGives) {
  for (const Case& one : cases_.cases) {
    Result<Lineage> lineage = find(one.sql);
    if (!lineage.ok() || !lineage.value().unresolved.empty()) continue;
    if (reads_other_things(lineage.value())) continue;
    Result<> made = connection_->run("CREATE OR REPLACE TEMP TABLE answer AS " + one.sql);
    ASSERT_TRUE(made.ok()) << one.name << ": " << made.error().message;
    table::Rows rows = MUST(connection_->query("FROM answer"));
    bool closed = true;
    for (const OutputColumn& column : lineage.value().columns) closed &= column.name != "*";
    if (!closed) continue;
    ASSERT_EQ(lineage.value().columns.size(), rows.names.size()) << one.name;
    for (size_t i = 0; i < rows.names.size(); ++i) {
      const std::string& name = lineage.value().columns[i].name;
      EXPECT_TRUE(name.empty() || same_name(name, rows.names[i])) << one.name << ": " << name;
    }
  }
}

/// In every second row another value of the same type, as an item of REPLACE.
std::string changed(const std::string& column, const std::string& type) {
  std::string name = engine::quote_name(column), other = "7 + 2 * " + name;
  if (type == "VARCHAR") other = "concat('z', reverse(" + name + "), 7)";
  if (type == "DATE" || type == "TIMESTAMP") other = name + " + INTERVAL 400 DAY";
  if (type == "VARCHAR[]") other = "list_append(list_reverse(" + name + "), 'changed')";
  if (starts_with(type, "STRUCT")) {
    other = fmt::format("{{'zip': concat('9', {0}.zip), 'line': concat('9', {0}.line)}}", name);
  }
  return fmt::format("CASE WHEN rowid % 2 = 0 THEN {0} ELSE {1} END::{2} AS {1}", other, name, type);
}

bool names(const ColumnRefs& refs, const ColumnRef& ref) {
  return std::binary_search(refs.begin(), refs.end(), ref) ||
         std::binary_search(refs.begin(), refs.end(), ColumnRef{ref.relation, "*"});
}

/// In an order of their own: where the engine is free to choose it, it chooses by what tables hold.
std::vector<std::optional<std::string>> values_of(const table::Rows& rows, size_t column) {
  std::vector<std::optional<std::string>> values;
  for (const table::Row& row : rows.rows) values.push_back(row[column]);
  std::sort(values.begin(), values.end());
  return values;
}

/// By position; by name where not all columns were known.
const OutputColumn& output_of(const Lineage& lineage, size_t position, const std::string& name) {
  if (lineage.columns.back().name != "*") return lineage.columns[position];
  for (const OutputColumn& column : lineage.columns) {
    if (same_name(column.name, name)) return column;
  }
  return lineage.columns.back();
}

// The engine is the judge: with other values in all columns that were not named, the output stays as it is.
TEST_F(LineageCases, NameEveryInputToWhichAnOutputReacts) {
  int reactions = 0, outputs = 0;
  for (const Case& one : cases_.cases) {
    Result<Lineage> found = find(one.sql);
    if (!found.ok() || !found.value().unresolved.empty()) continue;
    const Lineage& lineage = found.value();
    if (reads_other_things(lineage)) continue;
    table::Rows before = MUST(connection_->query(one.sql).within(one.name));
    std::map<std::string, table::Rows> answers;  // by what was changed
    auto reacts = [&](size_t position, const std::string& changes) {
      if (changes.empty()) return false;
      if (!answers.count(changes)) {
        MUST(connection_->run("BEGIN"));
        MUST(connection_->run(changes).within(one.name));
        answers[changes] = MUST(connection_->query(one.sql).within(one.name));
        MUST(connection_->run("ROLLBACK"));
      }
      return values_of(answers[changes], position) != values_of(before, position);
    };
    for (size_t i = 0; i < before.names.size(); ++i) {
      const OutputColumn& output = output_of(lineage, i, before.names[i]);
      std::string of_named, of_others;
      for (const std::string& relation : lineage.relations) {
        std::string named, others;
        for (const auto& [column, type] : types_[relation]) {
          ColumnRef ref{relation, lower(column)};
          if (names(lineage.conditions, ref)) continue;
          std::string& changes = names(output.from, ref) || names(output.masked_from, ref) ? named : others;
          changes += (changes.empty() ? "" : ", ") + changed(column, type);
        }
        for (auto [list, into] : {std::pair(&named, &of_named), std::pair(&others, &of_others)}) {
          if (list->empty()) continue;
          *into +=
              fmt::format("CREATE OR REPLACE TABLE {0} AS SELECT * REPLACE ({1}) FROM {0};", relation, *list);
        }
      }
      EXPECT_FALSE(reacts(i, of_others)) << one.name << ": " << before.names[i];
      reactions += reacts(i, of_named);
      ++outputs;
    }
  }
  EXPECT_GT(reactions, outputs / 2);
}

}  // namespace
}  // namespace suikei::build
