// column_filter.h — which column names a COLUMNS(…) or `* LIKE …` takes.
// Why:    the engine evaluates these while it binds a statement. Over names that are known, the usual ones
//         can be evaluated here: regular expressions, LIKE and GLOB, comparisons, IN, lists, and / or / not.
// Limits: regular expressions are those of std::regex over characters; where it and the engine's RE2 could
//         differ (flags, \p classes) the answer is "not known".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/syntax_tree.h"

namespace suikei::build {

/// Whether COLUMNS(`expression`) takes a column; nullopt when only the engine can tell. `parts` gets what a
/// regular expression's groups captured, for aliases such as '\1'.
std::optional<bool> takes_column(TreeNode expression, std::string_view column,
                                 std::vector<std::string>& parts);

/// Whether `* LIKE 'x%'` and its kin take a column.
std::optional<bool> star_takes_column(TreeNode condition, std::string_view column);

}  // namespace suikei::build
