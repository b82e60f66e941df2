// printed.h — the name that the engine gives a column nobody named: the text of its expression.
#pragma once

#include <string>

#include "build/syntax_tree.h"

namespace suikei::build {

/// "sum(price)", "(a + 1)". Empty when the expression is none of the simple ones whose text is known here.
std::string printed_name(TreeNode expression);

/// A constant as the engine turns it to text; empty when its type is none of the usual ones.
std::string printed_value(TreeNode value);

}  // namespace suikei::build
