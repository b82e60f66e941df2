// rows.h — the rows of a table, each made from (seed, tenant, kind, number, day) alone.
// Why:    any row can be made again at any time: a day's change needs no memory of the day before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lab/random.h"
#include "lab/schema.h"

namespace suikei::lab {

/// How many rows tables have: `tiny` at most 20, `small` up to 20,000, `big` up to 250,000, `bench` many
/// tables with 19 rows on average. Always skewed: a third or more are empty, most hold a few, tenant 1 most.
enum class Scale { tiny, small, big, bench };

int64_t rows_of(const Kind& kind, int tenant, Scale scale, uint64_t seed);

/// Makes the rows of one tenant.
class RowMaker {
 public:
  RowMaker(uint64_t seed, int tenant, Scale scale);

  /// Appends "(value,…)" for the columns of `kind`. `day` 0 is the past up to the first day; on a later day
  /// the same number gives another row of the same identity, written on that day.
  void append(std::string& sql, const Kind& kind, int64_t number, int day) const;
  /// Makes the row another one of the same identity; the kind's first column must tell its rows apart.
  std::string update(const Kind& kind, int64_t number, int day) const;
  std::string remove(const Kind& kind, int64_t number) const;

 private:
  struct Row;
  Row start_row(const Kind& kind, int64_t number, int day) const;
  void append_value(std::string& sql, const Column& column, Row& row) const;
  bool append_reference(std::string& sql, Fill fill, Row& row) const;

  uint64_t seed_;
  int tenant_;
  int64_t orders_, goods_, customers_, shops_;
};

/// "(`id`,`name`,…)"
std::string column_list(const Kind& kind);
/// The days since 1970-01-01 of 2026-01-01, the lab's day 0.
inline constexpr int64_t first_day = 20454;

}  // namespace suikei::lab
