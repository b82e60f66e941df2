#include "generate/detect.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_set>

#include "base/text.h"
#include "generate/detect_dates.h"
#include "generate/detect_values.h"

namespace suikei::generate {

namespace {

/// How many values look like what.
struct Counts {
  int64_t phone = 0, written_phone = 0, postal_code = 0, bare_postal_code = 0, address = 0, place = 0;
  int64_t email = 0, text_with_email = 0, text_with_phone = 0;
  int64_t kana = 0, kana_full_name = 0, kanji_name = 0, surname_first = 0, surname = 0, latin_name = 0;
  int64_t my_number = 0, corporate_number = 0, jan_code = 0, card = 0, account_number = 0;
  int64_t ip = 0, certain_ip = 0, random = 0, credential = 0, birth_date = 0, year = 0, digits_only = 0;
};

/// What a rate in a sample is at least, nine times out of ten.
double sure_rate(int64_t hits, int64_t values) {
  if (values == 0) return 0;
  constexpr double z = 1.28;
  auto n = static_cast<double>(values);
  double rate = static_cast<double>(hits) / n;
  double middle = rate + z * z / (2 * n);
  double spread = z * std::sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
  return (middle - spread) / (1 + z * z / n);
}

ProposedMask mask_for(PersonalKind kind) {
  switch (kind) {
    case PersonalKind::email:
      return ProposedMask::email;
    case PersonalKind::card:
    case PersonalKind::bank_account:
      return ProposedMask::last4;
    case PersonalKind::birthday:
      return ProposedMask::year;
    case PersonalKind::address:
    case PersonalKind::my_number:
    case PersonalKind::credential:
      return ProposedMask::null;
    default:
      return ProposedMask::hmac;
  }
}

enum class TypeFamily { text, number, time, other };

TypeFamily family_of(std::string_view type) {
  std::string name = lower(type);
  auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (name.empty() || has("char") || has("text") || has("string") || has("enum")) return TypeFamily::text;
  if (has("date") || has("time")) return TypeFamily::time;
  if (has("bool") || has("blob") || has("binary")) return TypeFamily::other;
  return TypeFamily::number;
}

enum class Number { none, integer, decimal, with_commas, leading_zero };

Number number_in(std::string_view text) {
  if (starts_with(text, "-") || starts_with(text, "+")) text.remove_prefix(1);
  size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view behind = point == std::string_view::npos ? "0" : text.substr(point + 1);
  auto digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(behind)) return Number::none;
  if (whole.find(',') != std::string_view::npos) {
    std::vector<std::string> groups = split(whole, ',');
    for (size_t i = 0; i < groups.size(); ++i) {
      bool right_size = i == 0 ? groups[i].size() <= 3 : groups[i].size() == 3;
      if (!digits(groups[i]) || !right_size) return Number::none;
    }
    return Number::with_commas;
  }
  if (!digits(whole) || whole.size() > 18) return Number::none;
  if (whole.size() > 1 && whole[0] == '0') return Number::leading_zero;
  return point == std::string_view::npos ? Number::integer : Number::decimal;
}

/// Which pair of yes and no a text belongs to; -1: none.
int truth_in(std::string_view text) {
  static constexpr std::string_view pairs[][2] = {{"0", "1"},   {"f", "t"},      {"false", "true"},
                                                  {"n", "y"},   {"no", "yes"},   {"off", "on"},
                                                  {"無", "有"}, {"なし", "あり"}};
  std::string small = lower(text);
  for (int i = 0; i < static_cast<int>(std::size(pairs)); ++i) {
    if (small == pairs[i][0] || small == pairs[i][1]) return i;
  }
  return -1;
}

bool truth_value(std::string_view text) {
  std::string small = lower(text);
  return small == "1" || small == "t" || small == "true" || small == "y" || small == "yes" || small == "on" ||
         small == "有" || small == "あり";
}

}  // namespace

const char* name_of(ProposedMask mask) {
  static constexpr const char* names[] = {"hmac", "last4", "email", "year", "null"};
  return names[static_cast<int>(mask)];
}

const char* name_of(ProposedCast kind) {
  static constexpr const char* names[] = {"date", "datetime", "integer", "decimal", "boolean"};
  return names[static_cast<int>(kind)];
}

std::string Verdict::evidence() const {
  if (values == 0) return fmt::format("{} by its name alone, no values seen", generate::name_of(kind));
  return fmt::format("{} {}{} of {} values{}", generate::name_of(kind), within_text ? "within text in " : "",
                     with_commas(hits), with_commas(values), named ? ", and its name" : "");
}

