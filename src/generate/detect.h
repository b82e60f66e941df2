// detect.h — which personal data a column holds, and how its text can be cast, by its name and its values.
// Why:    every column is closed until a person decides; who decides reads evidence, not values.
// Holds:  evidence is counts and rates; no value is kept beyond the call that brought it, none is given out.
//         A false alarm costs a person's time and a miss is caught by "closed by default", so what only might
//         be personal (a number of the right length, a word that is also a surname) is not called so.
// Limits: made for Japan. Surnames are a list of common ones, so a column of rare names needs a telling name.
// See:    detect_values.h for what single values look like, detect_names.h for what names say.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "generate/detect_names.h"

namespace suikei::generate {

/// Enough values for a verdict; more make it slower, not better.
inline constexpr int64_t sampled_values_wanted = 500;

enum class ProposedMask { hmac, last4, email, year, null };

/// As it stands in the rule files: "hmac".
const char* name_of(ProposedMask mask);

/// One kind of personal data that a column seems to hold.
struct Verdict {
  PersonalKind kind = PersonalKind::phone;
  double confidence = 0;     ///< 0.5 to 1
  int64_t hits = 0;          ///< values that look like it
  int64_t values = 0;        ///< values looked at
  bool named = false;        ///< the column's name or comment says so
  bool within_text = false;  ///< it stands inside longer text
  ProposedMask mask =
      ProposedMask::hmac;  ///< the rule to propose; the decision to propose is always "secret"

  /// "phone 412 of 430 values, and its name".
  std::string evidence() const;
};

enum class ProposedCast { date, datetime, integer, decimal, boolean };

/// "date"
const char* name_of(ProposedCast kind);

/// A type that a text column could have.
struct Casting {
  ProposedCast kind = ProposedCast::date;
  /// Formats of the engine's strptime, the commonest first. Of numbers: "," when thousands are separated and
  /// the separators must go first.
  std::vector<std::string> formats;
  int64_t hits = 0;    ///< values that can be cast so
  int64_t empty = 0;   ///< values that stand for nothing: empty, or a date of zeros; they would become NULL
  int64_t values = 0;  ///< values looked at

  /// "date %Y/%m/%d 980 of 1,000 values, 20 empty".
  std::string evidence() const;
};

/// Looks at one column: its name first, then as many values as there are.
class ColumnProbe {
 public:
  /// `type` is the SQL type, "VARCHAR" or "DECIMAL(10,2)".
  ColumnProbe(std::string_view name, std::string_view comment, std::string_view type);
  ~ColumnProbe();
  ColumnProbe(ColumnProbe&&) noexcept;
  /// A sampled value that is not NULL, as text.
  void add(std::string_view value);

  /// What the column seems to hold, the likeliest first; empty when nothing speaks for personal data.
  std::vector<Verdict> personal() const;
  /// How a text column could be cast, the best first; empty for other types.
  std::vector<Casting> castings() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace suikei::generate
