#include "lab/rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/check.h"
#include "base/text.h"
#include "lab/values.h"

namespace suikei::lab {
namespace {

/// A Pareto curve with many empty tables under it.
struct Curve {
  double empty_share, least, slope;
  int64_t most;     ///< of an ordinary table
  int64_t biggest;  ///< the order lines of tenant 1
};

Curve curve_of(Scale scale) {
  switch (scale) {
    case Scale::tiny:
      return {0.3, 1, 0.7, 20, 20};
    case Scale::small:
      return {0.35, 3, 0.9, 2'000, 20'000};
    case Scale::big:
      return {0.35, 5, 0.8, 20'000, 250'000};
    case Scale::bench:
      return {0.4, 4, 1.0, 5'000, 100'000};
  }
  CHECK(false);
}

/// Tables that stay short however large the tenant is.
int64_t most_of(const Kind& kind, const Curve& curve) {
  if (kind.name == "shops") return std::min<int64_t>(curve.most, 30);
  if (kind.name == "settings") return std::min<int64_t>(curve.most, 60);
  return curve.most;
}

/// The two large tenants: what share of the biggest table each of their tables has; 0 for ordinary tables.
double share_of_large_tenant(const Kind& kind, int tenant) {
  if (tenant > 2) return 0;
  double whole = tenant == 1 ? 1.0 : 0.5;
  if (kind.name == "order_lines") return whole;
  if (kind.name == "orders") return whole * 0.4;
  if (kind.name == "logs") return whole * 0.25;
  if (kind.name == "customers" || kind.name == "stock") return whole * 0.1;
  if (kind.name == "goods") return whole * 0.05;
  return 0;
}

void append_identity(std::string& sql, Fill fill, int64_t number) {
  auto out = std::back_inserter(sql);
  switch (fill) {
    case Fill::number:
      fmt::format_to(out, "{}", number);
      break;
    case Fill::goods_code:
      fmt::format_to(out, "'NE-{:05}'", number);
      break;
    case Fill::order_number:
      fmt::format_to(out, "'20260101-{:08}'", number);
      break;
    case Fill::slip_number:
      fmt::format_to(out, "'{:012}'", number * 7 + 300'000'000'000);
      break;
    case Fill::code_of_stock:
      fmt::format_to(out, "'NE-{:05}'", (number + 1) / 2);
      break;
    case Fill::warehouse:
      sql += number % 2 ? "'本社倉庫'" : "'西日本ＤＣ'";
      break;
    default:
      fmt::format_to(out, "'{}.{}'", setting_names[static_cast<size_t>(number) % setting_names.size()],
                     number);
  }
}

bool is_identity(Fill fill) {
  switch (fill) {
    case Fill::number:
    case Fill::goods_code:
    case Fill::order_number:
    case Fill::slip_number:
    case Fill::code_of_stock:
    case Fill::warehouse:
    case Fill::setting_name:
      return true;
    default:
      return false;
  }
}

std::string where_it_is(const Kind& kind, int64_t number) {
  std::string sql = fmt::format(" WHERE `{}`=", kind.columns.front().name);
  append_identity(sql, kind.columns.front().fill, number);
  return sql;
}

}  // namespace

struct RowMaker::Row : ValueSource {
  int64_t number;
};

int64_t rows_of(const Kind& kind, int tenant, Scale scale, uint64_t seed) {
  Curve curve = curve_of(scale);
  if (kind.name == "order_lines" && tenant > 2) {
    // Lines follow their orders.
    Kind orders{"orders", {}, "", 1};
    int64_t count = rows_of(orders, tenant, scale, seed);
    uint64_t more = mix({seed, static_cast<uint64_t>(tenant), 0x11e5});
    return std::min(count * 2 + (count ? static_cast<int64_t>(more % static_cast<uint64_t>(count)) : 0),
                    curve.biggest);
  }
  if (double share = share_of_large_tenant(kind, tenant); share > 0) {
    return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(curve.biggest) * share));
  }
  Random random(mix({seed, static_cast<uint64_t>(tenant), static_cast<uint64_t>(kind.number), 0x512e}));
  if (random.unit() < curve.empty_share) return 0;
  double rows = curve.least / std::pow(1 - random.unit(), 1 / curve.slope);
  return std::min(static_cast<int64_t>(std::min(rows, 1e9)), most_of(kind, curve));
}

