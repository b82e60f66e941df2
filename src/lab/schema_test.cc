#include "lab/schema.h"

#include <gtest/gtest.h>

#include <set>

namespace suikei::lab {
namespace {

Kind kind_named(const char* name) {
  for (const Kind& kind : plan_kinds(14)) {
    if (kind.name == name) return kind;
  }
  ADD_FAILURE() << name;
  return {};
}

std::string type_of(const char* kind, const char* column, int tenant, int day = 0,
                    Drift drift = Drift::drifted) {
  Kind found = kind_of(kind_named(kind), tenant, day, drift);
  const Column* there = found.find_column(column);
  return there ? there->type : "";
}

TEST(Schema, RealKindsComeFirstThenNumberedFillers) {
  std::vector<Kind> kinds = plan_kinds(14);
  ASSERT_EQ(kinds.size(), 14u);
  EXPECT_EQ(kinds[0].name, "orders");
  EXPECT_EQ(kinds[11].name, "documents");
  EXPECT_EQ(kinds[12].name, "filler_013");
  EXPECT_EQ(plan_kinds(3).size(), 3u);
}

TEST(Schema, FillersHaveColumnSetsOfTheirOwn) {
  std::set<std::string> shapes;
  for (const Kind& kind : plan_kinds(60)) shapes.insert(create_table(kind, "t", ServerKind::mariadb));
  EXPECT_EQ(shapes.size(), 60u);
}

TEST(Schema, TenantsDriftAsTheirNumbersSay) {
  EXPECT_EQ(type_of("goods", "jan_code", 3), "bigint");
  EXPECT_EQ(type_of("goods", "jan_code", 4), "varchar(13)");
  EXPECT_EQ(type_of("goods", "jan_code", 3, 0, Drift::uniform), "varchar(13)");
  EXPECT_EQ(type_of("orders", "gift_message", 4), "varchar(200)");
  EXPECT_EQ(type_of("orders", "gift_message", 5), "");
  EXPECT_EQ(type_of("shops", "fax", 5), "");
  EXPECT_EQ(type_of("customers", "points", 6), "bigint unsigned NOT NULL DEFAULT 0");
  EXPECT_EQ(type_of("stock", "quantity", 7), "bigint NOT NULL");
}

TEST(Schema, ProductChangesStayAndLeaveSomeTenantsBehind) {
  EXPECT_EQ(type_of("orders", "channel", 1, 0), "");
  EXPECT_NE(type_of("orders", "channel", 1, 1), "");
  EXPECT_NE(type_of("orders", "channel", 1, 9), "");
  EXPECT_EQ(type_of("stock", "reserved", 1, 2), "int");
  EXPECT_NE(type_of("goods", "label_4", 1, 4), "");
  EXPECT_EQ(type_of("goods", "label_4", 9, 4), "") << "every tenth tenant is left behind";
  EXPECT_EQ(type_of("goods", "label_4", 1, 5), "");
}

TEST(Schema, InvisibleColumnsAreInvisibleWhereTheServerKnowsThem) {
  Kind settings = kind_named("settings");
  EXPECT_NE(create_table(settings, "settings", ServerKind::mariadb).find("DEFAULT NULL INVISIBLE"),
            std::string::npos);
  EXPECT_EQ(create_table(settings, "settings", ServerKind::mysql8).find("INVISIBLE"), std::string::npos);
}

TEST(Schema, EveryTypeOfTheTypeTableOccurs) {
  std::string all;
  for (const Kind& kind : plan_kinds(12)) all += create_table(kind, kind.name, ServerKind::mariadb) + "\n";
  for (const char* type :
       {"bigint", "bigint unsigned", "decimal(",  "float", "double", "bit(1)", "bit(8)",
        "date,",  "datetime",        "timestamp", "time,", "year",   "enum(",  "set(",
        "blob",   "binary(",         "json",      "char(", "text",   "latin1", "mediumint"}) {
    EXPECT_NE(all.find(type), std::string::npos) << type;
  }
}

}  // namespace
}  // namespace suikei::lab
