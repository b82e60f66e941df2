// law.h — the layers of a project as law: who may read whom, and where a secret column may not arrive.
// Why:    names and direct parents say nothing of a column that came through three models and a struct.
// Holds:  pure but for parsing; runs before anything else of a build. What column lineage cannot exclude
//         counts as a flow.
//         A generated, unedited model of the dataset `cleansing` is believed: it masks as the rules say.
// See:    docs/design/build.md ("Layers")
#pragma once

#include "build/graph.h"
#include "config/config.h"
#include "engine/engine.h"

namespace suikei::build {

/// Columns of a table that no model makes; nullopt when it is not known.
using TableColumns = std::function<Result<std::optional<std::vector<std::string>>>(const std::string& schema,
                                                                                   const std::string& table)>;

struct Violation {
  std::string node;     ///< "role_sales_customers"
  std::string place;    ///< file
  std::string rule;     ///< "reads lake_mf.customers", "secret email": stable, for the baseline
  std::string message;  ///< for people, with the way from the secret to here
  std::string hint;
};

/// Everything that breaks the law, in the order of the graph. `config` when a model's SQL cannot be parsed.
Result<std::vector<Violation>> find_violations(const Graph& graph, const config::Project& project,
                                               engine::Engine& parser, const TableColumns& table_columns);

/// Takes away what layers_baseline.csv allows. Lines of it that nothing breaks any more are violations of
/// their own: the file may only shrink.
Result<std::vector<Violation>> without_baseline(const config::Project& project,
                                                std::vector<Violation> violations);
/// Writes the file with these violations.
Result<> freeze(const config::Project& project, const std::vector<Violation>& violations);

/// All of them as one error of kind `config`.
Error as_error(const std::vector<Violation>& violations);

}  // namespace suikei::build
