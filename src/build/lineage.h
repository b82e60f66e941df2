// lineage.h — which input columns reach which output column of a statement.
// Why:    layers are law only if `SELECT * FROM (SELECT unnest(arg_max(t, at)) FROM t GROUP BY id)` cannot
//         carry a secret column past it. So names are resolved on the engine's own parse, as the engine does.
// Holds:  no flow is lost. Where a statement does not say enough, more columns are named than truly flow:
//         - a relation whose columns are not known stands as its column "*", and a name that could be of
//           several such relations counts for all of them;
//         - functions mix all of their arguments, except those that are known to pack, pick or take apart;
//         - structs that come as a column of an input are one column: their fields are not told apart;
//         - COLUMNS with a condition that only the engine can evaluate stands for all columns.
//         What no statement shows is not seen: the inside of a macro, a view (it is a relation), a variable.
// Limits: SELECT only. PIVOT needs its values named (ON … IN (…)): without, the engine makes several
//         statements of it.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/syntax_tree.h"

namespace suikei::build {

/// A column of an input; both names in lower case. Column "*": any column of a relation that was not known.
struct ColumnRef {
  std::string relation;  ///< as the statement writes it: "table", "schema.table" or "catalog.schema.table"
  std::string column;
  auto operator<=>(const ColumnRef&) const = default;
};

/// Sorted, without repetition.
using ColumnRefs = std::vector<ColumnRef>;

struct OutputColumn {
  /// As a table made from the statement has it. "*": further columns, of relations that were not known.
  /// Empty where the engine makes a name of a long expression.
  std::string name;
  ColumnRefs from;         ///< columns whose values can reach this one
  ColumnRefs masked_from;  ///< columns that reach it through a keyed hash
};

struct Lineage {
  std::vector<OutputColumn> columns;
  /// Columns that decide which rows there are, in which groups or order; they may be in `from` as well.
  /// What decides a single value (CASE, FILTER, IN) is in its `from`.
  ColumnRefs conditions;
  /// All relations read, sorted. "name()" is a table function that reads something else, such as a file.
  std::vector<std::string> relations;
  /// Names that nothing in the statement explains: it will not run, or the columns that are known are stale.
  std::vector<std::string> unresolved;
};

/// The columns of a relation (named as in ColumnRef), for `*` and for names without a table; nullptr when
/// they are not known. What it points to must stay until lineage_of returns.
using ColumnsOf = std::function<const std::vector<std::string>*(const std::string& relation)>;

struct LineageOptions {
  /// Functions or macros whose result says nothing of their arguments, besides sha256, hmac and hmac_sha256
  /// over a text that a variable `suikei_…` is part of. (The variable must be set: concat skips a NULL.)
  std::vector<std::string> masking_functions;
};

/// `tree` holds one statement, as parse_statements gives it. `rejected` when it uses a construct that is not
/// understood, so that nothing is lost silently.
Result<Lineage> lineage_of(const SyntaxTree& tree, const ColumnsOf& columns_of,
                           const LineageOptions& options = {});

}  // namespace suikei::build
