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

/// The digest as a number, first byte most significant: what DuckDB's md5_number gives with its bytes reversed is
/// not used; this is the number that the hexadecimal text spells.
Sum128 md5_number(std::string_view bytes);

/// Sums md5_number over many texts, eight at a time in vector registers.
class Md5Sum {
 public:
  /// The text is copied.
  void add(std::string_view text);
  /// The sum since the last call; starts over.
  Sum128 take();

 private:
  void flush();
  static constexpr int lanes = 8;
  std::string text_[lanes];
  int filled_ = 0;
  Sum128 sum_ = 0;
};

}  // namespace suikei
