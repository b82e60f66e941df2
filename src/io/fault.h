// fault.h — named places where tests make the world fail.
// Why:    "survives kill -9 at any moment" is only true of moments that somebody tried.
// Holds:  without SUIKEI_FAULT in the environment a fault point costs one branch on a static flag.
#pragma once

#include <string_view>

#include "base/result.h"

namespace suikei::io {

/// Reads SUIKEI_FAULT=name:action[:n], action one of kill, io_error, disk_full, timeout, lose_row.
/// On the n-th pass (default 1) through the point with that name: `kill` ends the process at once with
/// SIGKILL; the others return the matching Error; `lose_row` is for `fault_armed`.
/// SUIKEI_FAULT_TRACE=FILE appends the name of every point passed, which is how tests list them.
Result<> fault_point(std::string_view name);

/// True once, on the n-th pass, when SUIKEI_FAULT asks for `action` at `name`: for damage that code must do
/// itself, such as dropping a row.
bool fault_armed(std::string_view name, std::string_view action);

}  // namespace suikei::io
