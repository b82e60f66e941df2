// detect_names.h — what the name and the comment of a column say about its values.
#pragma once

#include <string_view>

namespace suikei::generate {

enum class PersonalKind {
  phone,
  postal_code,
  address,
  kana_name,
  kanji_name,
  romaji_name,
  email,
  my_number,
  corporate_number,
  card,
  birthday,
  bank_account,
  credential,  ///< a password, a token, a key
  ip_address,
};
inline constexpr int personal_kinds = 14;

/// As it stands in reports: "postal_code".
const char* name_of(PersonalKind kind);

/// The name of a column, read word by word, and its comment.
struct NameHints {
  unsigned kinds = 0;   ///< a bit for each PersonalKind that it speaks of
  bool name = false;    ///< it is a name of somebody or something
  bool thing = false;   ///< a product, a shop, a company, a place of work: no person
  bool code = false;    ///< a number or code that somebody assigned, or an amount
  bool amount = false;  ///< a price or another quantity
  bool about = false;  ///< says something about a value and does not hold it: a flag, a count, a time, a type
  bool truth = false;  ///< yes or no
  bool says(PersonalKind kind) const { return kinds >> static_cast<int>(kind) & 1; }
};

NameHints read_name(std::string_view name, std::string_view comment);

}  // namespace suikei::generate
