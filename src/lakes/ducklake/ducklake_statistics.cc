#include "lakes/ducklake/ducklake_statistics.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/text.h"
#include "base/time.h"

namespace suikei::lakes::ducklake {
namespace {

using table::Type;
using table::TypeKind;

/// Above every text: readers compare the first eight bytes, and no well-formed text has larger ones.
constexpr const char* text_above_all = "\xF4\x8F\xBF\xBF\xF4\x8F\xBF\xBF";

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The longest prefix of at most bound_bytes_max bytes that ends between two characters.
std::string shortened(const std::string& text) {
  size_t end = std::min(text.size(), bound_bytes_max);
  while (end > 0 && end < text.size() && is_continuation(text[end])) --end;
  return text.substr(0, end);
}

std::string encoded(uint32_t code) {
  std::string bytes;
  auto put = [&](uint32_t byte) { bytes += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F)), put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return bytes;
}

uint32_t decoded(std::string_view character) {
  auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  uint32_t code = first & (0xFF >> (character.size() + 1));
  for (size_t i = 1; i < character.size(); ++i)
    code = code << 6 | (static_cast<unsigned char>(character[i]) & 0x3F);
  return code;
}

/// The smallest short text above every text that begins with `prefix`.
std::string above(std::string prefix) {
  while (!prefix.empty()) {
    size_t start = prefix.size() - 1;
    while (start > 0 && is_continuation(prefix[start])) --start;
    uint32_t code = decoded(std::string_view(prefix).substr(start));
    prefix.resize(start);
    if (code >= 0x10FFFF) continue;
    return prefix + encoded(code == 0xD7FF ? 0xE000 : code + 1);
  }
  return text_above_all;
}

int sign_of(int64_t left, int64_t right) {
  return left < right ? -1 : left > right;
}

struct Digits {
  bool negative = false;
  std::string_view whole, fraction;
};

std::optional<Digits> parse_digits(std::string_view text) {
  Digits digits;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    digits.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  size_t point = text.find('.');
  digits.whole = text.substr(0, point);
  if (point != std::string_view::npos) digits.fraction = text.substr(point + 1);
  for (std::string_view part : {digits.whole, digits.fraction}) {
    if (part.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  }
  while (!digits.whole.empty() && digits.whole.front() == '0') digits.whole.remove_prefix(1);
  while (!digits.fraction.empty() && digits.fraction.back() == '0') digits.fraction.remove_suffix(1);
  if (digits.whole.empty() && digits.fraction.empty()) digits.negative = false;
  return digits;
}

int compare_digits(const Digits& left, const Digits& right) {
  if (left.negative != right.negative) return left.negative ? -1 : 1;
  int order = sign_of(static_cast<int64_t>(left.whole.size()), static_cast<int64_t>(right.whole.size()));
  if (order == 0) order = left.whole.compare(right.whole);
  if (order == 0) order = left.fraction.compare(right.fraction);
  return left.negative ? -order : order;
}

std::optional<bool> parse_boolean(const std::string& text) {
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return std::nullopt;
}

std::optional<double> parse_real(const std::string& text) {
  char* end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end || std::isnan(value)) return std::nullopt;
  return value;
}

/// Takes a number of digits from the front, and a separator that must follow it (0: none).
std::optional<int> take_number(std::string_view& text, char separator) {
  int value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (separator) {
    if (text.empty() || text.front() != separator) return std::nullopt;
    text.remove_prefix(1);
  }
  return value;
}

/// Date, wall clock or instant as microseconds: "2026-11-23 02:39:27.073372+00", "0044-03-15 (BC)",
/// "infinity".
std::optional<int64_t> parse_time(std::string_view text) {
  if (text == "infinity") return std::numeric_limits<int64_t>::max();
  if (text == "-infinity") return std::numeric_limits<int64_t>::min();
  bool before_christ = text.size() > 5 && text.substr(text.size() - 5) == " (BC)";
  if (before_christ) text.remove_suffix(5);
  std::optional<int> year = take_number(text, '-'), month = take_number(text, '-'),
                     day = take_number(text, 0);
  if (!year || !month || !day) return std::nullopt;
  int64_t seconds = int64_t{days_from_civil(before_christ ? 1 - *year : *year, *month, *day)} * 86400;
  int64_t micros = 0;
  if (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
    std::optional<int> hour = take_number(text, ':'), minute = take_number(text, ':'),
                       second = take_number(text, 0);
    if (!hour || !minute || !second) return std::nullopt;
    seconds += *hour * 3600 + *minute * 60 + *second;
    if (!text.empty() && text.front() == '.') {
      text.remove_prefix(1);
      for (int64_t unit = 100'000; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10) {
        micros += unit * (text.front() - '0');
        text.remove_prefix(1);
      }
    }
  }
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    int direction = text.front() == '+' ? 1 : -1;
    text.remove_prefix(1);
    std::optional<int> hours = take_number(text, 0);
    if (!hours) return std::nullopt;
    int offset = *hours * 3600;
    if (!text.empty() && text.front() == ':') {
      text.remove_prefix(1);
      std::optional<int> minutes = take_number(text, 0);
      if (!minutes) return std::nullopt;
      offset += *minutes * 60;
    }
    seconds -= direction * offset;
  }
  if (!text.empty()) return std::nullopt;
  return seconds * 1'000'000 + micros;
}

