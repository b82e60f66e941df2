// flow.h — what reaches a value: sets of input columns, and the parts of a value that has parts.
// Why:    statements pack rows into structs and take them apart again (the idiom that keeps the newest row
//         does). Told apart by field, a secret column taints its own field and not the whole row.
// Holds:  names are views: into the tree, into what ColumnsOf gave, or into the walk's own texts.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace suikei::build {

/// An input column's number within one statement.
using Input = uint32_t;
/// A set of inputs, by number; 0 is the empty one. Sets are never changed, so a copy is a number.
using Set = uint32_t;

class Sets {
 public:
  static Set single(Input input) { return input | single_mark; }
  Set unite(Set one, Set other);
  /// The inputs in ascending order.
  std::vector<Input> members(Set set) const;
  bool same(Set one, Set other) const { return one == other || members(one) == members(other); }

 private:
  static constexpr Set single_mark = 1u << 31;
  std::vector<std::vector<Input>> sets_{1};
};

struct Flow {
  Set from = 0;    ///< columns whose values arrive
  Set masked = 0;  ///< columns that arrive only through a keyed hash
};

struct Row;

struct Value {
  Flow flow;                       ///< what reaches all of its parts
  std::shared_ptr<const Row> row;  ///< the fields of a struct, or of the structs in a list
  int lists = 0;                   ///< layers of lists around the struct
};

struct Column {
  std::string_view name;  ///< empty: the engine makes up a name that is not known here
  Value value;
};

/// The columns of a relation or the fields of a struct.
struct Row {
  std::vector<Column> columns;
  /// Relations of which further columns, not known by name, are part of this.
  std::vector<uint32_t> open;
  /// There are columns whose names nobody knows, so positions say nothing.
  bool has_more = false;
  /// What may reach a column that is none of the above.
  Flow rest;
};

/// Names compare as the engine compares them: without regard to the case of ASCII letters.
bool same_name(std::string_view one, std::string_view other);
/// Equal for names that are the same.
uint64_t name_hash(std::string_view name);

}  // namespace suikei::build
