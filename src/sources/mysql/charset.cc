#include "sources/mysql/charset.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace suikei::sources::mysql {
namespace {

/// MySQL's name -> iconv's. MySQL's latin1 is really cp1252 (its manual, "West European Character Sets").
constexpr std::array<std::pair<const char*, const char*>, 30> iconv_names = {{
    {"latin1", "CP1252"},     {"cp932", "CP932"},        {"sjis", "CP932"},        {"ujis", "EUC-JP-MS"},
    {"eucjpms", "EUC-JP-MS"}, {"latin2", "ISO-8859-2"},  {"latin5", "ISO-8859-9"}, {"latin7", "ISO-8859-13"},
    {"greek", "ISO-8859-7"},  {"hebrew", "ISO-8859-8"},  {"cp1250", "CP1250"},     {"cp1251", "CP1251"},
    {"cp1256", "CP1256"},     {"cp1257", "CP1257"},      {"cp850", "CP850"},       {"cp852", "CP852"},
    {"cp866", "CP866"},       {"koi8r", "KOI8-R"},       {"koi8u", "KOI8-U"},      {"gbk", "GBK"},
    {"gb2312", "GB2312"},     {"gb18030", "GB18030"},    {"big5", "BIG5"},         {"euckr", "CP949"},
    {"tis620", "TIS-620"},    {"ucs2", "UCS-2BE"},       {"utf16", "UTF-16BE"},    {"utf16le", "UTF-16LE"},
    {"utf32", "UTF-32BE"},    {"macroman", "MACINTOSH"},
}};

bool is_ascii(std::string_view bytes) {
  for (char c : bytes) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

/// The five bytes cp1252 leaves open; MySQL's latin1 maps them to the control characters of the same number.
bool is_open_in_cp1252(unsigned char c) {
  return c == 0x81 || c == 0x8D || c == 0x8F || c == 0x90 || c == 0x9D;
}

}  // namespace

TextDecoder::TextDecoder(const std::string& character_set)
    : kind_(TextKind::other), is_latin1_(character_set == "latin1") {
  if (starts_with(character_set, "utf8")) kind_ = TextKind::utf8;
  if (character_set == "ascii") kind_ = TextKind::ascii;
  if (character_set == "binary") kind_ = TextKind::binary;
  if (kind_ != TextKind::other) return;
  for (auto [ours, theirs] : iconv_names) {
    if (character_set == ours) converter_ = iconv_open("UTF-8", theirs);
  }
}

TextDecoder::TextDecoder(TextDecoder&& other) noexcept
    : kind_(other.kind_),
      is_latin1_(other.is_latin1_),
      converter_(std::exchange(other.converter_, reinterpret_cast<iconv_t>(-1))) {}

TextDecoder::~TextDecoder() {
  if (converter_ != reinterpret_cast<iconv_t>(-1)) iconv_close(converter_);
}

bool TextDecoder::decode(std::string_view bytes, std::string_view* utf8) {
  *utf8 = bytes;
  switch (kind_) {
    case TextKind::utf8:
    case TextKind::binary:
      return is_utf8(bytes);
    case TextKind::ascii:
      return is_ascii(bytes);
    case TextKind::other:
      break;
  }
  if (converter_ == reinterpret_cast<iconv_t>(-1)) return is_ascii(bytes);
  converted_.resize(bytes.size() * 4 + 16);
  char* out = converted_.data();
  size_t out_left = converted_.size();
  char* in = const_cast<char*>(bytes.data());
  size_t in_left = bytes.size();
  iconv(converter_, nullptr, nullptr, nullptr, nullptr);
  while (in_left > 0) {
    if (iconv(converter_, &in, &in_left, &out, &out_left) != static_cast<size_t>(-1)) break;
    auto stopped_at = static_cast<unsigned char>(*in);
    if (!is_latin1_ || !is_open_in_cp1252(stopped_at)) return false;
    *out++ = '\xC2';
    *out++ = static_cast<char>(stopped_at);
    out_left -= 2;
    ++in;
    --in_left;
  }
  *utf8 = std::string_view(converted_.data(), converted_.size() - out_left);
  return true;
}

}  // namespace suikei::sources::mysql
