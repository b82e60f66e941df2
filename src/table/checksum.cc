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

void append_integer(std::string& text, int64_t value) {
  fmt::format_int digits(value);
  append_value(text, {digits.data(), digits.size()});
}

}  // namespace

RowHasher::RowHasher(const Schema& schema) {
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const std::string& name = schema.columns[i].name;
    bool ours = name == shard_column || name == tenant_column || name == collected_at_column;
    if (!ours) parts_.push_back({i, name + "="});
  }
  std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.prefix < b.prefix; });
}

void RowHasher::write(const Batch& batch, size_t row, std::string& text) const {
  for (const Part& part : parts_) {
    const ColumnBuffer& column = batch.column(part.column);
    if (column.is_null(row)) continue;
    text += part.prefix;
    switch (column.type().kind) {
      case TypeKind::boolean:
        append_integer(text, column.value<uint8_t>(row) != 0);
        break;
      case TypeKind::integer:
        append_integer(text, column.value<int32_t>(row));
        break;
      case TypeKind::bigint:
        append_integer(text, column.value<int64_t>(row));
        break;
      case TypeKind::date:
        append_integer(text, column.value<int32_t>(row) * int64_t{86'400'000'000});
        break;
      case TypeKind::timestamp:
      case TypeKind::timestamptz:
        append_integer(text, column.value<int64_t>(row));
        break;
      case TypeKind::decimal: {
        char digits[64];
        append_value(text, {digits, write_decimal(column.value<Int128>(row), column.type().scale, digits)});
        break;
      }
      case TypeKind::real: {
        char digits[32];
        auto end = fmt::format_to(digits, "{:.17g}", column.value<double>(row));
        append_value(text, {digits, static_cast<size_t>(end - digits)});
        break;
      }
      case TypeKind::varchar:
      case TypeKind::blob:
        append_value(text, column.bytes(row));
        break;
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
