// collecting.h — what `collect` and `publish` have in common: progress, Ctrl-C, and how the report is told.
#pragma once

#include <functional>
#include <string>

#include "cli/cli.h"
#include "collect/collect.h"

namespace suikei::cli {

using Collecting = std::function<Result<collect::Report>(const config::Project&, const config::Source&,
                                                         const collect::Options&)>;
/// Runs it with progress on stderr and prints the report on stdout; returns the exit code.
Result<int> do_collecting(const Collecting& work, const config::Project& project,
                          const config::Source& source, collect::Options options, bool json,
                          const Global& global);

/// JSON for people: a line per value, indented by depth.
std::string outline(const Json& json, int depth = 0);

}  // namespace suikei::cli
