// column.h — what a MySQL column is, what it becomes, and how its text values are converted.
// Holds:  nothing changes in silence: a value either arrives exactly or is refused with a reason.
// See:    docs/design/types.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sources/mysql/charset.h"
#include "sources/source.h"
#include "table/batch.h"

namespace suikei::sources::mysql {

/// A column definition packet of a text result set (Protocol::ColumnDefinition41).
struct ColumnDefinition {
  std::string name;
  int type = 0;  ///< enum_field_types
  int charset = 0;
  unsigned flags = 0;
  uint32_t length = 0;
  int decimals = 0;
  std::string format;  ///< MariaDB's extended metadata: "json", "uuid", "point" …; may be empty
};

/// The part of the packet that does not name database and table: what tells two columns apart. Empty when the
/// packet ends early.
std::string_view column_identity(std::string_view payload);
/// Parses that part.
Result<ColumnDefinition> parse_column(std::string_view identity);

/// The lake type and note of a column. `zone` is what DATETIME means in this source.
table::Type lake_type(const ColumnDefinition& column);
std::string type_note(const ColumnDefinition& column, const std::string& zone);
/// The source's own words as far as a result set tells them: "bigint unsigned", "varchar".
std::string wire_type_name(const ColumnDefinition& column);
/// True when `SELECT *` would lose digits or form, so that the column must be named with an expression.
bool needs_expression(const ColumnDefinition& column);

/// Converts one column's values and appends them.
class Converter {
 public:
  /// `target` is the batch column's type: lake_type(column) or wider.
  Converter(const ColumnDefinition& column, table::Type target, const CollationNames& collations);

  /// Appends the value; when the lake cannot hold it, appends NULL and returns the reason, else nullptr.
  const char* append(std::string_view text, table::ColumnBuffer& into);

 private:
  enum class Form : uint8_t { integer, decimal, real, date, datetime, bit_flag, text, bytes, geometry };
  const char* append_datetime(std::string_view text, table::ColumnBuffer& into);
  const char* append_decimal(std::string_view text, table::ColumnBuffer& into);

  Form form_;
  table::Type target_;
  TextDecoder decoder_;
};

}  // namespace suikei::sources::mysql