std::string Casting::evidence() const {
  std::string text = generate::name_of(kind);
  for (const std::string& format : formats) text += " " + format;
  text += fmt::format(" {} of {} values", with_commas(hits), with_commas(values));
  if (empty > 0) text += fmt::format(", {} empty", with_commas(empty));
  return text;
}

struct ColumnProbe::Impl {
  NameHints hints;
  TypeFamily family = TypeFamily::text;
  int64_t all = 0, empty = 0, zero_dates = 0;
  Counts counts;
  std::bitset<1000> phone_beginnings;      // the first three digits of phones without separators
  std::unordered_set<size_t> distinct;     // hashes, up to a bound
  std::map<uint32_t, int64_t> by_formats;  // values by the set of formats that read them
  int64_t numbers[5] = {}, truths[8] = {}, truths_true[8] = {};

  int64_t values() const { return all - empty; }

  void count(const std::string& text);
  void count_castings(const std::string& text);
  std::optional<Verdict> judge(PersonalKind kind) const;
  bool phones_without_hint(int64_t n) const;
  Verdict verdict(PersonalKind kind, int64_t hits) const;
};

ColumnProbe::ColumnProbe(std::string_view name, std::string_view comment, std::string_view type)
    : impl_(std::make_unique<Impl>()) {
  impl_->hints = read_name(name, comment);
  impl_->family = family_of(type);
}
ColumnProbe::~ColumnProbe() = default;
ColumnProbe::ColumnProbe(ColumnProbe&&) noexcept = default;

void ColumnProbe::add(std::string_view value) {
  std::string text = plain(value);
  ++impl_->all;
  if (text.empty()) {
    ++impl_->empty;
    return;
  }
  impl_->count(text);
  if (impl_->family == TypeFamily::text) impl_->count_castings(text);
}

void ColumnProbe::Impl::count(const std::string& text) {
  constexpr size_t distinct_max = 1024;
  if (distinct.size() < distinct_max) distinct.insert(std::hash<std::string>()(text));
  Counts& c = counts;
  bool ascii =
      std::all_of(text.begin(), text.end(), [](char one) { return static_cast<signed char>(one) >= 0; });
  std::string digits = digits_of(text);
  c.digits_only += digits == text;
  if (!digits.empty() || starts_with(text, "+81")) {
    // A column of numbers has lost the zero that phone numbers begin with.
    bool lost_zero =
        family == TypeFamily::number && digits == text && (text.size() == 9 || text.size() == 10);
    std::string phone = lost_zero ? "0" + text : text;
    if (is_phone(phone)) {
      ++c.phone;
      if (digits == text) phone_beginnings.set(static_cast<size_t>(std::stoi(phone.substr(0, 3))));
    }
    c.written_phone += is_written_phone(text);
    c.postal_code += is_postal_code(text);
    c.bare_postal_code += is_bare_postal_code(text);
    c.my_number += is_my_number(text);
    c.corporate_number += is_corporate_number(text);
    c.jan_code += is_jan_code(text);
    c.card += is_card(text);
    c.account_number += is_account_number(text);
    c.year += text.size() == 4 && (starts_with(text, "19") || starts_with(text, "20"));
  } else if (starts_with(text, "〒")) {
    c.postal_code += is_postal_code(text);
  }
  c.birth_date += is_birth_date(text);
  if (is_email(text)) {
    ++c.email;
  } else {
    c.text_with_email += holds_email(text);
  }
  if (digits.empty()) c.text_with_phone += holds_phone(text);
  if (ascii) {
    c.latin_name += is_latin_name(text);
    c.ip += is_ip_address(text);
    c.certain_ip += is_certain_ip_address(text);
    c.random += is_random_text(text);
    c.credential += is_known_credential(text);
    return;
  }
  c.address += is_address(text);
  c.place += is_place(text);
  c.kana += is_kana(text);
  c.kana_full_name += is_kana_full_name(text);
  c.kanji_name += may_be_kanji_name(text);
  c.surname_first += begins_with_surname(text);
  c.surname += is_surname(text);
}

Verdict ColumnProbe::Impl::verdict(PersonalKind kind, int64_t hits) const {
  Verdict verdict;
  verdict.kind = kind;
  verdict.hits = hits;
  verdict.values = values();
  verdict.named = hints.says(kind);
  verdict.mask = mask_for(kind);
  double rate = sure_rate(hits, values());
  verdict.confidence = std::min(0.99, verdict.named ? 0.6 + 0.4 * rate : rate);
  return verdict;
}

