#include "table/schema.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace suikei::table {
namespace {

Schema goods() {
  return {{{"Id", bigint_type, ""}, {"born", date_type, "note"}, {"price", decimal_type(10, 2), ""}}};
}

TEST(Schema, FindsNamesWhateverTheirAsciiCase) {
  Schema schema{{{"Id", bigint_type, ""}, {"日付", date_type, ""}, {"É", date_type, ""}}};
  EXPECT_EQ(schema.find("ID"), 0);
  EXPECT_EQ(schema.find("id"), 0);
  EXPECT_EQ(schema.find("日付"), 1);
  EXPECT_EQ(schema.find("é"), -1);  // only ASCII letters are folded
  EXPECT_EQ(schema.find("i"), -1);
  EXPECT_EQ(schema.find(""), -1);
}

TEST(Schema, MergeAddsNewColumnsAtTheEnd) {
  Schema into = goods();
  SchemaChange change;
  Schema other{{{"stock", integer_type, "n"}, {"ID", bigint_type, ""}, {"name", varchar_type, ""}}};
  EXPECT_EQ(merge(into, other, &change), std::nullopt);
  Schema expected = goods();
  expected.columns.push_back({"stock", integer_type, "n"});
  expected.columns.push_back({"name", varchar_type, ""});
  EXPECT_EQ(into, expected);
  ASSERT_EQ(change.added.size(), 2u);
  EXPECT_EQ(change.added[0].name, "stock");
  EXPECT_EQ(change.added[1].name, "name");
  EXPECT_TRUE(change.widened.empty());
}

TEST(Schema, MergeWidensAndKeepsNameOrderAndNote) {
  Schema into = goods();
  SchemaChange change;
  Schema other{{{"PRICE", decimal_type(12, 4), ""}, {"BORN", timestamp_type, "other"}}};
  EXPECT_EQ(merge(into, other, &change), std::nullopt);
  Schema expected{
      {{"Id", bigint_type, ""}, {"born", timestamp_type, "note"}, {"price", decimal_type(12, 4), ""}}};
  EXPECT_EQ(into, expected);
  EXPECT_TRUE(change.added.empty());
  ASSERT_EQ(change.widened.size(), 2u);
  EXPECT_EQ(change.widened[0], (Column{"price", decimal_type(12, 4), ""}));
  EXPECT_EQ(change.widened[1], (Column{"born", timestamp_type, "note"}));
}

TEST(Schema, ANarrowerShapeChangesNothing) {
  Schema into = goods();
  SchemaChange change;
  Schema narrow{{{"id", integer_type, ""}, {"price", decimal_type(4, 1), ""}}};
  EXPECT_EQ(merge(into, narrow, &change), std::nullopt);
  EXPECT_EQ(into, goods());
  EXPECT_TRUE(change.empty());
  EXPECT_EQ(merge(into, goods(), &change), std::nullopt);
  EXPECT_TRUE(change.empty());
}

TEST(Schema, AConflictLeavesTheUnionAndTheChangeAsTheyWere) {
  Schema into = goods();
  SchemaChange change;
  Schema other{{{"new_one", varchar_type, ""}, {"born", timestamp_type, ""}, {"ID", varchar_type, ""}}};
  std::optional<Conflict> conflict = merge(into, other, &change);
  ASSERT_TRUE(conflict);
  EXPECT_EQ(lower(conflict->column), "id");
  EXPECT_EQ(conflict->wanted, bigint_type);
  EXPECT_EQ(conflict->actual, varchar_type);
  EXPECT_NE(conflict->text().find("VARCHAR"), std::string::npos);
  EXPECT_EQ(into, goods());
  EXPECT_TRUE(change.empty());
}

TEST(Schema, JsonReadsBackAndWhatIsNoListOfColumnsIsCorrupt) {
  EXPECT_EQ(MUST(schema_from_json(to_json(goods()))), goods());
  EXPECT_EQ(MUST(schema_from_json(to_json(lake_schema()))).columns.size(), size_t{system_columns});
  for (const char* text :
       {"{}", "[1]", "[[\"a\",\"BIGINT\"]]", "[[\"a\",\"HUGEINT\",\"\"]]", "[[1,\"BIGINT\",\"\"]]"}) {
    Result<Schema> schema = schema_from_json(Json::parse(text));
    ASSERT_FALSE(schema.ok()) << text;
    EXPECT_EQ(schema.error().kind, ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace suikei::table
