#include "sources/mysql/charset.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace suikei::sources::mysql {
namespace {

/// The value in UTF-8, or "(refused)".
std::string decoded(const std::string& character_set, std::string_view bytes) {
  TextDecoder decoder(character_set);
  std::string_view utf8;
  return decoder.decode(bytes, &utf8) ? std::string(utf8) : "(refused)";
}

TEST(MysqlCharset, Cp932) {
  EXPECT_EQ(decoded("cp932", "\x93\xFA\x96\x7B\x8C\xEA"), "日本語");
  EXPECT_EQ(decoded("cp932", "\xB1\xB2\xB3"), "ｱｲｳ");
  EXPECT_EQ(decoded("cp932", "\x5C\x7E"), "\\~");           // ASCII, not yen and overline
  EXPECT_EQ(decoded("cp932", "\x81\x60\x81\x7C"), "～－");  // as Microsoft and MySQL map the wave dash
  EXPECT_EQ(decoded("cp932", "\x87\x40\xFB\xFC"), "①髙");   // NEC and IBM extensions
  EXPECT_EQ(decoded("cp932", "\x93"), "(refused)");
  EXPECT_EQ(decoded("cp932", "\x93\x20"), "(refused)");
  EXPECT_EQ(decoded("cp932", "\x85\x40"), "(refused)");
}

TEST(MysqlCharset, Latin1IsCp1252WithTheFiveOpenBytes) {
  EXPECT_EQ(decoded("latin1", "caf\xE9 \x80 \x93x\x94"), "café € “x”");
  EXPECT_EQ(decoded("latin1", "\x81\x8D\x8F\x90\x9D"), "\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D");
  EXPECT_EQ(decoded("latin1", "a\x81z\x9D"), "a\xC2\x81z\xC2\x9D");
  TextDecoder decoder("latin1");
  for (int byte = 0; byte < 256; ++byte) {
    auto c = static_cast<char>(byte);
    std::string_view utf8;
    EXPECT_TRUE(decoder.decode(std::string_view(&c, 1), &utf8)) << byte;
    EXPECT_TRUE(is_utf8(utf8)) << byte;
  }
  EXPECT_EQ(decoded("cp1250", "\x81"), "(refused)");  // only latin1 fills its holes
}

TEST(MysqlCharset, ALongTextOfOpenBytesFits) {
  std::string bytes(100'000, '\x81');
  EXPECT_EQ(decoded("latin1", bytes).size(), 200'000u);
}

TEST(MysqlCharset, UjisAndEucJpMs) {
  EXPECT_EQ(decoded("ujis", "\xC6\xFC\xCB\xDC"), "日本");
  EXPECT_EQ(decoded("ujis", "\x8E\xB1"), "ｱ");
  EXPECT_EQ(decoded("ujis", "\x8F\xB0\xA1"), "丂");  // JIS X 0212, three bytes
  EXPECT_EQ(decoded("ujis", "\xC6"), "(refused)");
  EXPECT_EQ(decoded("ujis", "\x8F\xB0"), "(refused)");
  EXPECT_EQ(decoded("eucjpms", "\xAD\xA1"), "①");
}

TEST(MysqlCharset, Utf16) {
  EXPECT_EQ(decoded("utf16", std::string_view("\x6C\x34\x00\x41", 4)), "水A");
  EXPECT_EQ(decoded("utf16", std::string_view("\xD8\x42\xDF\xB7", 4)), "𠮷");
  EXPECT_EQ(decoded("utf16", std::string_view("\xD8\x42", 2)), "(refused)");
  EXPECT_EQ(decoded("utf16", std::string_view("\xDF\xB7\x00\x41", 4)), "(refused)");
  EXPECT_EQ(decoded("utf16", std::string_view("\x6C", 1)), "(refused)");
  EXPECT_EQ(decoded("utf16", std::string_view("\xFE\xFF\x00\x41", 4)),
            "\xEF\xBB\xBF"
            "A");  // no mark is eaten
  EXPECT_EQ(decoded("utf16le", std::string_view("\x34\x6C", 2)), "水");
  EXPECT_EQ(decoded("ucs2", std::string_view("\x6C\x34", 2)), "水");
  EXPECT_EQ(decoded("utf32", std::string_view("\x00\x02\x0B\xB7", 4)), "𠮷");
  EXPECT_EQ(decoded("utf32", std::string_view("\x00\x11\x00\x00", 4)), "(refused)");
}

TEST(MysqlCharset, Utf8ByAllItsNames) {
  for (const char* name : {"utf8", "utf8mb3", "utf8mb4"}) {
    EXPECT_EQ(decoded(name, "水𠮷"), "水𠮷") << name;
    EXPECT_EQ(decoded(name, "\xC0\x80"), "(refused)") << name;
  }
  EXPECT_EQ(decoded("binary", "{\"a\":\"水\"}"), "{\"a\":\"水\"}");
  EXPECT_EQ(decoded("binary", "\xFF"), "(refused)");
  EXPECT_EQ(decoded("ascii", "abc"), "abc");
  EXPECT_EQ(decoded("ascii", "é"), "(refused)");
}

// iconv's table of the same set may have another character for a code; the server's reading counts.
TEST(MysqlCharset, WhereIconvAndTheServerDifferTheServerIsRight) {
  EXPECT_EQ(decoded("sjis", "\x5C\x7E\x81\x5F\x81\x60"), "\\~\\〜");
  EXPECT_EQ(decoded("ujis", "\xA1\xC1\xA1\xDD"), "〜−");
  EXPECT_EQ(decoded("euckr", "\x81\x41\xB0\xA1"), "갂가");
  EXPECT_EQ(decoded("swe7", "[\\]$@"), "ÄÖÅ$É");
  EXPECT_EQ(decoded("cp866", "\xFC"), "ⁿ");
  EXPECT_EQ(decoded("big5", "\xA2\x46\xA4\xA4"), "¢中");
  EXPECT_EQ(decoded("big5", "\xC7\xB3"), "(refused)");  // Cyrillic, of which iconv makes private characters
  EXPECT_EQ(decoded("gb18030", "\xA6\xD9"), "\uE78D");
}

TEST(MysqlCharset, AnUnknownSetHoldsAsciiAlone) {
  EXPECT_EQ(decoded("klingon", "abc"), "abc");
  EXPECT_EQ(decoded("klingon", "\x80"), "(refused)");
  EXPECT_EQ(decoded("klingon", "é"), "(refused)");
  EXPECT_EQ(decoded("klingon", ""), "");
}

TEST(MysqlCharset, ADecoderForgetsABadValue) {
  TextDecoder decoder("gb18030");
  std::string_view utf8;
  EXPECT_FALSE(decoder.decode("\x81", &utf8));
  ASSERT_TRUE(decoder.decode("\xC4\xE3", &utf8));
  EXPECT_EQ(utf8, "你");
  TextDecoder moved(std::move(decoder));
  ASSERT_TRUE(moved.decode("\xBA\xC3", &utf8));
  EXPECT_EQ(utf8, "好");
  ASSERT_TRUE(moved.decode("", &utf8));
  EXPECT_EQ(utf8, "");
}

}  // namespace
}  // namespace suikei::sources::mysql
