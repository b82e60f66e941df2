// dialect.h — how a lake's SQL is spelled, as data and Jinja macros (src/sql/dialects/<name>/).
// Why:    the same rules must render for every lake; what differs is looked up, never asked with an `if`.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "table/types.h"

namespace suikei::sql {

struct Dialect {
  std::string name;
  std::string macros;  ///< Jinja source: name, literal, cast, cast_failed, hmac, masked, clean, storage, keys
  Json types;          ///< spelling by the type's own name
  /// The type as this dialect writes it.
  std::string type(table::Type type) const;
};

/// `config` with the known names for another one.
Result<Dialect> dialect_named(const std::string& name);
std::vector<std::string> dialect_names();

}  // namespace suikei::sql
