// parse.h — the engine's own parser at work: many statements in few calls.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/syntax_tree.h"
#include "engine/engine.h"

namespace suikei::build {

inline constexpr size_t parse_batch_bytes_max = 1 << 20;  // of SQL in one call; the trees are ten times that

/// Takes the tree of a statement, or why there is none: `config` with the parser's words. The tree is valid
/// during the call. An error ends the whole.
using TakeTree = std::function<Result<>(size_t statement, Result<const SyntaxTree*> tree)>;

/// Parses statements and hands over their trees in the same order. Nothing is bound or run.
Result<> parse_statements(engine::Connection& connection, const std::vector<std::string>& statements,
                          const TakeTree& take);

}  // namespace suikei::build
