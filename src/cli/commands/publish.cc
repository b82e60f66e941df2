// suikei publish: what workers have staged becomes part of the lake.
#include <memory>

#include "cli/cli.h"
#include "cli/collecting.h"

namespace suikei::cli {
namespace {

struct Flags {
  std::string source;
  collect::Options options;
  bool json = false;
};

Result<int> run_publish(Flags& flags, const Global& global) {
  config::Project project = TRY(open_project(global));
  const config::Source* source = TRY(project.find_source(flags.source));
  return do_collecting(collect::publish, project, *source, flags.options, flags.json, global);
}

}  // namespace

void add_publish(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("publish", "take what `collect --stage-only` has staged into the lake");
  command->footer(
      "  suikei publish          everything that lies staged\n"
      "  suikei publish mf --accept-vanished");
  command->add_option("source", flags->source, "the source (may be left out where there is only one)");
  command->add_flag("--accept-vanished", flags->options.accept_vanished,
                    "let the rows of tables that are gone leave the lake");
  command->add_flag("--json", flags->json, "the result as JSON, on one line");
  command->callback([&action, flags] {
    action = [flags](const Global& global) {
      Result<int> done = run_publish(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
