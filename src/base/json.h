// json.h — the one place that includes the JSON library; everybody else says suikei::Json.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace suikei {

/// Keeps keys in the order they were written, so that output is stable and diffs are readable.
using Json = nlohmann::ordered_json;

/// Parses text; a syntax error becomes `corrupt` with the byte position.
Result<Json> parse_json(std::string_view text);

}  // namespace suikei
