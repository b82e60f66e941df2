// merge.h — metadata and rules become one list: what happens to every column.
// Holds:  pure. A column nobody decided on is withheld from the warehouse; nothing here can let it through.
// See:    docs/design/generate.md ("Merge")
#pragma once

#include "generate/rules.h"

namespace suikei::generate {

enum class Fate {
  open,       ///< everybody who may read the layer may see it
  secret,     ///< leaves cleansing_secret only masked
  undecided,  ///< nobody has said; it stays in the data lake
};
const char* name_of(Fate fate);

struct MergedColumn {
  ColumnInfo info;
  Fate fate = Fate::undecided;
  std::optional<Decision> decision;
  std::optional<Cast> cast;
  std::optional<Mask> mask;

  table::Type cast_type() const { return cast ? cast->type : info.type; }
  /// The type in `cleansing`, where masks apply.
  table::Type clean_type() const;
  bool in_cleansing() const { return fate == Fate::open || (fate == Fate::secret && mask); }
  bool in_cleansing_secret() const { return fate != Fate::undecided; }
};

struct MergedTable {
  std::string source;
  TableInfo info;
  std::string alias;  ///< its name in the warehouse: "mf_orders"
  std::vector<MergedColumn> columns;
  std::optional<Duplicates> duplicates;
  std::optional<Partition> partition;

  bool has_secrets() const;
  /// Whether anything of it may enter the warehouse.
  bool is_wanted() const;
};

struct Merged {
  std::vector<MergedTable> tables;  ///< by source, then name
};

/// What contradicts, matches nothing or does not fit a column's type is added to `problems`.
Merged merge(const std::vector<Metadata>& sources, const Rules& rules, std::vector<Problem>& problems);

/// metadata/<source>/merged.csv: one line a column.
std::string merged_csv(const Merged& merged, const std::string& source);

}  // namespace suikei::generate
