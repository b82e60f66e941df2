// rules.h — what people said of columns: decisions, casts, masks, partitions, duplicates.
// Holds:  a rule is matched by source, table and column, each a name or a pattern with `*`; of several rules
//         the most specific wins: the column's name before the table's before the source's, a name before a
//         pattern, a pattern with more letters before one with fewer.
//         Two rules that are equally specific and say different things are an error, never a choice.
// See:    docs/design/generate.md ("Rules")
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "generate/metadata.h"

namespace suikei::generate {

/// Where a rule stands: "rules/input_masking.csv:12".
struct Place {
  std::string file;
  int line = 0;
  std::string text() const;
};

/// What a rule applies to. Case of ASCII letters does not count.
struct Key {
  std::string source, table, column;
  bool matches(const std::string& source_name, const std::string& table_name,
               const std::string& column_name) const;
  /// "mf.*.mail"
  std::string text() const { return source + "." + table + "." + column; }
  /// Greater is more specific.
  std::array<int, 3> rank() const;
};

struct Decision {
  Key key;
  bool secret = true;
  Place place;
};

enum class CastKind { date, datetime, zone, integer, decimal, real, boolean, varchar };
struct Cast {
  Key key;
  CastKind kind = CastKind::varchar;
  std::vector<std::string> formats;  ///< strptime, tried in turn; date and datetime
  std::string from_zone, to_zone;    ///< zone
  table::Type type;                  ///< of the result
  Place place;
};

enum class MaskKind { hmac, null, constant, last4, email, year, fpe };
struct Mask {
  Key key;
  MaskKind kind = MaskKind::null;
  std::string domain;  ///< hmac and fpe: columns of one domain can be joined with each other
  std::string value;   ///< constant
  Place place;
};

struct Partition {
  Key key;                  ///< its column is the one to partition by
  std::string granularity;  ///< day, month, year, or empty for the value itself
  std::vector<std::string> cluster;
  Place place;
};

struct OrderTerm {
  std::string column;
  bool descending = false;
};
struct Duplicates {
  Key key;  ///< its column is "*"
  std::vector<std::string> keys;
  std::vector<OrderTerm> order;  ///< the first row in this order stays
  Place place;
};

struct Rules {
  std::vector<Decision> decisions;
  std::vector<Cast> casts;
  std::vector<Mask> masks;
  std::vector<Partition> partitions;
  std::vector<Duplicates> duplicates;
};

/// One thing that is wrong with the rules.
struct Problem {
  Place place;
  std::string message, hint;
};
/// All of them as one error of kind `config`; `problems` is not empty.
Error as_error(const std::vector<Problem>& problems);

/// Reads <project>/rules; a file that is not there has no rules. What cannot be understood is added to
/// `problems`; a file that cannot be read at all is an Error.
Result<Rules> read_rules(const std::filesystem::path& project, std::vector<Problem>& problems);

/// Header lines of the rule files, for `init` and for messages: file name -> first line.
std::vector<std::pair<std::string, std::string>> rule_files();

const char* name_of(CastKind kind);
const char* name_of(MaskKind kind);

}  // namespace suikei::generate
