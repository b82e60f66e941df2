// suikei sql: a query of the lake.
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/terminal.h"

namespace suikei::cli {
namespace {

constexpr int64_t table_rows_max = 1000;  // more than that is not for reading on a screen
constexpr int cell_width_max = 80;

struct Flags {
  std::string query, format = "table";
  int64_t limit = -1;  ///< not given
  bool write = false;
};

Result<std::string> read_query(const Flags& flags) {
  std::string query = flags.query;
  if (query.empty() || query == "-") {
    if (is_terminal(STDIN_FILENO) && query.empty()) {
      return Error{ErrorKind::usage, "there is no query",
                   "suikei sql \"select …\", or the query on standard input"};
    }
    query.clear();
    char buffer[65536];
    while (size_t got = std::fread(buffer, 1, sizeof buffer, stdin)) query.append(buffer, got);
  }
  if (!trim(query).empty()) return query;
  return Error{ErrorKind::usage, "the query is empty", ""};
}

Result<int> run_sql(const Flags& flags, const Global& global) {
  AnswerFormat format = TRY(answer_format_named(flags.format));
  std::string query = TRY(read_query(flags));
  config::Project project = TRY(open_project(global));
  lakes::LakeAccess access = flags.write ? lakes::LakeAccess::write : lakes::LakeAccess::read;
  std::unique_ptr<lakes::Lake> lake = TRY(lakes::open_lake(lake_options(project), access));
  int64_t limit = flags.limit >= 0 ? flags.limit : format == AnswerFormat::table ? table_rows_max : 0;
  table::Rows rows =
      TRY(lake->query(query, limit > 0 ? limit + 1 : 0));  // one more tells whether there are more
  bool cut = limit > 0 && static_cast<int64_t>(rows.rows.size()) > limit;
  if (cut) rows.rows.resize(static_cast<size_t>(limit));
  std::string text;
  switch (format) {
    case AnswerFormat::table:
      text = render_table(rows, is_terminal(STDOUT_FILENO) ? cell_width_max : 0);
      break;
    case AnswerFormat::csv:
      text = render_csv(rows);
      break;
    case AnswerFormat::json:
      text = render_json(rows);
      break;
  }
  if (!rows.names.empty()) std::fwrite(text.data(), 1, text.size(), stdout);
  if (cut && !global.quiet) {
    std::fflush(stdout);
    fmt::print(stderr, "the first {}; --limit 0 shows all\n", counted(limit, "row"));
  }
  return exit_done;
}

}  // namespace

void add_sql(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("sql", "query the lake");
  command->footer(
      "  suikei sql \"select _shard, count(*) from lake_mf.orders group by all\"\n"
      "  suikei sql --format csv < report.sql > report.csv");
  command->add_option("query", flags->query, "SQL; left out or -: from standard input");
  command->add_option("--format", flags->format, "table, csv or json (table)")->type_name("NAME");
  command->add_option("--limit", flags->limit, "rows at most, 0: all (a table: 1,000; else all)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--write", flags->write, "allow statements that change the lake");
  command->callback([&action, flags] {
    action = [flags](const Global& global) {
      Result<int> done = run_sql(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
