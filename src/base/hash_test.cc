#include "base/hash.h"

#include <gtest/gtest.h>

namespace suikei {
namespace {

// The test suite of RFC 1321, A.5.
TEST(Hash, Md5OfTheReferenceTexts) {
  EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(md5_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(Hash, SummingManyEqualsAddingEach) {
  Md5Lanes lanes;
  Sum128 sum = 0, expected = 0;
  for (size_t length = 0; length < 300; ++length) {
    std::string text(length, static_cast<char>('a' + length % 26));
    lanes.text() = text;
    lanes.add(sum);
    expected += md5_number(text);
  }
  lanes.flush();
  EXPECT_EQ(hex(sum), hex(expected));
  EXPECT_EQ(sum128_from_hex(hex(expected)), expected);
}

}  // namespace
}  // namespace suikei
