#include "sources/mysql/charset.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace suikei::sources::mysql {
namespace {

/// MySQL's name -> iconv's. MySQL's latin1 is really cp1252 (its manual, "West European Character Sets").
constexpr std::array<std::pair<const char*, const char*>, 36> iconv_names = {{
    {"latin1", "CP1252"},       {"cp932", "CP932"},
    {"sjis", "CP932"},          {"ujis", "EUC-JP-MS"},
    {"eucjpms", "EUC-JP-MS"},   {"latin2", "ISO-8859-2"},
    {"latin5", "ISO-8859-9"},   {"latin7", "ISO-8859-13"},
    {"greek", "ISO-8859-7"},    {"hebrew", "ISO-8859-8"},
    {"cp1250", "CP1250"},       {"cp1251", "CP1251"},
    {"cp1256", "CP1256"},       {"cp1257", "CP1257"},
    {"cp850", "CP850"},         {"cp852", "CP852"},
    {"cp866", "CP866"},         {"koi8r", "KOI8-R"},
    {"koi8u", "KOI8-U"},        {"gbk", "GBK"},
    {"gb2312", "GB2312"},       {"gb18030", "GB18030"},
    {"big5", "BIG5"},           {"euckr", "CP949"},
    {"tis620", "ISO-8859-11"},  {"ucs2", "UCS-2BE"},
    {"utf16", "UTF-16BE"},      {"utf16le", "UTF-16LE"},
    {"utf32", "UTF-32BE"},      {"macroman", "MACINTOSH"},
    {"swe7", "SEN_850200_C"},   {"dec8", "DEC-MCS"},
    {"hp8", "ROMAN8"},          {"macce", "MAC-CENTRALEUROPE"},
    {"geostd8", "GEORGIAN-PS"}, {"armscii8", "ARMSCII-8"},
}};

}  // namespace

struct Spellings {
  const char* set;
  std::u32string_view pairs;  ///< iconv's character, then the server's
  char32_t refused_first = 0, refused_last = 0;
};

namespace {

/// Found by holding every character that a server can store against the server's own conversion, as
/// mysql_source_test.cc does. What iconv makes of big5's kana and Cyrillic is private to it, hence refused.
constexpr Spellings all_spellings[] = {
    {"sjis", U"＼\\￠¢￡£￢¬∥‖－−～〜"},
    {"ujis", U"￠¢￡£￤¦￢¬∥‖－−～〜"},
    {"big5", U"￠¢￡£￥¥‧•¯‾～∼⊙☉⊕♁∕／﹨＼﹑､", 0xF6B1, 0xF7A9},
    {"greek", U"’ʼ‘ʽ"},
    {"hebrew", U"¯‾"},
    {"koi8u", U"∙•"},
    {"cp866", U"¤²№ⁿ"},
    {"macroman", U"Δ∆\uE01E\uF8FF"},
    {"swe7", U"¤$"},
    {"geostd8", U"\u0080€ý№"},
    {"armscii8", U"և§֊՟՚’"},
    {"gb18030",
     U"\uFE10\uE78D\uFE12\uE78E\uFE11\uE78F\uFE13\uE790\uFE14\uE791\uFE15\uE792\uFE16\uE793\uFE17\uE794"
     U"\uFE18\uE795\uFE19\uE796\U00020087\uE816\U00020089\uE817\U000200CC\uE818\u9FB4\uE81E\u9FB5\uE826"
     U"\u9FB6\uE82B\u9FB7\uE82C\U000215D7\uE831\u9FB8\uE832\U0002298F\uE83B\u9FB9\uE843\u9FBA\uE854"
     U"\U000241FE\uE855\u9FBB\uE864"},
};
/// Sets in which a byte below 0x80 need not be that ASCII character.
constexpr const char* without_ascii[] = {"ucs2", "utf16", "utf16le", "utf32", "swe7"};

void append_utf8(std::string& text, char32_t c) {
  auto byte = [&](char32_t bits) { text += static_cast<char>(bits); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) return byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F));
  byte(0xE0 | c >> 12);  // nothing in the tables lies beyond U+FFFF
  byte(0x80 | (c >> 6 & 0x3F));
  byte(0x80 | (c & 0x3F));
}

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
  for (const Spellings& entry : all_spellings) {
    if (character_set == entry.set) spellings_ = &entry;
  }
  for (const char* name : without_ascii) holds_ascii_ &= character_set != name;
}

TextDecoder::TextDecoder(TextDecoder&& other) noexcept
    : kind_(other.kind_),
      is_latin1_(other.is_latin1_),
      holds_ascii_(other.holds_ascii_),
      spellings_(other.spellings_),
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
  if (converter_ == reinterpret_cast<iconv_t>(-1)) return holds_ascii_ && is_ascii(bytes);
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
  return !spellings_ || respell(*utf8, utf8);
}

/// Puts the server's character where iconv has another one. `text` is well-formed.
bool TextDecoder::respell(std::string_view text, std::string_view* utf8) {
  respelled_.clear();
  for (size_t at = 0, length; at < text.size(); at += length) {
    auto lead = static_cast<unsigned char>(text[at]);
    length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7F >> length);
    for (size_t i = 1; i < length; ++i) c = c << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    if (c >= spellings_->refused_first && c <= spellings_->refused_last && spellings_->refused_last)
      return false;
    size_t pair = 0;
    while (c >= 0x80 && pair < spellings_->pairs.size() && spellings_->pairs[pair] != c) pair += 2;
    if (c >= 0x80 && pair < spellings_->pairs.size()) {
      append_utf8(respelled_, spellings_->pairs[pair + 1]);
    } else {
      respelled_ += text.substr(at, length);
    }
  }
  *utf8 = respelled_;
  return true;
}

}  // namespace suikei::sources::mysql
