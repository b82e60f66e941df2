// project_file.h — the suikei.yaml with which a lab can be collected at once.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "lab/state.h"

namespace suikei::lab {

/// The text of suikei.yaml; `password_file` is relative to the project.
std::string project_file_of(const State& state, const std::filesystem::path& password_file);
/// Writes it; false when a suikei.yaml stands there that is not ours.
Result<bool> write_project_file(const State& state, const std::filesystem::path& folder);
/// The reader's password, from the file in the lab's folder (mode 600), made at the first call.
Result<std::string> reader_password(const std::filesystem::path& folder);

}  // namespace suikei::lab
