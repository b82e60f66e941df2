#include "table/checksum.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace suikei::table {
namespace {

/// Room for the text of any value that is not text itself.
using Digits = std::array<char, 64>;

std::string_view write_integer(int64_t value, Digits& out) {
  char* end = std::to_chars(out.data(), out.data() + out.size(), value).ptr;
  return {out.data(), static_cast<size_t>(end - out.data())};
}

/// Digits of `rest` without trailing zeros behind the point: 1.50 is "1.5", 2.00 is "2".
template <typename Unsigned>
std::string_view write_decimal(bool negative, Unsigned rest, int scale, Digits& out) {
  while (scale > 0 && rest % 10 == 0) {
    rest /= 10;
    --scale;
  }
  char* const end = out.data() + out.size();
  char* begin = end;
  for (int count = 0; rest > 0 || count <= scale; ++count) {
    if (count == scale && scale > 0) *--begin = '.';
    *--begin = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (negative) *--begin = '-';
  return {begin, static_cast<size_t>(end - begin)};
}

std::string_view write_decimal(Int128 value, int scale, Digits& out) {
  bool negative = value < 0;
  auto rest = negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  // Division by ten costs many times more with 128 bits.
  auto small = static_cast<uint64_t>(rest);
  return small == rest ? write_decimal(negative, small, scale, out)
                       : write_decimal(negative, rest, scale, out);
}

/// The canonical text of a value, in `scratch` or in the column itself.
std::string_view canonical_view(const ColumnBuffer& column, size_t row, Digits& scratch) {
  switch (column.type().kind) {
    case TypeKind::boolean:
      return write_integer(column.value<uint8_t>(row) != 0, scratch);
    case TypeKind::integer:
      return write_integer(column.value<int32_t>(row), scratch);
    case TypeKind::date:
      return write_integer(column.value<int32_t>(row) * int64_t{86'400'000'000}, scratch);
    case TypeKind::bigint:
    case TypeKind::timestamp:
    case TypeKind::timestamptz:
      return write_integer(column.value<int64_t>(row), scratch);
    case TypeKind::decimal:
      return write_decimal(column.value<Int128>(row), column.type().scale, scratch);
    case TypeKind::real: {
      char* end = fmt::format_to(scratch.data(), "{:.17g}", column.value<double>(row));
      return {scratch.data(), static_cast<size_t>(end - scratch.data())};
    }
    case TypeKind::varchar:
    case TypeKind::blob:
      return column.bytes(row);
  }
  die(__FILE__, __LINE__, "type without a canonical text");
}

void append_value(std::string& text, std::string_view value) {
  Digits length;
  text += write_integer(static_cast<int64_t>(value.size()), length);
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
  Digits scratch;
  return std::string(canonical_view(column, row, scratch));
}

void RowHasher::write(const Batch& batch, size_t row, std::string& text) const {
  Digits scratch;
  for (const Part& part : parts_) {
    const ColumnBuffer& column = batch.column(part.column);
    if (column.is_null(row)) continue;
    text += part.prefix;
    append_value(text, canonical_view(column, row, scratch));
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
