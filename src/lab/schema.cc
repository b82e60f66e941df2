#include "lab/schema.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "lab/random.h"

namespace suikei::lab {
namespace {

std::string quoted_list(const std::vector<std::string>& choices) {
  return "('" + join(choices, "','") + "')";
}

Column enumeration(std::string name, std::vector<std::string> choices, int null_percent = 0) {
  std::string type = "enum" + quoted_list(choices);
  return {std::move(name), std::move(type), Fill::choice, null_percent, std::move(choices)};
}

Column set_of(std::string name, std::vector<std::string> choices) {
  std::string type = "set" + quoted_list(choices);
  return {std::move(name), std::move(type), Fill::choices, 10, std::move(choices)};
}

Column hidden(Column column) {
  column.invisible = true;
  return column;
}

const std::string id = "bigint NOT NULL";
const std::string by_id = "PRIMARY KEY (`id`)";

Kind orders() {
  return {"orders",
          {{"id", "bigint NOT NULL AUTO_INCREMENT", Fill::number},
           {"order_number", "varchar(30) NOT NULL", Fill::order_number},
           {"shop_id", "int NOT NULL", Fill::any_shop},
           {"ordered_on", "varchar(20)", Fill::date_text, 2},
           enumeration("status", {"新規受注", "入金待ち", "引当待ち", "出荷待ち", "出荷済み", "キャンセル"}),
           {"customer_id", "int", Fill::any_customer, 5},
           {"customer_name", "varchar(100)", Fill::name},
           {"postal_code", "char(8)", Fill::postal_code, 3},
           {"address", "varchar(255)", Fill::address, 3},
           {"total", "decimal(12,2) NOT NULL", Fill::money},
           {"points_used", "int unsigned NOT NULL DEFAULT 0", Fill::small},
           {"memo", "text", Fill::memo, 60},
           {"created_at_utc", "datetime NOT NULL", Fill::utc_datetime},
           {"created_at", "datetime NOT NULL COMMENT '日本時間'", Fill::jst_datetime},
           {"updated_at", "timestamp NULL", Fill::timestamp}},
          "PRIMARY KEY (`id`), KEY `by_number` (`order_number`)"};
}

Kind order_lines() {
  return {"order_lines",
          {{"order_id", id, Fill::order_of_line},
           {"line_number", "smallint NOT NULL", Fill::line_number},
           {"goods_code", "varchar(30) NOT NULL", Fill::any_goods_code},
           {"goods_name", "varchar(255)", Fill::product},
           {"quantity", "int NOT NULL", Fill::quantity},
           {"unit_price", "decimal(10,0) NOT NULL", Fill::price},
           {"discount_rate", "double", Fill::ratio, 70},
           {"is_cancelled", "tinyint(1) NOT NULL DEFAULT 0", Fill::flag},
           {"updated_at", "timestamp NULL", Fill::timestamp}},
          "PRIMARY KEY (`order_id`,`line_number`)"};
}

Kind goods() {
  return {"goods",
          {{"code", "varchar(30) NOT NULL", Fill::goods_code},
           {"name", "varchar(255) NOT NULL", Fill::product},
           {"jan_code", "varchar(13)", Fill::jan_text, 20},
           {"price", "int", Fill::price, 2},
           {"cost", "decimal(14,4)", Fill::cost, 30},
           {"weight", "double", Fill::ratio, 40},
           set_of("temperature", {"常温", "冷蔵", "冷凍"}),
           {"attributes", "json", Fill::json, 30},
           {"image_url", "varchar(500)", Fill::url, 25},
           {"on_sale_from", "date", Fill::date, 40},
           {"created_at", "datetime(6)", Fill::jst_micros}},
          "PRIMARY KEY (`code`)"};
}

Kind stock() {
  return {"stock",
          {{"goods_code", "varchar(30) NOT NULL", Fill::code_of_stock},
           {"warehouse", "varchar(20) NOT NULL", Fill::warehouse},
           {"quantity", "int NOT NULL", Fill::quantity},
           {"reserved", "smallint", Fill::small, 10},
           {"counted_on", "date", Fill::date, 50},
           {"updated_at", "timestamp NULL", Fill::timestamp}},
          "PRIMARY KEY (`goods_code`,`warehouse`)"};
}

Kind shops() {
  return {"shops",
          {{"id", "int NOT NULL", Fill::number},
           {"name", "varchar(100) NOT NULL", Fill::shop_name},
           enumeration("mall", {"楽天市場", "Yahoo!ショッピング", "Amazon", "自社サイト", "実店舗"}),
           {"url", "varchar(500)", Fill::url, 20},
           {"phone", "varchar(20)", Fill::phone, 30},
           {"fax", "varchar(20)", Fill::phone, 60},
           {"opened_year", "year", Fill::year, 15},
           {"opens_at", "time", Fill::time_of_day, 30},
           {"is_open", "bit(1) NOT NULL", Fill::flag}},
          by_id};
}

Kind customers() {
  return {"customers",
          {{"id", "int NOT NULL", Fill::number},
           {"name", "varchar(100) NOT NULL", Fill::name},
           {"kana", "varchar(100)", Fill::kana, 5},
           {"email", "varchar(255)", Fill::email, 10},
           {"phone", "varchar(20)", Fill::phone, 20},
           {"postal_code", "char(8)", Fill::postal_code, 5},
           {"prefecture", "varchar(10)", Fill::prefecture, 5},
           {"address", "varchar(255)", Fill::address, 5},
           {"birthday", "date", Fill::birthday, 40},
           enumeration("sex", {"男性", "女性", "無回答"}, 30),
           {"points", "int NOT NULL DEFAULT 0", Fill::small},
           {"flags", "bit(8)", Fill::bits, 20},
           {"registered_at_utc", "datetime", Fill::utc_datetime},
           {"last_seen_at", "timestamp(3) NULL", Fill::timestamp, 30}},
          "PRIMARY KEY (`id`), KEY `by_email` (`email`)"};
}

Kind returns() {
  return {"returns",
          {{"id", "int NOT NULL", Fill::number},
           {"order_id", id, Fill::any_order},
           set_of("reasons", {"破損", "誤配送", "イメージ違い", "サイズ違い", "遅延"}),
           {"refund", "decimal(12,2)", Fill::money, 10},
           {"received_on", "varchar(20)", Fill::date_text, 15},
           {"time_taken", "time", Fill::duration, 20},
           {"photo", "blob", Fill::bytes, 50},
           {"note", "text", Fill::memo, 40}},
          by_id};
}

Kind purchases() {
  return {"purchases",
          {{"id", "mediumint unsigned NOT NULL", Fill::number},
           {"supplier", "varchar(100)", Fill::supplier},
           {"goods_code", "varchar(30) NOT NULL", Fill::any_goods_code},
           {"quantity", "int NOT NULL", Fill::quantity},
           {"cost", "decimal(20,6)", Fill::cost},
           {"rate", "float", Fill::ratio, 20},
           {"arrives_on", "date", Fill::date, 15},
           {"created_at", "datetime", Fill::jst_datetime}},
          by_id};
}

Kind settings() {
  return {"settings",
          {{"name", "varchar(50) NOT NULL", Fill::setting_name},
           {"value", "text", Fill::memo, 10},
           hidden({"internal_key", "varchar(40) DEFAULT NULL", Fill::hexadecimal}),
           {"changed_at", "datetime", Fill::jst_datetime}},
          "PRIMARY KEY (`name`)"};
}

// No primary key, and rows that are equal in every column: such logs exist, and must arrive complete.
Kind logs() {
  return {"logs",
          {{"at", "datetime(6) NOT NULL", Fill::jst_micros},
           {"level", "tinyint NOT NULL", Fill::flag},
           {"actor", "varchar(100)", Fill::email, 20},
           {"message", "varchar(1000)", Fill::log_message},
           {"request_id", "bigint unsigned", Fill::big_unsigned, 10}},
          ""};
}

Kind shipments() {
  return {"shipments",
          {{"slip_number", "char(12) NOT NULL", Fill::slip_number},
           {"order_id", id, Fill::any_order},
           enumeration("carrier", {"ヤマト運輸", "佐川急便", "日本郵便", "自社便"}),
           {"shipped_on", "varchar(20)", Fill::date_text, 10},
           {"weight", "float", Fill::ratio, 25},
           {"delivered_at", "timestamp NULL", Fill::timestamp, 20},
           {"label", "binary(8)", Fill::bytes, 30}},
          "PRIMARY KEY (`slip_number`)"};
}

// The old corner of the product: latin1 columns that hold other bytes, file bodies, and emoji from Java as
// two halves, which MariaDB keeps (not valid UTF-8!) and MySQL 8 cuts off.
Kind documents() {
  return {"documents",
          {{"id", "int NOT NULL", Fill::number},
           {"title", "varchar(200)", Fill::product},
           {"body", "mediumblob", Fill::bytes, 20},
           {"legacy_note", "varchar(200) CHARACTER SET latin1", Fill::latin1_bytes, 20},
           {"imported_note", "varchar(200) CHARACTER SET utf8", Fill::surrogates, 20},
           {"checksum", "char(12) CHARACTER SET ascii", Fill::hexadecimal},
           {"created_at", "datetime", Fill::jst_datetime}},
          by_id};
}

const std::vector<Column>& filler_pool() {
  static const std::vector<Column> pool{
      {"code", "varchar(30)", Fill::any_goods_code},
      {"title", "varchar(255)", Fill::product, 10},
      {"amount", "decimal(12,2)", Fill::money, 10},
      {"count", "int", Fill::quantity, 5},
      {"memo", "text", Fill::memo, 50},
      {"rate", "double", Fill::ratio, 20},
      {"applied_on", "date", Fill::date, 30},
      {"applied_text", "varchar(20)", Fill::date_text, 10},
      {"created_at", "datetime", Fill::jst_datetime},
      {"updated_at", "timestamp NULL", Fill::timestamp, 5},
      {"is_active", "tinyint(1)", Fill::flag},
      {"owner", "varchar(100)", Fill::name, 20},
      {"url", "varchar(500)", Fill::url, 60},
      {"token", "char(12)", Fill::hexadecimal},
      {"sequence", "bigint", Fill::small},
      {"extra", "json", Fill::json, 40},
  };
  return pool;
}

Kind filler(int number) {
  Kind kind{fmt::format("filler_{:03}", number), {}, "", number};
  Random random(mix({0xf111e2, static_cast<uint64_t>(number)}));
  bool has_key = number % 8 != 0;
  kind.columns.push_back({"id", has_key ? "int NOT NULL" : "int", Fill::number});
  if (has_key) kind.keys = by_id;
  int64_t columns = random.between(2, 12);
  for (int64_t at = 1; at <= columns; ++at) {
    Column column = filler_pool()[random.below(filler_pool().size())];
    column.name = fmt::format("{}_{}", column.name, at);
    kind.columns.push_back(std::move(column));
  }
  return kind;
}

Column* column_of(Kind& kind, std::string_view name) {
  for (Column& column : kind.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

void retype(Kind& kind, std::string_view name, std::string_view type, Fill fill) {
  if (Column* column = column_of(kind, name)) {
    column->type = type;
    column->fill = fill;
  }
}

void drop(Kind& kind, std::string_view name) {
  std::erase_if(kind.columns, [&](const Column& column) { return column.name == name; });
}

void apply_product_change(Kind& kind, const ProductChange& change) {
  switch (change.action) {
    case ProductChange::Action::drop:
      return drop(kind, change.column);
    case ProductChange::Action::modify:
      if (Column* column = column_of(kind, change.column)) column->type = change.type;
      return;
    case ProductChange::Action::add:
      kind.columns.push_back({change.column, change.type, Fill::hexadecimal, 30});
  }
}

void apply_drift(Kind& kind, int tenant) {
  if (kind.name == "goods" && tenant % 8 == 3) retype(kind, "jan_code", "bigint", Fill::jan_number);
  if (kind.name == "shops" && tenant % 12 == 5) drop(kind, "fax");
  if (kind.name == "stock" && tenant % 5 == 2) retype(kind, "quantity", "bigint NOT NULL", Fill::quantity);
  if (kind.name == "customers" && tenant % 9 == 6) {
    retype(kind, "points", "bigint unsigned NOT NULL DEFAULT 0", Fill::small);
  }
  if (kind.name == "orders" && tenant % 10 == 4) {
    kind.columns.push_back({"gift_message", "varchar(200)", Fill::memo, 40});
  }
}

}  // namespace

const Column* Kind::find_column(std::string_view column) const {
  for (const Column& candidate : columns) {
    if (candidate.name == column) return &candidate;
  }
  return nullptr;
}

std::vector<Kind> plan_kinds(int count) {
  std::vector<Kind> kinds{orders(),  order_lines(), goods(),    stock(), shops(),     customers(),
                          returns(), purchases(),   settings(), logs(),  shipments(), documents()};
  int real = static_cast<int>(kinds.size());
  for (int at = 0; at < real; ++at) kinds[static_cast<size_t>(at)].number = at + 1;
  if (count < real) kinds.resize(static_cast<size_t>(count));
  for (int number = real + 1; number <= count; ++number) kinds.push_back(filler(number));
  return kinds;
}

// Five changes that come round again: a column added everywhere, one widened, one lengthened, one added in
// most tenants, one dropped.
ProductChange product_change_of(int day) {
  using Action = ProductChange::Action;
  const char* text = "varchar(40) DEFAULT NULL";
  switch ((day - 1) % 5) {
    case 0:
      return {"orders", day == 1 ? "channel" : fmt::format("channel_{}", day), Action::add, text};
    case 1:
      return {"stock", "reserved", Action::modify, "int"};
    case 2:
      return {"customers", "address", Action::modify, "varchar(400)"};
    case 3:
      return {"goods", fmt::format("label_{}", day), Action::add, text, false};
    default:
      return {"goods", fmt::format("label_{}", day - 1), Action::drop, "", false};
  }
}

std::string ProductChange::alter_table() const {
  switch (action) {
    case Action::add:
      return fmt::format("ALTER TABLE `{}` ADD COLUMN `{}` {}", kind, column, type);
    case Action::modify:
      return fmt::format("ALTER TABLE `{}` MODIFY COLUMN `{}` {}", kind, column, type);
    case Action::drop:
      return fmt::format("ALTER TABLE `{}` DROP COLUMN `{}`", kind, column);
  }
  CHECK(false);
}

Kind kind_of(const Kind& kind, int tenant, int day, Drift drift) {
  Kind result = kind;
  for (int past = 1; past <= day; ++past) {
    ProductChange change = product_change_of(past);
    if (change.kind == kind.name && change.concerns(tenant)) apply_product_change(result, change);
  }
  if (drift == Drift::drifted) apply_drift(result, tenant);
  return result;
}

std::string database_of(int tenant) {
  return fmt::format("ne_{:05}", tenant);
}

std::string create_table(const Kind& kind, std::string_view table, ServerKind server) {
  std::string sql = fmt::format("CREATE TABLE `{}` (", table);
  for (const Column& column : kind.columns) {
    bool invisible = column.invisible && server == ServerKind::mariadb;
    if (&column != &kind.columns.front()) sql += ", ";
    sql += fmt::format("`{}` {}{}", column.name, column.type, invisible ? " INVISIBLE" : "");
  }
  if (!kind.keys.empty()) sql += ", " + kind.keys;
  return sql + ") ENGINE=InnoDB";
}

}  // namespace suikei::lab
