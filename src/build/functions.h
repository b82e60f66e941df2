// functions.h — what the engine's functions do with the parts of their arguments.
#pragma once

#include <string_view>

namespace suikei::build {

enum class FunctionKind {
  mixes,          ///< every part of every argument may be anywhere in the result
  picks,          ///< one of the values of its first argument, as it is
  picks_by,       ///< the same, where the second argument says which
  collects,       ///< a list of its first argument's values
  rearranges,     ///< the list that is its first argument, with elements left out or moved
  takes_element,  ///< an element of the list that is its first argument
  takes_part,     ///< an element or field of its first argument
  chooses,        ///< one of its arguments, or lists of them joined
  lists,          ///< a list of its arguments
  packs,          ///< a struct of its arguments
  inserts,        ///< the struct that is its first argument, and the others as further fields
  ranks,          ///< the place of a row, which is no column's value
};

/// `name` in lower case. A function that is not known mixes.
FunctionKind function_kind(std::string_view name);

/// Whether the engine knows it as one that makes one value of many rows.
bool is_aggregate(std::string_view name);

/// The value comes from ORDER BY: percentile_cont(0.5) WITHIN GROUP (ORDER BY price).
bool takes_ordered_value(std::string_view name, bool has_arguments);

/// list_transform and its other names.
bool transforms_list(std::string_view name);

/// Whether a lambda is one of its arguments.
bool takes_lambda(std::string_view name);

/// A hash that cannot be turned back by who lacks the key, once a key is part of what is hashed.
bool is_hash(std::string_view name);

/// The arguments are still to be found in the result, so a key among them is as well.
bool keeps_key(std::string_view name);

}  // namespace suikei::build
