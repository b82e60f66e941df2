// cli.h — the program as seen from a shell: parse, call, print, exit.
// Holds:  stdout carries results, stderr messages and progress. The exit codes are those of `exit_code`.
// See:    docs/reference/exit-codes.md, docs/reference/commands.md
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "cli/command.h"
#include "config/config.h"
#include "lakes/lake.h"

namespace suikei::cli {

inline constexpr const char* program_version = "0.1.0";

// What the process ends with. Finished work decides between the first two itself.
inline constexpr int exit_done = 0;  ///< all done
inline constexpr int exit_incomplete =
    1;                                ///< finished, some tables or checks failed; or an error of another kind
inline constexpr int exit_usage = 2;  ///< the command or the project file is wrong, nothing was done
inline constexpr int exit_unavailable = 3;  ///< a retry is sensible
inline constexpr int exit_interrupted = 130;
int exit_code(ErrorKind kind);

/// Prints `suikei: message` and `  → hint` on stderr; returns the exit code.
int fail(const Global& global, const Error& error);

/// The project of --project, or the nearest one upwards.
Result<config::Project> open_project(const Global& global);
/// How to reach the project's lake.
lakes::LakeOptions lake_options(const config::Project& project);

/// Adds every command and the flags before them.
void set_up(CLI::App& app, Global& global, Action& action);
/// The whole program.
int run(int argc, char** argv);

/// The page docs/reference/commands.md, from the program's own help.
std::string commands_page();

/// The list of all_commands.cc.
void add_all_commands(CLI::App& app, Action& action);

}  // namespace suikei::cli
