// command.h — how a command of the program looks: one file in commands/, one line in all_commands.cc.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace suikei::cli {

/// What every command knows from the flags before it.
struct Global {
  std::string project_dir;  ///< --project; empty: the nearest suikei.yaml upwards from the working folder
  bool quiet = false;       ///< --quiet: no progress, no summary; errors only
  bool verbose = false;     ///< --verbose: errors also say where in the program they arose
};

/// Does the command's work after parsing; returns the exit code (the table is in cli.h).
using Action = std::function<int(const Global&)>;

/// Adds one subcommand to `app`; when the user chose it, sets `action`.
using AddCommand = void (*)(CLI::App& app, Action& action);

}  // namespace suikei::cli
