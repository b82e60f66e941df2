// suikei collect: every table of every shard lands in the lake, proven.
#include "collect/collect.h"

#include <memory>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/collecting.h"

namespace suikei::cli {
namespace {

struct Flags {
  std::string source, verify;
  collect::Options options;
  bool plan = false, json = false;
};

/// "5%" or "5".
Result<double> percent_of(std::string text) {
  if (text.empty()) return 0.0;
  std::string number = text.back() == '%' ? text.substr(0, text.size() - 1) : text;
  char* end = nullptr;
  double value = std::strtod(number.c_str(), &end);
  if (!number.empty() && *end == 0 && value >= 0 && value <= 100) return value;
  return Error{ErrorKind::usage, fmt::format("`{}` is no share of the tables", text),
               "for example --verify 5%"};
}

Result<int> run_collect(Flags& flags, const Global& global) {
  flags.options.verify_percent = TRY(percent_of(flags.verify));
  config::Project project = TRY(open_project(global));
  const config::Source* source = TRY(project.find_source(flags.source));
  if (flags.plan) {
    Json plan = TRY(collect::plan_collect(project, *source, flags.options));
    fmt::print("{}\n", flags.json ? plan.dump() : outline(plan));
    return exit_done;
  }
  return do_collecting(collect::collect, project, *source, flags.options, flags.json, global);
}

}  // namespace

void add_collect(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("collect", "read every table of a source, and publish it in the lake");
  command->footer(
      "  suikei collect                          every shard; resumes today's run if it did not end\n"
      "  suikei collect --shard s07 --stage-only a worker; `suikei publish` follows when all are done");
  command->add_option("source", flags->source, "the source (may be left out where there is only one)");
  command->add_option("--shard", flags->options.shards, "this shard only; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);  // or it would swallow the source behind it
  command->add_flag("--stage-only", flags->options.stage_only, "leave publishing to `suikei publish`");
  command->add_flag("--fresh", flags->options.fresh, "start the day's run over instead of resuming it");
  command->add_flag("--accept-vanished", flags->options.accept_vanished,
                    "let the rows of tables that are gone leave the lake");
  command
      ->add_option("--verify", flags->verify,
                   "recompute checksums from the lake and read this share of the tables again")
      ->type_name("N%");
  command->add_flag("--plan", flags->plan, "show what would be read; change nothing");
  command->add_flag("--json", flags->json, "the result as JSON, on one line");
  command->callback([&action, flags] {
    action = [flags](const Global& global) {
      Result<int> done = run_collect(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
