#include "base/text.h"

#include <gtest/gtest.h>

namespace suikei {
namespace {

TEST(Text, WellFormedUtf8) {
  for (const char* good :
       {"", "a", "é", "水系", "𠮷", "\xED\x9F\xBF" /* U+D7FF */, "\xEE\x80\x80" /* U+E000 */, "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80" /* U+10000 */, "\xF4\x8F\xBF\xBF" /* U+10FFFF */, "\xC2\x80", "\xDF\xBF",
        "\xE0\xA0\x80", "\x7F", "12345678é", "1234567é12345678水"}) {
    EXPECT_TRUE(is_utf8(good)) << hex(std::string_view(good));
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Text, WhatIsNotUtf8) {
  for (const char* bad : {"\x80",
                          "\xBF",
                          "\xC0\x80" /* overlong */,
                          "\xC1\xBF",
                          "\xE0\x9F\xBF" /* overlong */,
                          "\xF0\x8F\xBF\xBF" /* overlong */,
                          "\xED\xA0\x80" /* surrogate */,
                          "\xED\xBF\xBF",
                          "\xF4\x90\x80\x80" /* beyond U+10FFFF */,
                          "\xF5\x80\x80\x80",
                          "\xFF",
                          "\xFE",
                          "\xC2" /* ends early */,
                          "\xE6\xB0",
                          "\xF0\xA0\xAE",
                          "\xE6\x41\x80",
                          "\xE6\xB0\x41",
                          "\xC2\xC2\x80",
                          "12345678\x80",
                          "123456789\xE6\xB0",
                          "\xF0\xA0\x41\x80"}) {
    EXPECT_FALSE(is_utf8(bad)) << hex(std::string_view(bad));
  }
}

TEST(Text, ABadByteIsFoundAtEveryPlace) {
  std::string text(40, 'a');
  for (size_t at = 0; at < text.size(); ++at) {
    std::string spoiled = text;
    spoiled[at] = '\xC3';
    EXPECT_FALSE(is_utf8(spoiled)) << at;
  }
}

TEST(Text, TheNearestWordIsASlipAwayOrNone) {
  std::vector<std::string> words = {"collect", "publish", "status", "sql"};
  EXPECT_EQ(nearest("colect", words), "collect");
  EXPECT_EQ(nearest("pulbish", words), "publish");
  EXPECT_EQ(nearest("statsu", words), "status");
  EXPECT_EQ(nearest("sqll", words), "sql");
  EXPECT_EQ(nearest("collect", words), "collect");
  EXPECT_EQ(nearest("frobnicate", words), "");
  EXPECT_EQ(nearest("xyz", words), "");
  EXPECT_EQ(nearest("sql", {}), "");
  EXPECT_EQ(nearest("cat", {"bat", "cat"}), "cat");
  EXPECT_EQ(nearest("dat", {"bat", "cat"}), "bat");  // the first of equals
}

TEST(Text, NumbersForPeople) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(with_commas(-999), "-999");
  EXPECT_EQ(with_commas(-1000), "-1,000");
  EXPECT_EQ(with_commas(-123456), "-123,456");
  EXPECT_EQ(with_commas(INT64_MIN), "-9,223,372,036,854,775,808");
  EXPECT_EQ(short_count(950), "950");
  EXPECT_EQ(short_count(99'999), "99,999");
  EXPECT_EQ(short_count(1'900'000), "1.9 M");
  EXPECT_EQ(short_count(2'300'000'000), "2.3 G");
  EXPECT_EQ(counted(1, "table"), "1 table");
  EXPECT_EQ(counted(0, "table"), "0 tables");
  EXPECT_EQ(counted(1200, "table"), "1,200 tables");
}

TEST(Text, DurationsForPeople) {
  EXPECT_EQ(short_duration(0), "0.0 s");
  EXPECT_EQ(short_duration(0.42), "0.4 s");
  EXPECT_EQ(short_duration(10), "10 s");
  EXPECT_EQ(short_duration(59.4), "59 s");
  EXPECT_EQ(short_duration(59.6), "1 m 0 s");
  EXPECT_EQ(short_duration(75), "1 m 15 s");
  EXPECT_EQ(short_duration(3599.6), "1 h 0 m");
  EXPECT_EQ(short_duration(3700), "1 h 1 m");
  EXPECT_EQ(short_duration(9 * 3600), "9 h 0 m");
}

TEST(Text, SplittingAndJoining) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(split(",", ','), (std::vector<std::string>{"", ""}));
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(split_first("id,name)", ",)"), "id");
  EXPECT_EQ(split_first("id", ",)"), "id");
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(lower("ÀBc日"), "Àbc日");
  EXPECT_EQ(hex(std::string_view("\0\xAB\xff", 3)), "00abff");
}

TEST(Text, WidthOnATerminal) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("水系"), 4);
  EXPECT_EQ(display_width("é▕█"), 3);
  EXPECT_EQ(display_width(""), 0);
}

}  // namespace
}  // namespace suikei
