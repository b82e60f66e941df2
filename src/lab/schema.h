// schema.h — the kinds of table every tenant has, and how tenants drift away from them.
// Why:    millions of tables that are "the same" never are; a lab without drift proves nothing.
// Holds:  everything here is pure and depends on numbers only (kind, tenant, day), never on a clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace suikei::lab {

enum class ServerKind { mariadb, mysql8 };
/// `drifted`: tenants differ as described at `kind_of`. `uniform`: all tenants are equal, nothing is odd.
enum class Drift { drifted, uniform };

/// What the values of a column look like; rows.cc says how each is made.
enum class Fill {
  number,  ///< the row's own number, from 1
  order_of_line,
  line_number,  ///< together unique; they spread over the orders of the tenant
  code_of_stock,
  warehouse,  ///< together unique
  setting_name,
  slip_number,
  order_number,
  goods_code,
  any_goods_code,
  any_order,
  any_customer,
  any_shop,
  small,
  quantity,
  money,
  price,
  cost,
  ratio,
  big_unsigned,
  flag,
  bits,
  choice,
  choices,
  name,
  kana,
  email,
  phone,
  postal_code,
  prefecture,
  address,
  product,
  supplier,
  shop_name,
  memo,
  log_message,
  jan_text,
  jan_number,
  url,
  hexadecimal,
  json,
  bytes,
  latin1_bytes,
  surrogates,
  date,
  date_text,
  birthday,
  utc_datetime,
  jst_datetime,
  jst_micros,
  timestamp,
  time_of_day,
  duration,
  year,
};

struct Column {
  std::string name;
  std::string type;  ///< as in DDL, with NOT NULL and the like
  Fill fill = Fill::number;
  int null_percent = 0;
  std::vector<std::string> choices = {};
  bool invisible = false;
};

struct Kind {
  std::string name;
  std::vector<Column> columns;
  std::string keys;  ///< "PRIMARY KEY (`id`)", or nothing
  int number = 0;    ///< 1 for the first kind; rows are made from it, so a renamed table keeps its rows

  const Column* find_column(std::string_view column) const;
};

/// The first `count` kinds: a dozen real ones, then filler_013, filler_014 …
std::vector<Kind> plan_kinds(int count);

/// `kind` as this tenant has it on this day: product changes up to `day`, then the tenant's own drift.
/// The drift follows the tenant's number, so that a test may name it:
///   goods.jan_code       bigint instead of varchar(13)      tenants 3, 11, 19 … (every 8th)
///   orders.gift_message  an extra column                     tenants 4, 14, 24 … (every 10th)
///   shops.fax            missing                             tenants 5, 17, 29 … (every 12th)
///   customers.points     bigint unsigned instead of int      tenants 6, 15, 24 … (every 9th)
///   stock.quantity       bigint instead of int               tenants 2, 7, 12 … (every 5th)
Kind kind_of(const Kind& kind, int tenant, int day, Drift drift);

/// A tenant that has `Stock` beside `stock`.
inline constexpr int tenant_with_two_cases = 7;
/// A tenant whose database also still stands on the shard it came from.
inline constexpr int tenant_that_moved = 2;

/// What the product team does on a day: one ALTER, in all or most tenants.
struct ProductChange {
  enum class Action { add, modify, drop };
  std::string kind, column;
  Action action = Action::add;
  std::string type;        ///< of the column afterwards
  bool everywhere = true;  ///< false: every tenth tenant is left behind

  std::string alter_table() const;

  bool concerns(int tenant) const { return everywhere || tenant % 10 != 9; }
};
ProductChange product_change_of(int day);

/// "ne_00042"
std::string database_of(int tenant);
/// INVISIBLE is written for servers that know it.
std::string create_table(const Kind& kind, std::string_view table, ServerKind server);

}  // namespace suikei::lab