/// Digits alone are anything; phones begin in several ways, numbers that somebody counts up in one.
bool ColumnProbe::Impl::phones_without_hint(int64_t n) const {
  if (counts.written_phone * 10 >= n * 6) return true;
  return n >= 10 && counts.phone * 100 >= n * 95 && phone_beginnings.count() >= 3;
}

std::optional<Verdict> ColumnProbe::Impl::judge(PersonalKind kind) const {
  const Counts& c = counts;
  const bool named = hints.says(kind);
  const int64_t n = values();
  if (n == 0) {
    bool fits =
        family == TypeFamily::text || (kind == PersonalKind::birthday && family == TypeFamily::time) ||
        (family == TypeFamily::number && (kind == PersonalKind::phone || kind == PersonalKind::postal_code ||
                                          kind == PersonalKind::my_number));
    if (!named || hints.about || !fits) return std::nullopt;
    Verdict empty_column = verdict(kind, 0);
    empty_column.confidence = 0.5;
    return empty_column;
  }
  auto share = [&](int64_t hits) { return static_cast<double>(hits) / static_cast<double>(n); };
  auto when = [&](bool holds, int64_t hits) -> std::optional<Verdict> {
    if (!holds || hits == 0) return std::nullopt;
    return verdict(kind, hits);
  };
  switch (kind) {
    case PersonalKind::phone:
      if (named) return when(share(c.phone) >= 0.3, c.phone);
      return when(family == TypeFamily::text && !hints.code && phones_without_hint(n), c.phone);
    case PersonalKind::postal_code: {
      int64_t hits = c.postal_code + (named ? c.bare_postal_code : 0);
      if (named) return when(share(hits) >= 0.5, hits);
      return when(!hints.code && n >= 10 && share(hits) >= 0.95, hits);
    }
    case PersonalKind::address:
      if (named && share(c.digits_only) < 0.5 && !hints.about) {
        return verdict(kind, std::max(c.address, c.place));
      }
      return when(!(hints.thing && hints.name) && share(c.address) >= 0.5, c.address);
    case PersonalKind::email:
      return when(share(c.email) >= (named ? 0.2 : 0.5), c.email);
    case PersonalKind::kana_name:
      if (named) return when(share(c.kana) >= 0.6, c.kana);
      return when(!hints.thing && share(c.kana) >= 0.9 && share(c.kana_full_name) >= 0.2, c.kana);
    case PersonalKind::kanji_name: {
      int64_t surnames_seen = std::max(c.surname_first, c.surname);
      if (named) return when(share(c.kanji_name) >= 0.5, c.kanji_name);
      if (hints.thing || hints.code) return std::nullopt;
      double wanted = hints.name ? 0.15 : 0.25;
      return when(share(c.kanji_name) >= (hints.name ? 0.7 : 0.9) && share(surnames_seen) >= wanted &&
                      (hints.name || c.surname_first >= c.surname),
                  c.kanji_name);
    }
    case PersonalKind::romaji_name:
      return when(named && share(c.latin_name) >= 0.7, c.latin_name);
    case PersonalKind::my_number:
      return when(named ? share(c.my_number) >= 0.5 : n >= 5 && share(c.my_number) >= 0.95, c.my_number);
    case PersonalKind::corporate_number:
      if (named) return when(share(c.corporate_number) >= 0.5, c.corporate_number);
      return when(n >= 5 && share(c.corporate_number) >= 0.95 && share(c.jan_code) < 0.9, c.corporate_number);
    case PersonalKind::card:
      return when(named ? share(c.card) >= 0.3 : n >= 3 && share(c.card) >= 0.8, c.card);
    case PersonalKind::birthday: {
      int64_t hits = family == TypeFamily::time ? n : std::max(c.birth_date, c.year);
      return when(named && !hints.about && share(hits) >= 0.5, hits);
    }
    case PersonalKind::bank_account:
      return when(named && share(c.account_number) >= 0.5, c.account_number);
    case PersonalKind::credential: {
      if (share(c.credential) >= 0.5) return verdict(kind, c.credential);
      if (!named || hints.about || family == TypeFamily::time) return std::nullopt;
      if (share(c.random) >= 0.5) return verdict(kind, c.random);
      // Passwords that people chose are in no order either: hardly one is there twice.
      auto different = static_cast<int64_t>(distinct.size());
      return when(family == TypeFamily::text && n >= 3 && share(different) >= 0.6, different);
    }
    case PersonalKind::ip_address:
      if (named) return when(share(c.ip) >= 0.5, c.ip);
      return when(share(c.ip) >= 0.8 && share(c.certain_ip) >= 0.3, c.ip);
  }
  return std::nullopt;
}