RowMaker::RowMaker(uint64_t seed, int tenant, Scale scale) : seed_(seed), tenant_(tenant) {
  auto count = [&](const char* name, int number) {
    return std::max<int64_t>(1, rows_of(Kind{name, {}, "", number}, tenant, scale, seed));
  };
  orders_ = count("orders", 1);
  goods_ = count("goods", 3);
  shops_ = count("shops", 5);
  customers_ = count("customers", 6);
}

RowMaker::Row RowMaker::start_row(const Kind& kind, int64_t number, int day) const {
  // Every seventh log row repeats the one before it, to the last digit.
  int64_t told = kind.name == "logs" && number % 7 == 6 ? number - 1 : number;
  auto part = [](auto value) { return static_cast<uint64_t>(value); };
  Random random(mix({seed_, part(tenant_), part(kind.number), part(told), part(day)}));
  int64_t midnight = (first_day + day) * 86'400 - 9 * 3'600;  // in Japan
  int64_t reach = day == 0 ? 400 * 86'400 : 0;
  int64_t instant = midnight + random.between(-reach, 86'399);
  uint64_t person = random.next();
  return Row{{random, instant, person}, number};
}

bool RowMaker::append_reference(std::string& sql, Fill fill, Row& row) const {
  auto any = [&](int64_t of) { return row.random.between(1, of); };
  auto out = std::back_inserter(sql);
  switch (fill) {
    case Fill::order_of_line:
      fmt::format_to(out, "{}", 1 + (row.number - 1) % orders_);
      return true;
    case Fill::line_number:
      fmt::format_to(out, "{}", 1 + (row.number - 1) / orders_);
      return true;
    case Fill::any_order:
      fmt::format_to(out, "{}", any(orders_));
      return true;
    case Fill::any_customer:
      fmt::format_to(out, "{}", any(customers_));
      return true;
    case Fill::any_shop:
      fmt::format_to(out, "{}", any(shops_));
      return true;
    case Fill::any_goods_code:
      fmt::format_to(out, "'NE-{:05}'", any(goods_));
      return true;
    default:
      return false;
  }
}

void RowMaker::append_value(std::string& sql, const Column& column, Row& row) const {
  if (is_identity(column.fill)) return append_identity(sql, column.fill, row.number);
  if (column.null_percent > 0 && row.random.percent(static_cast<uint64_t>(column.null_percent))) {
    sql += "NULL";
    return;
  }
  if (append_reference(sql, column.fill, row)) return;
  append_invented(sql, column, row);
}

void RowMaker::append(std::string& sql, const Kind& kind, int64_t number, int day) const {
  Row row = start_row(kind, number, day);
  char before = '(';
  for (const Column& column : kind.columns) {
    sql += before;
    append_value(sql, column, row);
    before = ',';
  }
  sql += ')';
}

std::string RowMaker::update(const Kind& kind, int64_t number, int day) const {
  CHECK(is_identity(kind.columns.front().fill));
  Row row = start_row(kind, number, day);
  std::string sql = fmt::format("UPDATE `{}` SET ", kind.name);
  const char* before = "";
  for (const Column& column : kind.columns) {
    if (is_identity(column.fill)) continue;
    sql += fmt::format("{}`{}`=", before, column.name);
    append_value(sql, column, row);
    before = ",";
  }
  return sql + where_it_is(kind, number);
}

std::string RowMaker::remove(const Kind& kind, int64_t number) const {
  CHECK(is_identity(kind.columns.front().fill));
  return fmt::format("DELETE FROM `{}`", kind.name) + where_it_is(kind, number);
}

std::string column_list(const Kind& kind) {
  std::string list;
  for (const Column& column : kind.columns) {
    list += list.empty() ? "(`" : "`,`";
    list += column.name;
  }
  return list + "`)";
}

}  // namespace suikei::lab
