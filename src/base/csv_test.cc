#include "base/csv.h"

#include <gtest/gtest.h>

namespace suikei {
namespace {

std::vector<std::vector<std::string>> fields_of(std::string_view text) {
  std::vector<std::vector<std::string>> fields;
  for (CsvRow& row : MUST(parse_csv(text))) fields.push_back(std::move(row.fields));
  return fields;
}

TEST(Csv, WhatASpreadsheetSavesIsRead) {
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(fields_of("\xEF\xBB\xBF"
                      "a,b\r\n1,\"x, \"\"y\"\"\"\r\n"),
            (Rows{{"a", "b"}, {"1", "x, \"y\""}}));
  EXPECT_EQ(fields_of("a,,\n\n\n,氏名"), (Rows{{"a", "", ""}, {"", "氏名"}}));
  EXPECT_EQ(fields_of(""), Rows{});
}

TEST(Csv, ARowKnowsItsLineAlsoBehindAFieldOfManyLines) {
  std::vector<CsvRow> rows = MUST(parse_csv("a,b\n\"one\ntwo\",x\n\nlast,y\n"));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].fields[0], "one\ntwo");
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2].line, 5);
}

TEST(Csv, AWrongQuoteIsAnErrorWithItsLine) {
  for (const char* text : {"a\nb,\"open\n", "a\n\"x\"y,1\n"}) {
    Result<std::vector<CsvRow>> rows = parse_csv(text);
    ASSERT_FALSE(rows.ok()) << text;
    EXPECT_EQ(rows.error().message.substr(0, 2), "2:");
  }
}

TEST(Csv, WhatIsWrittenIsReadBack) {
  for (const std::vector<std::string>& fields : std::vector<std::vector<std::string>>{
           {"a", "b,c", "d\"e", "f\r\ng", ""}, {""}, {"氏名", "  spaces  "}}) {
    EXPECT_EQ(fields_of(csv_line(fields)).at(0), fields);
  }
}

}  // namespace
}  // namespace suikei
