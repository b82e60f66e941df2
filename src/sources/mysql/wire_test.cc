#include "sources/mysql/wire.h"

#include <gtest/gtest.h>

namespace suikei::sources::mysql {
namespace {

using namespace std::string_literals;

TEST(MysqlWire, LengthEncodedIntegers) {
  EXPECT_EQ(Fields("\x00"s).integer(), 0u);
  EXPECT_EQ(Fields("\xFA").integer(), 250u);
  EXPECT_EQ(Fields("\xFC\xFB\x00"s).integer(), 251u);
  EXPECT_EQ(Fields("\xFD\x01\x02\x03").integer(), 0x030201u);
  EXPECT_EQ(Fields("\xFE\x01\x02\x03\x04\x05\x06\x07\x80").integer(), 0x8007060504030201u);
}

TEST(MysqlWire, AnIntegerThatEndsEarlyIsBroken) {
  for (const std::string& payload :
       {""s, "\xFC"s, "\xFC\x01"s, "\xFD\x01\x02"s, "\xFE\x01\x02\x03\x04\x05\x06\x07"s}) {
    Fields fields(payload);
    EXPECT_EQ(fields.integer(), 0u);
    EXPECT_TRUE(fields.broken()) << payload.size();
    EXPECT_TRUE(fields.done());
  }
}

// 0xFB is NULL in a row and a request for a file in an answer, 0xFF an error: neither is a number.
TEST(MysqlWire, LeadsThatAreNoNumbersAreBroken) {
  for (const char* payload :
       {"\xFB\x01\x02\x03\x04\x05\x06\x07\x08", "\xFF\x01\x02\x03\x04\x05\x06\x07\x08"}) {
    Fields fields(payload);
    EXPECT_EQ(fields.integer(), 0u);
    EXPECT_TRUE(fields.broken());
  }
}

TEST(MysqlWire, TextsOfEveryLength) {
  for (size_t length : {0u, 1u, 250u, 251u, 65'535u, 65'536u, 70'000u}) {
    std::string text(length, 'x');
    std::string payload;
    if (length < 251) {
      payload += static_cast<char>(length);
    } else if (length < 65'536) {
      payload += "\xFC"s + static_cast<char>(length) + static_cast<char>(length >> 8);
    } else {
      payload += "\xFD"s + static_cast<char>(length) + static_cast<char>(length >> 8) +
                 static_cast<char>(length >> 16);
    }
    payload += text + "\x01y";
    Fields fields(payload);
    bool is_null = true;
    EXPECT_EQ(fields.text(&is_null), text);
    EXPECT_FALSE(is_null);
    EXPECT_EQ(fields.text(), "y") << length;
    EXPECT_TRUE(fields.done());
    EXPECT_FALSE(fields.broken());
  }
}

TEST(MysqlWire, NullIsNotTheEmptyText) {
  std::string payload = "\xFB\x00\x01z"s;
  Fields fields(payload);
  bool is_null = false;
  EXPECT_EQ(fields.text(&is_null), "");
  EXPECT_TRUE(is_null);
  EXPECT_EQ(fields.text(&is_null), "");
  EXPECT_FALSE(is_null);
  EXPECT_EQ(fields.rest(), "\x01z");
  EXPECT_EQ(fields.text(&is_null), "z");
  EXPECT_FALSE(fields.broken());
}

TEST(MysqlWire, ATextThatEndsEarlyIsBrokenAndStaysSo) {
  for (const std::string& payload : {""s, "\x05"s, "\x05"s + "abcd", "\xFC\x05"s, "\xFC\x05\x00"s + "abcd",
                                     "\xFD\x05\x00"s, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s + "abc"}) {
    Fields fields(payload);
    bool is_null = true;
    EXPECT_EQ(fields.text(&is_null), "");
    EXPECT_FALSE(is_null);
    EXPECT_TRUE(fields.broken()) << payload.size();
    EXPECT_TRUE(fields.done());
    EXPECT_EQ(fields.text(), "");
    EXPECT_EQ(fields.integer(), 0u);
    EXPECT_TRUE(fields.broken());
  }
}

TEST(MysqlWire, QueriesArePacketsOneBehindTheOther) {
  std::string packets;
  append_query(packets, "SELECT 1");
  EXPECT_EQ(packets, "\x09\x00\x00\x00\x03SELECT 1"s);
  append_query(packets, std::string(70'000, 'x'));
  EXPECT_EQ(packets.substr(13, 5), "\x71\x11\x01\x00\x03"s);
  EXPECT_EQ(packets.size(), 13u + 5 + 70'000);
}

TEST(MysqlWire, ErrorsAndEnds) {
  std::string payload = "\xFF\x7A\x04#42S02Table 'a.b' doesn't exist"s;
  EXPECT_TRUE(is_error(payload));
  ServerError error = parse_error(payload);
  EXPECT_EQ(error.number, 1146);
  EXPECT_EQ(error.message, "Table 'a.b' doesn't exist");
  EXPECT_EQ(parse_error("\xFF\x10\x04Too many connections").message, "Too many connections");
  EXPECT_EQ(parse_error("\xFF\x10").number, 0);
  EXPECT_FALSE(is_error(""));
  EXPECT_TRUE(is_end_of_rows("\xFE\x00\x00\x02\x00"s));
  EXPECT_FALSE(
      is_end_of_rows("\xFE\x01\x00\x00\x00\x00\x00\x00\x00x"s));  // a row that begins with a long text
  EXPECT_FALSE(is_end_of_rows(""));
}

}  // namespace
}  // namespace suikei::sources::mysql
