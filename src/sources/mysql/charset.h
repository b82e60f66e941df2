// charset.h — from a column's character set to UTF-8, value by value.
// Why:    a server that converts for us turns what it cannot convert into '?' and says nothing.
// Holds:  what does not convert exactly is refused, never replaced.
#pragma once

#include <iconv.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace suikei::sources::mysql {

/// Names of character sets by collation id, as one server gives them out; shared by its connections.
using CollationNames = std::unordered_map<int, std::string>;

/// Where iconv and the server read the same bytes as different characters.
struct Spellings;

enum class TextKind : uint8_t { utf8, ascii, binary, other };

/// Converts one column's values. Not shared between threads.
class TextDecoder {
 public:
  /// `character_set` as MySQL names it: "cp932", "latin1"; one that is not known refuses every value that is
  /// not ASCII, and where ASCII itself has other bytes or letters every value.
  explicit TextDecoder(const std::string& character_set);
  TextDecoder(TextDecoder&& other) noexcept;
  TextDecoder& operator=(TextDecoder&&) = delete;
  ~TextDecoder();

  /// The value as UTF-8, valid until the next call; false when the bytes are not valid in the character set.
  bool decode(std::string_view bytes, std::string_view* utf8);
  TextKind kind() const { return kind_; }

 private:
  bool respell(std::string_view text, std::string_view* utf8);

  TextKind kind_;
  bool is_latin1_ = false;
  bool holds_ascii_ = true;  ///< bytes below 0x80 are ASCII
  const Spellings* spellings_ = nullptr;
  iconv_t converter_ = reinterpret_cast<iconv_t>(-1);
  std::string converted_, respelled_;
};

}  // namespace suikei::sources::mysql
