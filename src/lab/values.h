// values.h — single values: names, addresses, dates and the odd things that real columns hold.
#pragma once

#include <string>

#include "lab/random.h"
#include "lab/schema.h"
#include "lab/words.h"

namespace suikei::lab {

/// What the values of one row share, so that a name has its reading and UTC agrees with Japan.
struct ValueSource {
  Random random;
  int64_t instant;  ///< seconds since 1970 in UTC: when the row's event happened
  uint64_t person;  ///< who and where
};

/// Appends the SQL literal of a value that refers to nothing else.
void append_invented(std::string& sql, const Column& column, ValueSource& source);
/// Appends 'text' with quotes and backslashes escaped.
void append_text(std::string& sql, std::string_view text);

}  // namespace suikei::lab
