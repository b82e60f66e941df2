// parse.h — the engine's own parser at work: many statements in few calls.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/syntax_tree.h"
#include "engine/engine.h"

namespace suikei::build {

// SQL in one call of the engine. The trees are ten times that; with much more of it, memory comes fresh from
// the system each time, which costs half as much again.
inline constexpr size_t parse_batch_bytes_max = 64 * 1024;

/// Takes the tree of a statement, or why there is none: `config` with the parser's words. The tree is valid
/// during the call. An error ends the whole.
using TakeTree = std::function<Result<>(size_t statement, Result<const SyntaxTree*> tree)>;

/// Parses statements in `threads` threads of their own and hands over their trees in the same order, in the
/// thread of the caller. Nothing is bound or run.
Result<> parse_statements(engine::Engine& engine, const std::vector<std::string>& statements,
                          const TakeTree& take, size_t threads = 1);

}  // namespace suikei::build
