#include "table/checksum.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace suikei::table {
namespace {

/// Digits of a decimal without trailing zeros behind the point: 1.50 is "1.5", 2.00 is "2".
size_t write_decimal(Int128 value, int scale, char* out) {
  bool negative = value < 0;
  auto rest = negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  while (scale > 0 && rest % 10 == 0) {
    rest /= 10;
    --scale;
  }
  char digits[48];
  int count = 0;
  while (rest > 0 || count <= scale) {
    digits[count++] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  char* p = out;
  if (negative) *p++ = '-';
  for (int i = count - 1; i >= 0; --i) {
    *p++ = digits[i];
    if (i == scale && scale > 0) *p++ = '.';
  }
  return static_cast<size_t>(p - out);
}

void append_value(std::string& text, std::string_view value) {
  fmt::format_int length(value.size());
  text.append(length.data(), length.size());
  text += ':';
  text += value;
}

}  // namespace

RowHasher::RowHasher(const Schema& schema) {
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const std::string& name = schema.columns[i].name;
    bool ours = name == shard_column || name == tenant_column || name == collected_at_column;
    if (!ours) parts_.push_back({i, lower(name) + "="});
  }
  std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.prefix < b.prefix; });
}

std::string canonical_text(const ColumnBuffer& column, size_t row) {
  char digits[64];
  auto integer = [](int64_t value) { return fmt::format_int(value).str(); };
  switch (column.type().kind) {
    case TypeKind::boolean:
      return integer(column.value<uint8_t>(row) != 0);
    case TypeKind::integer:
      return integer(column.value<int32_t>(row));
    case TypeKind::date:
      return integer(column.value<int32_t>(row) * int64_t{86'400'000'000});
    case TypeKind::bigint:
    case TypeKind::timestamp:
    case TypeKind::timestamptz:
      return integer(column.value<int64_t>(row));
    case TypeKind::decimal:
      return {digits, write_decimal(column.value<Int128>(row), column.type().scale, digits)};
    case TypeKind::real:
      return fmt::format("{:.17g}", column.value<double>(row));
    case TypeKind::varchar:
    case TypeKind::blob:
      return std::string(column.bytes(row));
  }
  die(__FILE__, __LINE__, "type without a canonical text");
}

void RowHasher::write(const Batch& batch, size_t row, std::string& text) const {
  for (const Part& part : parts_) {
    const ColumnBuffer& column = batch.column(part.column);
    if (column.is_null(row)) continue;
    text += part.prefix;
    // The two kinds that most columns have go without a copy.
    bool is_text = column.type().kind == TypeKind::varchar || column.type().kind == TypeKind::blob;
    if (is_text) {
      append_value(text, column.bytes(row));
    } else if (column.type().kind == TypeKind::bigint) {
      fmt::format_int digits(column.value<int64_t>(row));
      append_value(text, {digits.data(), digits.size()});
    } else {
      append_value(text, canonical_text(column, row));
    }
  }
}

void RowHasher::add(const Batch& batch, size_t row, Sum128& sum) {
  write(batch, row, lanes_.text());
  lanes_.add(sum);
}

std::string RowHasher::canonical(const Batch& batch, size_t row) const {
  std::string text;
  write(batch, row, text);
  return text;
}

}  // namespace suikei::table
