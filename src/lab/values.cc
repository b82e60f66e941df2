#include "lab/values.h"

#include <iterator>

#include "base/check.h"
#include "base/text.h"

namespace suikei::lab {
namespace {

constexpr int64_t japan = 9 * 3'600;

struct Day {
  int64_t year;
  int month, day;
};

// Howard Hinnant's civil_from_days, for days since 1970-01-01.
Day day_of(int64_t days) {
  days += 719'468;
  int64_t era = days / 146'097;
  int64_t of_era = days - era * 146'097;
  int64_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * of_year + 2) / 153;
  int day = static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1);
  int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

void append_moment(std::string& sql, int64_t seconds, int64_t micros = -1) {
  Day day = day_of(seconds / 86'400);
  int64_t rest = seconds % 86'400;
  auto out = std::back_inserter(sql);
  fmt::format_to(out, "'{:04}-{:02}-{:02} {:02}:{:02}:{:02}", day.year, day.month, day.day, rest / 3'600,
                 rest / 60 % 60, rest % 60);
  if (micros >= 0) fmt::format_to(out, ".{:06}", micros);
  sql += '\'';
}

/// People typed these: `2022/1/3` mostly, and whatever else the form let through.
void append_date_text(std::string& sql, ValueSource& source) {
  Day day = day_of((source.instant + japan) / 86'400);
  auto out = std::back_inserter(sql);
  uint64_t style = source.random.below(100);
  if (style < 88) {
    fmt::format_to(out, "'{}/{}/{}'", day.year, day.month, day.day);
  } else if (style < 93) {
    fmt::format_to(out, "'{:04}-{:02}-{:02}'", day.year, day.month, day.day);
  } else if (style < 96) {
    fmt::format_to(out, "'{}年{}月{}日'", day.year, day.month, day.day);
  } else if (style < 98) {
    fmt::format_to(out, "'R{}.{}.{}'", day.year - 2018, day.month, day.day);
  } else {
    sql += "''";
  }
}

void append_birthday(std::string& sql, Random& random) {
  uint64_t style = random.below(100);
  int64_t days = random.between(-10'000, 14'000);
  Day day = day_of(days);
  auto out = std::back_inserter(sql);
  if (style < 4) {
    sql += "'0000-00-00'";
  } else if (style < 5) {
    fmt::format_to(out, "'{:04}-00-00'", day.year);
  } else {
    fmt::format_to(out, "'{:04}-{:02}-{:02}'", day.year, day.month, day.day);
  }
}

void append_duration(std::string& sql, Random& random) {
  int64_t hours = random.between(-30, 838);
  fmt::format_to(std::back_inserter(sql), "'{}:{:02}:{:02}'", hours, random.below(60), random.below(60));
}

const Name& family_of(uint64_t person) {
  return family_names[person % family_names.size()];
}
const Name& given_of(uint64_t person) {
  return given_names[person / 64 % given_names.size()];
}
const Prefecture& home_of(uint64_t person) {
  return prefectures[person / 4'096 % prefectures.size()];
}

void append_person(std::string& sql, Fill fill, ValueSource& source) {
  uint64_t who = source.person;
  const Prefecture& home = home_of(who);
  auto out = std::back_inserter(sql);
  switch (fill) {
    case Fill::name:
      fmt::format_to(out, "'{} {}'", family_of(who).kanji, given_of(who).kanji);
      return;
    case Fill::kana:
      fmt::format_to(out, "'{} {}'", family_of(who).kana, given_of(who).kana);
      return;
    case Fill::email:
      fmt::format_to(out, "'user{}@example.{}'", who % 1'000'000, who % 3 ? "jp" : "com");
      return;
    case Fill::phone:
      fmt::format_to(out, "'0{}0-{:04}-{:04}'", 7 + who % 3, who / 7 % 10'000, who / 3 % 10'000);
      return;
    case Fill::postal_code:
      fmt::format_to(out, "'{}-{:04}'", home.postal, who / 11 % 10'000);
      return;
    case Fill::prefecture:
      fmt::format_to(out, "'{}'", home.name);
      return;
    default: {
      fmt::format_to(out, "'{}{}{}{}-{}-{} {}'", home.name, home.city, source.random.pick(towns), 1 + who % 9,
                     1 + who / 9 % 30, 1 + who / 270 % 20, source.random.pick(buildings));
    }
  }
}

void append_json(std::string& sql, Random& random) {
  fmt::format_to(std::back_inserter(sql),
                 R"('{{"色": "{}", "サイズ": [{}, {}], "価格": {}.50, "備考": {}}}')", random.pick(colours),
                 random.below(40), random.below(40), random.below(9'000),
                 random.percent(50) ? "null" : R"("\\"限定\\"")");
}

void append_hex(std::string& sql, Random& random, size_t bytes) {
  sql += "x'";
  for (size_t at = 0; at < bytes; at += 8) fmt::format_to(std::back_inserter(sql), "{:016x}", random.next());
  sql += '\'';
}

// latin1 takes any byte; these are Shift_JIS, UTF-8, true latin1 and bytes that latin1 does not define.
constexpr std::array<std::string_view, 5> legacy_bytes{"8e5293638d8093f2", "e5b1b1e794b0e38080",
                                                       "636166e92063726dfc", "81408d8f909d", "706c61696e"};
// Emoji as two UTF-8 encoded surrogates, the way Java's writers did it: servers take them, UTF-8 forbids
// them.
constexpr std::array<std::string_view, 4> imported_bytes{"e8b1aaeda0bdedb880", "e69cace697a5", "6f6b",
                                                         "e5b7a5e5a0b4"};

void append_number(std::string& sql, Fill fill, Random& random) {
  auto out = std::back_inserter(sql);
  switch (fill) {
    case Fill::small:
      fmt::format_to(out, "{}", random.below(3'000));
      return;
    case Fill::quantity:
      fmt::format_to(out, "{}", random.between(-2, 200));
      return;
    case Fill::money:
      fmt::format_to(out, "{}.{:02}", random.between(100, 80'000), random.below(100));
      return;
    case Fill::price:
      fmt::format_to(out, "{}", random.between(1, 990) * 10);
      return;
    case Fill::cost:
      fmt::format_to(out, "{}.{:04}", random.between(-50, 90'000), random.below(10'000));
      return;
    case Fill::ratio:
      fmt::format_to(out, "{}", random.unit() * (random.percent(5) ? 1e12 : 10));
      return;
    case Fill::flag:
      sql += random.percent(50) ? '1' : '0';
      return;
    case Fill::bits:
      fmt::format_to(out, "b'{:b}'", random.below(256));
      return;
    case Fill::year:
      fmt::format_to(out, "{}", random.between(1998, 2026));
      return;
    case Fill::big_unsigned:
      fmt::format_to(out, "{}", random.percent(3) ? ~uint64_t{0} : random.next());
      return;
    default:
      fmt::format_to(out, "49{:011}", random.below(100'000'000'000));
      return;
  }
}

bool append_time(std::string& sql, Fill fill, ValueSource& source) {
  switch (fill) {
    case Fill::date: {
      Day day = day_of((source.instant + japan) / 86'400);
      fmt::format_to(std::back_inserter(sql), "'{:04}-{:02}-{:02}'", day.year, day.month, day.day);
      return true;
    }
    case Fill::date_text:
      append_date_text(sql, source);
      return true;
    case Fill::birthday:
      append_birthday(sql, source.random);
      return true;
    case Fill::utc_datetime:
      append_moment(sql, source.instant);
      return true;
    case Fill::jst_datetime:
      append_moment(sql, source.instant + japan);
      return true;
    case Fill::jst_micros:
      append_moment(sql, source.instant + japan, static_cast<int64_t>(source.random.below(1'000'000)));
      return true;
    // The session of the filling client stands in Japan.
    case Fill::timestamp:
      append_moment(sql, source.instant + japan + source.random.between(0, 3'000));
      return true;
    case Fill::time_of_day:
      fmt::format_to(std::back_inserter(sql), "'{:02}:{}0:00'", source.random.between(6, 12),
                     source.random.below(6));
      return true;
    case Fill::duration:
      append_duration(sql, source.random);
      return true;
    default:
      return false;
  }
}

void append_choices(std::string& sql, const Column& column, Random& random) {
  CHECK(!column.choices.empty());
  if (column.fill == Fill::choice)
    return append_text(sql, column.choices[random.below(column.choices.size())]);
  std::vector<std::string> chosen;
  for (const std::string& choice : column.choices) {
    if (random.percent(35)) chosen.push_back(choice);
  }
  append_text(sql, join(chosen, ","));
}

bool append_words(std::string& sql, Fill fill, Random& random) {
  auto out = std::back_inserter(sql);
  switch (fill) {
    case Fill::product: {
      std::string_view adjective = random.pick(product_adjectives), noun = random.pick(product_nouns);
      fmt::format_to(out, "'{} {} {}'", adjective, noun, random.pick(colours));
      return true;
    }
    case Fill::supplier:
      append_text(sql, random.pick(suppliers));
      return true;
    case Fill::shop_name:
      fmt::format_to(out, "'{}屋 {}号店'", random.pick(shop_words), random.between(1, 9));
      return true;
    case Fill::memo:
      append_text(sql, random.pick(memos));
      return true;
    case Fill::log_message:
      fmt::format_to(out, "'{}（{}件）'", random.pick(log_messages), random.below(500));
      return true;
    case Fill::url:
      fmt::format_to(out, "'https://shop.example.jp/item/{}?ref=mail&v=2'", random.below(1'000'000));
      return true;
    case Fill::hexadecimal:
      fmt::format_to(out, "'{:012x}'", random.next() >> 16);
      return true;
    default:
      return false;
  }
}

}  // namespace

void append_text(std::string& sql, std::string_view text) {
  sql += '\'';
  for (char c : text) {
    switch (c) {
      case '\'':
        sql += "''";
        break;
      case '\\':
        sql += "\\\\";
        break;
      case '\n':
        sql += "\\n";
        break;
      default:
        sql += c;
    }
  }
  sql += '\'';
}

void append_invented(std::string& sql, const Column& column, ValueSource& source) {
  Random& random = source.random;
  if (append_time(sql, column.fill, source) || append_words(sql, column.fill, random)) return;
  switch (column.fill) {
    case Fill::choice:
    case Fill::choices:
      return append_choices(sql, column, random);
    case Fill::name:
    case Fill::kana:
    case Fill::email:
    case Fill::phone:
    case Fill::postal_code:
    case Fill::prefecture:
    case Fill::address:
      return append_person(sql, column.fill, source);
    case Fill::json:
      return append_json(sql, random);
    case Fill::bytes:
      return append_hex(sql, random, column.type == "binary(8)" ? 8 : random.below(7) * 8);
    case Fill::latin1_bytes:
      fmt::format_to(std::back_inserter(sql), "x'{}'", random.pick(legacy_bytes));
      return;
    case Fill::surrogates:
      fmt::format_to(std::back_inserter(sql), "x'{}'", random.pick(imported_bytes));
      return;
    // Some codes begin with zeros, which a number loses: that is why the type matters.
    case Fill::jan_text:
      fmt::format_to(std::back_inserter(sql), "'{:013}'",
                     random.below(random.percent(5) ? 100'000'000 : 4'999'999'999'999));
      return;
    default:
      return append_number(sql, column.fill, random);
  }
}

}  // namespace suikei::lab
