// checksum.h — one number for the content of a table, whatever the order of its rows.
// Why:     "nothing was lost" must be a comparison of numbers, made again by anybody, from the lake or
//          elsewhere.
// Holds:   the sum modulo 2^128 of the MD5 of each row's canonical text; columns that are NULL and our
//          own three system columns leave no trace, so that a column added later or a wider type changes
//          nothing.
// See:     docs/design/checksum.md (the text form of every type, and the same in SQL)
#pragma once

#include <string>
#include <vector>

#include "base/hash.h"
#include "table/batch.h"

namespace suikei::table {

/// A value's canonical text; the value is not NULL.
std::string canonical_text(const ColumnBuffer& column, size_t row);

class RowHasher {
 public:
  explicit RowHasher(const Schema& schema);

  /// Adds the row's hash to `sum`, which must stay where it is until `flush`.
  void add(const Batch& batch, size_t row, Sum128& sum);
  void flush() { lanes_.flush(); }
  /// The canonical text of a row, for tests and for people who compare by hand.
  std::string canonical(const Batch& batch, size_t row) const;

 private:
  struct Part {
    size_t column;
    std::string prefix;  ///< "name=", the name in lower case
  };
  void write(const Batch& batch, size_t row, std::string& text) const;

  std::vector<Part> parts_;  ///< sorted by prefix, bytewise
  Md5Lanes lanes_;
};

}  // namespace suikei::table
