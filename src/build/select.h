// select.h — which nodes a selection means, in dbt's words.
// A selection is a name, `path:models/x` or a path, `tag:x`, `schema:x`, `source:x` or `source:x.y`,
// `resource_type:x`; `+` before it adds what it needs, behind it what needs it. `*` stands for any text.
// Several of them are added up; with commas between they must all hold.
#pragma once

#include "build/graph.h"

namespace suikei::build {

/// Positions in Graph::nodes. With models come the tests of which every input is chosen or built before.
/// `usage` with the nearest name for a selection that means nothing.
Result<std::set<size_t>> choose_nodes(const Graph& graph, const std::vector<std::string>& select,
                                      const std::vector<std::string>& exclude);

}  // namespace suikei::build
