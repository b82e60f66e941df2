#include "table/types.h"

#include <gtest/gtest.h>

#include <vector>

namespace suikei::table {
namespace {

const std::vector<Type> all_types = {
    boolean_type, integer_type, bigint_type,    decimal_type(1, 0), decimal_type(20, 0), decimal_type(38, 38),
    real_type,    date_type,    timestamp_type, timestamptz_type,   varchar_type,        blob_type};

TEST(Types, TheNameOfATypeReadsBackAsTheType) {
  for (Type type : all_types) EXPECT_EQ(parse_type(sql_name(type)), type) << sql_name(type);
  EXPECT_EQ(sql_name(timestamptz_type), "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(sql_name(decimal_type(20, 0)), "DECIMAL(20,0)");
  EXPECT_EQ(sql_name(real_type), "DOUBLE");
}

TEST(Types, WhatALakeDoesNotHoldIsNoType) {
  for (const char* text : {"", "INT", "bigint", "HUGEINT", "ENUM('a')", "DECIMAL", "DECIMAL(0,0)",
                           "DECIMAL(39,0)", "DECIMAL(5,6)", "DECIMAL(5,-1)", "VARCHAR(10)"}) {
    EXPECT_EQ(parse_type(text), std::nullopt) << text;
  }
}

struct Pair {
  Type left, right;
  std::optional<Type> common;
};

TEST(Types, WideningFollowsTheTable) {
  const std::vector<Pair> table = {
      {integer_type, bigint_type, bigint_type},
      {integer_type, decimal_type(5, 0), decimal_type(10, 0)},
      {integer_type, decimal_type(20, 0), decimal_type(20, 0)},
      {integer_type, decimal_type(10, 2), decimal_type(12, 2)},
      {bigint_type, decimal_type(20, 0), decimal_type(20, 0)},
      {bigint_type, decimal_type(10, 2), decimal_type(21, 2)},
      {bigint_type, decimal_type(38, 19), decimal_type(38, 19)},
      {bigint_type, decimal_type(38, 20), std::nullopt},
      {decimal_type(10, 2), decimal_type(10, 4), decimal_type(12, 4)},
      {decimal_type(5, 5), decimal_type(5, 0), decimal_type(10, 5)},
      {decimal_type(38, 0), decimal_type(20, 0), decimal_type(38, 0)},
      {decimal_type(38, 0), decimal_type(1, 1), std::nullopt},
      {date_type, timestamp_type, timestamp_type},
      {date_type, timestamptz_type, std::nullopt},
      {timestamp_type, timestamptz_type, std::nullopt},
      {bigint_type, real_type, std::nullopt},
      {decimal_type(5, 2), real_type, std::nullopt},
      {boolean_type, integer_type, std::nullopt},
      {boolean_type, bigint_type, std::nullopt},
      {bigint_type, varchar_type, std::nullopt},
      {varchar_type, blob_type, std::nullopt},
      {integer_type, date_type, std::nullopt},
  };
  for (const Pair& pair : table) {
    EXPECT_EQ(widen(pair.left, pair.right), pair.common)
        << sql_name(pair.left) << " " << sql_name(pair.right);
    EXPECT_EQ(widen(pair.right, pair.left), pair.common)
        << sql_name(pair.right) << " " << sql_name(pair.left);
  }
}

TEST(Types, ATypeIsItsOwnCommonTypeAndWideningTwiceChangesNothing) {
  for (Type left : all_types) {
    EXPECT_EQ(widen(left, left), left) << sql_name(left);
    for (Type right : all_types) {
      std::optional<Type> common = widen(left, right);
      if (common) {
        EXPECT_EQ(widen(*common, right), common) << sql_name(left) << " " << sql_name(right);
      }
    }
  }
}

TEST(Types, OnlyTextAndBytesHaveNoFixedWidth) {
  for (Type type : all_types) {
    bool variable = type == varchar_type || type == blob_type;
    EXPECT_EQ(value_bytes(type) == 0, variable) << sql_name(type);
  }
  EXPECT_EQ(value_bytes(decimal_type(1, 0)), 16u);
  EXPECT_EQ(value_bytes(integer_type), 4u);
}

}  // namespace
}  // namespace suikei::table