std::vector<Verdict> ColumnProbe::personal() const {
  const Impl& impl = *impl_;
  std::vector<Verdict> verdicts;
  if (impl.family == TypeFamily::other) return verdicts;
  for (int i = 0; i < personal_kinds; ++i) {
    std::optional<Verdict> verdict = impl.judge(static_cast<PersonalKind>(i));
    if (verdict && verdict->confidence >= 0.5) verdicts.push_back(std::move(*verdict));
  }
  auto has = [&](PersonalKind kind) {
    return std::any_of(verdicts.begin(), verdicts.end(),
                       [&](const Verdict& one) { return one.kind == kind; });
  };
  // Notes in which somebody wrote a number down.
  for (auto [kind, hits] : {std::pair(PersonalKind::email, impl.counts.text_with_email),
                            std::pair(PersonalKind::phone, impl.counts.text_with_phone)}) {
    if (hits < 2 || hits * 100 < impl.values() || has(kind)) continue;
    Verdict verdict = impl.verdict(kind, hits);
    verdict.within_text = true;
    verdict.confidence = std::max(0.6, verdict.confidence);
    verdict.mask = ProposedMask::null;
    verdicts.push_back(std::move(verdict));
  }
  std::stable_sort(verdicts.begin(), verdicts.end(), [](const Verdict& one, const Verdict& other) {
    return one.confidence > other.confidence;
  });
  return verdicts;
}

void ColumnProbe::Impl::count_castings(const std::string& text) {
  if (is_zero_date(text)) {
    ++zero_dates;
    return;
  }
  if (uint32_t formats = formats_reading(text)) ++by_formats[formats];
  ++numbers[static_cast<int>(number_in(text))];
  int truth = truth_in(text);
  if (truth >= 0) {
    ++truths[truth];
    truths_true[truth] += truth_value(text);
  }
}

std::vector<Casting> ColumnProbe::castings() const {
  const Impl& impl = *impl_;
  std::vector<Casting> castings;
  if (impl.family != TypeFamily::text || impl.values() < 2) return castings;
  auto propose = [&](ProposedCast kind, std::vector<std::string> formats, int64_t hits, int64_t empty) {
    // A tenth may be dirt, which becomes NULL and is counted; more, and it is something else.
    if (hits < 2 || (hits + empty) * 10 < impl.all * 9) return;
    castings.push_back({kind, std::move(formats), hits, empty, impl.all});
  };
  for (int i = 0; i < 8; ++i) {
    bool both = impl.truths_true[i] > 0 && impl.truths_true[i] < impl.truths[i];
    bool enough = both && (i > 0 || impl.hints.truth || impl.truths[i] >= 20);
    if (enough || impl.hints.truth) propose(ProposedCast::boolean, {}, impl.truths[i], impl.empty);
  }
  // The format that reads most, then the one that reads most of the rest.
  std::map<uint32_t, int64_t> left = impl.by_formats;
  std::vector<std::string> formats;
  int64_t hits = 0;
  bool has_time = false;
  while (true) {
    size_t best = 0;
    int64_t best_hits = 0;
    for (size_t i = 0; i < date_formats().size(); ++i) {
      int64_t reads = 0;
      for (auto [bits, count] : left) reads += bits >> i & 1 ? count : 0;
      if (reads > best_hits) {
        best = i;
        best_hits = reads;
      }
    }
    if (best_hits == 0) break;
    formats.emplace_back(date_formats()[best].format);
    has_time |= date_formats()[best].has_time;
    hits += best_hits;
    std::erase_if(left, [&](const auto& entry) { return entry.first >> best & 1; });
  }
  propose(has_time ? ProposedCast::datetime : ProposedCast::date, std::move(formats), hits,
          impl.empty + impl.zero_dates);
  auto numbers = [&](Number number) { return impl.numbers[static_cast<int>(number)]; };
  bool code = impl.hints.code && !impl.hints.amount;
  if (!code && impl.hints.kinds == 0 && numbers(Number::leading_zero) == 0) {
    int64_t integers = numbers(Number::integer), decimals = numbers(Number::decimal);
    int64_t commas = numbers(Number::with_commas);
    std::vector<std::string> separators;
    if (commas > 0) separators.emplace_back(",");
    propose(decimals > 0 ? ProposedCast::decimal : ProposedCast::integer, separators,
            integers + decimals + commas, impl.empty);
  }
  return castings;
}

}  // namespace suikei::generate
