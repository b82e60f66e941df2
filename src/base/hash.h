// hash.h — MD5, because every engine has it: what we compute here can be recomputed in SQL anywhere.
// Why:    the row checksum must be provable by somebody else's program. MD5 guards against loss, not malice.
// See:    RFC 1321; docs/design/checksum.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suikei {

/// Lower-case hexadecimal digest.
std::string md5_hex(std::string_view bytes);

/// An unsigned number modulo 2^128.
using Sum128 = unsigned __int128;
std::string hex(Sum128 number);
/// The inverse of hex(Sum128); 0 for anything that is not 32 digits.
Sum128 sum128_from_hex(std::string_view text);

/// The digest as a number, first byte most significant: what DuckDB's md5_number gives with its bytes
/// reversed is not used; this is the number that the hexadecimal text spells.
Sum128 md5_number(std::string_view bytes);

/// Adds md5_number of many texts to many sums, eight texts at a time in vector registers.
class Md5Lanes {
 public:
  /// Where to write the next text; empty, and valid until `add`.
  std::string& text() { return text_[filled_]; }
  /// Counts what `text` holds towards `sum`, which must stay where it is until `flush`.
  void add(Sum128& sum);
  /// Finishes the texts that still wait.
  void flush();

 private:
  static constexpr int lanes = 8;
  std::string text_[lanes];
  Sum128* sums_[lanes] = {};
  int filled_ = 0;
};

}  // namespace suikei