template <typename T>
Result<int> compare_parsed(const std::optional<T>& left, const std::optional<T>& right, Type type,
                           const std::string& left_text, const std::string& right_text) {
  if (!left || !right) {
    return Error{ErrorKind::corrupt,
                 fmt::format("the catalog has `{}` as a bound of a {} column", left ? right_text : left_text,
                             sql_name(type)),
                 ""};
  }
  return *left < *right ? -1 : *right < *left ? 1 : 0;
}

}  // namespace

FileRange file_range(Type type, const table::ColumnStatistics& statistics) {
  FileRange range{statistics.bytes, statistics.values - statistics.nulls,
                  statistics.nulls, statistics.has_nan,
                  std::nullopt,     std::nullopt};
  // No reader uses the bounds of bytes, and the two ways to write them as text do not compare.
  if (type.kind == TypeKind::blob || range.values <= 0) return range;
  range.min = statistics.min;
  range.max = statistics.max;
  if (type.kind == TypeKind::real) {
    if (range.min && !parse_real(*range.min)) range.min = std::nullopt;
    if (range.max && !parse_real(*range.max)) range.max = std::nullopt;
  }
  if (type.kind != TypeKind::varchar) return range;
  if (range.min && range.min->size() > bound_bytes_max) range.min = shortened(*range.min);
  if (range.max && range.max->size() > bound_bytes_max) range.max = above(shortened(*range.max));
  return range;
}

Result<int> compare(Type type, const std::string& left, const std::string& right) {
  switch (type.kind) {
    case TypeKind::boolean:
      return compare_parsed(parse_boolean(left), parse_boolean(right), type, left, right);
    case TypeKind::integer:
    case TypeKind::bigint:
    case TypeKind::decimal: {
      std::optional<Digits> a = parse_digits(left), b = parse_digits(right);
      if (a && b) return compare_digits(*a, *b);
      return compare_parsed(a ? std::optional(0) : std::nullopt, b ? std::optional(0) : std::nullopt, type,
                            left, right);
    }
    case TypeKind::real:
      return compare_parsed(parse_real(left), parse_real(right), type, left, right);
    case TypeKind::date:
    case TypeKind::timestamp:
    case TypeKind::timestamptz:
      return compare_parsed(parse_time(left), parse_time(right), type, left, right);
    case TypeKind::varchar:
    case TypeKind::blob:
      return left.compare(right);
  }
  die(__FILE__, __LINE__, "type kind without an order");
}

Result<TableRange> widened(Type type, TableRange range, bool known, const FileRange& file) {
  range.has_null = range.has_null || file.nulls > 0;
  if (type.kind == TypeKind::real) {
    // A writer that does not know makes the table not know, which is what readers take for "may be".
    bool first = known && !range.min && !range.max && !range.has_nan;
    if (file.values > 0 || file.has_nan) {
      if (!file.has_nan || (!first && !range.has_nan)) {
        range.has_nan = std::nullopt;
      } else {
        range.has_nan = *file.has_nan || range.has_nan.value_or(false);
      }
    }
  }
  if (file.values <= 0 || type.kind == TypeKind::blob) return range;
  std::optional<std::string> low = file.min, high = file.max;
  if (type.kind == TypeKind::varchar) {
    // Values without bounds: say "anything", because a table without bounds takes those of the next file that
    // somebody else inserts.
    if (!low) low = "";
    if (!high) high = text_above_all;
  }
  bool unbounded = !range.min && !range.max;
  if (unbounded && known) {
    range.min = low;
    range.max = high;
    return range;
  }
  if (unbounded) return range;
  if (!low) range.min = std::nullopt;
  if (!high) range.max = std::nullopt;
  if (range.min && TRY(compare(type, *low, *range.min)) < 0) range.min = low;
  if (range.max && TRY(compare(type, *high, *range.max)) > 0) range.max = high;
  return range;
}

}  // namespace suikei::lakes::ducklake
