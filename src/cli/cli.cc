#include "cli/cli.h"

#include <cstdio>
#include <memory>

#include "base/text.h"

namespace suikei::cli {
namespace {

/// Help begins with the examples, which a command keeps in its footer.
class Help : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    std::string text = app->get_description() + "\n";
    return app->get_footer().empty() ? text : app->get_footer() + "\n\n" + text;
  }
  std::string make_footer(const CLI::App*) const override { return ""; }
};

/// The first word of the command line that should be a command: what follows the flags before it.
std::string first_word(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--project") {
      ++i;
    } else if (word.empty() || word[0] != '-') {
      return word;
    }
  }
  return "";
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

int fail_to_parse(const CLI::App& app, const Global& global, const CLI::ParseError& problem,
                  const std::string& word) {
  if (word.empty()) {
    fmt::print(stderr, "{}", app.help());
    return exit_usage;
  }
  std::vector<std::string> names = command_names(app);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() != word) continue;
    std::string what = problem.what();
    if (!what.empty() && what[0] >= 'A' && what[0] <= 'Z') what[0] = static_cast<char>(what[0] - 'A' + 'a');
    return fail(global, {ErrorKind::usage, what, fmt::format("suikei {} --help shows what it takes", word)});
  }
  std::string near = nearest(word, names);
  return fail(global,
              {ErrorKind::usage, fmt::format("there is no command `{}`", word),
               near.empty() ? "commands: " + join(names, ", ") : fmt::format("did you mean `{}`?", near)});
}

}  // namespace

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::config:
      return exit_usage;
    case ErrorKind::unavailable:
      return exit_unavailable;
    case ErrorKind::cancelled:
      return exit_interrupted;
    default:
      return exit_incomplete;
  }
}

int fail(const Global& global, const Error& error) {
  std::string kind = global.verbose ? fmt::format(" ({})", name_of(error.kind)) : "";
  fmt::print(stderr, "suikei: {}{}\n", error.message, kind);
  if (!error.hint.empty()) fmt::print(stderr, "  → {}\n", error.hint);
  return exit_code(error.kind);
}

Result<config::Project> open_project(const Global& global) {
  std::filesystem::path folder = TRY(config::find_project(global.project_dir));
  return config::load_project(folder);
}

lakes::LakeOptions lake_options(const config::Project& project) {
  lakes::LakeOptions options;
  options.kind = project.lake.kind.empty() ? lakes::lake_kinds().front() : project.lake.kind;
  options.catalog = project.lake.catalog;
  options.data = project.lake.data;
  return options;
}

void set_up(CLI::App& app, Global& global, Action& action) {
  app.description("suikei collects millions of small tables into a lake, and proves that nothing was lost");
  app.footer("  suikei init --host db1 --user reader --password-env DB_PASSWORD\n  suikei collect");
  app.name("suikei");
  app.formatter(std::make_shared<Help>());
  app.set_version_flag("--version", fmt::format("suikei {}", program_version));
  app.add_option("--project", global.project_dir,
                 "folder of suikei.yaml (the nearest one upwards from the working folder)")
      ->type_name("DIR");
  app.add_flag("--quiet,-q", global.quiet, "no progress, no summary; errors only");
  app.add_flag("--verbose,-v", global.verbose, "errors also say their kind");
  app.require_subcommand(1);
  app.fallthrough();  // the flags above may also stand behind the command
  add_all_commands(app, action);
}

int run(int argc, char** argv) {
  Global global;
  Action action;
  CLI::App app;
  set_up(app, global, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return exit_done;
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}\n", version.what());
    return exit_done;
  } catch (const CLI::ParseError& problem) {
    return fail_to_parse(app, global, problem, first_word(argc, argv));
  }
  CHECK(action);  // every command sets it
  return action(global);
}

std::string commands_page() {
  Global global;
  Action action;
  CLI::App app;
  set_up(app, global, action);
  std::string page =
      "# Commands\n\n<!-- generated from the program's own help by `suikei docs-reference docs/reference`; "
      "do not edit -->\n\nExit codes: [exit-codes.md](exit-codes.md).\n";
  auto add = [&](const CLI::App* command, const std::string& name) {
    size_t last = name.rfind(' ');  // the help adds the command's own word
    std::string help(trim(command->help(last == std::string::npos ? "" : name.substr(0, last))));
    page += fmt::format("\n## {}\n```\n{}\n```\n", name, help);
  };
  add(&app, "suikei");
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty()) continue;
    add(command, "suikei " + command->get_name());
    for (const CLI::App* inner : command->get_subcommands([](const CLI::App*) { return true; })) {
      add(inner, fmt::format("suikei {} {}", command->get_name(), inner->get_name()));
    }
  }
  return page;
}

}  // namespace suikei::cli
