#include "generate/detect_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "generate/detect_words.h"

namespace suikei::generate {

namespace {

/// The character that begins at `at`, which is moved behind it; U+FFFD for what is no UTF-8.
char32_t next_character(std::string_view text, size_t& at) {
  auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  int following = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (following == 0) return 0xFFFD;
  char32_t code = lead & (0x3Fu >> following);
  for (; following > 0; --following) {
    if (at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return 0xFFFD;
    code = code << 6 | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  }
  return code;
}

std::u32string characters(std::string_view text) {
  std::u32string all;
  for (size_t at = 0; at < text.size();) all += next_character(text, at);
  return all;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_kana_letter(char32_t c) {
  return (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) || c == 0x30FC ||
         (c >= 0xFF66 && c <= 0xFF9F);
}
bool is_kanji(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0xF900 && c <= 0xFAFF) ||
         c == 0x3005 || c == 0x3006 || c == 0x30F6 || c >= 0x20000;
}
bool is_any_hyphen(char32_t c) {
  return (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x30FC || c == 0xFF70 || c == 0x2500;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// The groups of digits of a text that is nothing else but separators.
std::vector<std::string> groups_of(std::string_view text) {
  std::vector<std::string> groups;
  bool open = false;
  for (char c : text) {
    if (is_digit(c)) {
      if (!open) groups.emplace_back();
      open = true;
      groups.back() += c;
    } else if (c == '-' || c == ' ' || c == '(' || c == ')' || c == '.') {
      open = false;
    } else {
      return {};
    }
  }
  return groups;
}

/// The digits of a number within the country fit its beginning.
bool is_national_number(std::string_view digits) {
  if (digits.size() < 10 || digits[0] != '0' || digits[1] == '0') return false;
  bool long_kind = digits[2] == '0' && std::string_view("256789").find(digits[1]) != std::string_view::npos;
  if (starts_with(digits, "0800")) return digits.size() == 11;
  return long_kind ? digits.size() == 11 : digits.size() == 10;
}

/// What a phone number's groups are, the national zero put in front; empty when it is none.
std::vector<std::string> phone_groups(std::string_view text) {
  bool abroad = starts_with(text, "+81");
  if (!abroad && starts_with(text, "+")) return {};
  std::vector<std::string> groups = groups_of(abroad ? text.substr(3) : text);
  if (groups.empty()) return {};
  if (abroad && groups[0][0] != '0') groups[0].insert(0, "0");
  if (abroad && groups[0] == "0" && groups.size() > 1) groups.erase(groups.begin());  // +81 (0)3
  if (abroad && groups[0][0] != '0') groups[0].insert(0, "0");
  if (!is_national_number(join(groups, ""))) return {};
  return groups;
}

int sum_of_products(std::string_view digits, const int* weights) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) sum += (digits[i] - '0') * weights[i];
  return sum;
}

/// The common check digit of retail codes: weights 3 and 1 from the right.
bool fits_retail_check(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i + 1 < digits.size(); ++i) {
    sum += (digits[i] - '0') * ((digits.size() - i) % 2 == 0 ? 3 : 1);
  }
  return (10 - sum % 10) % 10 == digits.back() - '0';
}

bool fits_luhn(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

/// The length of an e-mail address that surrounds the '@' at `at`; 0 when there is none.
size_t email_around(std::string_view text, size_t at) {
  auto local = [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("._%+-").find(c) != std::string_view::npos;
  };
  auto domain = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; };
  size_t begin = at, end = at + 1;
  while (begin > 0 && local(text[begin - 1])) --begin;
  while (end < text.size() && domain(text[end])) ++end;
  while (end > at + 1 && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  std::string_view host = text.substr(at + 1, end - at - 1);
  size_t dot = host.rfind('.');
  if (begin == at || dot == std::string_view::npos || dot == 0 || host.size() - dot < 3) return 0;
  if (holds(host, "..") || !std::all_of(host.begin() + static_cast<long>(dot) + 1, host.end(), is_letter))
    return 0;
  return end - begin;
}

std::string without_spaces(std::string_view text) {
  std::string kept;
  for (char c : text) {
    if (c != ' ') kept += c;
  }
  return kept;
}

}  // namespace

std::string plain(std::string_view text) {
  text = trim(text);
  std::string result;
  result.reserve(text.size());
  bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  if (ascii) return std::string(text);
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    char32_t c = next_character(text, at);
    bool after_digit = !result.empty() && (is_digit(result.back()) || result.back() == ')');
    if (c >= 0xFF01 && c <= 0xFF5E) {
      result += static_cast<char>(c - 0xFEE0);
    } else if (c == 0x3000 || c == 0xA0) {
      result += ' ';
    } else if (is_any_hyphen(c) && after_digit) {
      result += '-';
    } else {
      result.append(text.substr(from, at - from));
    }
  }
  return std::string(trim(result));
}

std::string digits_of(std::string_view text) {
  return join(groups_of(text), "");
}

bool is_phone(std::string_view text) {
  return !phone_groups(text).empty();
}

bool is_written_phone(std::string_view text) {
  std::vector<std::string> groups = phone_groups(text);
  if (starts_with(text, "+81")) return !groups.empty();
  // 03-1234-5678, 090-1234-5678, 0120-123-456, 09912-3-4567; not 0123-4567-89.
  return groups.size() == 3 && groups[0].size() <= 5 && groups[1].size() <= 4 && groups[1].size() >= 1 &&
         (groups[2].size() == 4 || (groups[2].size() == 3 && groups[1].size() == 3));
}

bool is_postal_code(std::string_view text) {
  bool marked = starts_with(text, "〒");
  if (marked) text = trim(text.substr(std::string_view("〒").size()));
  if (marked && is_bare_postal_code(text)) return true;
  return text.size() == 8 && text[3] == '-' && all_digits(text.substr(0, 3)) && all_digits(text.substr(4)) &&
         text.substr(0, 3) != "000";
}

bool is_bare_postal_code(std::string_view text) {
  return text.size() == 7 && all_digits(text) && text.substr(0, 2) != "00";
}

bool begins_with_prefecture(std::string_view text) {
  return std::any_of(std::begin(prefectures), std::end(prefectures),
                     [&](std::string_view one) { return starts_with(text, one); });
}

bool is_place(std::string_view text) {
  if (begins_with_prefecture(text)) return true;
  std::u32string all = characters(text);
  for (size_t i = 1; i < all.size() && i <= 8; ++i) {
    if (std::u32string_view(U"市区町村郡").find(all[i]) != std::u32string_view::npos)
      return i + 1 < all.size();
    if (!is_kanji(all[i]) && !is_kana_letter(all[i])) return false;
  }
  return false;
}

bool is_address(std::string_view text) {
  if (holds(text, "丁目") || holds(text, "番地")) return true;
  if (!is_place(text)) return false;
  // A block number behind the town: 渋谷1-2-3, 神南一丁目, but not 東京都庁店.
  for (size_t i = 3; i + 1 < text.size(); ++i) {
    if (is_digit(text[i]) && static_cast<signed char>(text[i - 1]) < 0) return true;
  }
  return false;
}

bool is_email(std::string_view text) {
  size_t at = text.find('@');
  return at != std::string_view::npos && email_around(text, at) == text.size();
}

bool holds_email(std::string_view text) {
  for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    if (email_around(text, at) > 0) return true;
  }
  return false;
}

bool holds_phone(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '0' && text[i] != '+') continue;
    if (i > 0 && (is_digit(text[i - 1]) || text[i - 1] == '-' || is_letter(text[i - 1]))) continue;
    size_t end = i + 1;
    while (end < text.size() && (is_digit(text[end]) || text[end] == '-')) ++end;
    if (is_written_phone(text.substr(i, end - i))) return true;
    i = end;
  }
  return false;
}

bool is_kana(std::string_view text) {
  int letters = 0, spaces = 0;
  for (char32_t c : characters(text)) {
    bool space = c == ' ' || c == 0x30FB || c == 0xFF65;
    if (!space && !is_kana_letter(c)) return false;
    (space ? spaces : letters) += 1;
  }
  return letters >= 2 && letters <= 20 && spaces <= 2;
}

bool is_kana_full_name(std::string_view text) {
  if (!is_kana(text)) return false;
  std::string_view first = text.substr(0, text.find(' '));
  if (first.size() == text.size()) return false;
  return std::find(std::begin(kana_surnames), std::end(kana_surnames), first) != std::end(kana_surnames);
}

bool may_be_kanji_name(std::string_view text) {
  std::string joined = without_spaces(text);
  std::u32string all = characters(joined);
  if (all.size() < 2 || all.size() > 8 || !is_kanji(all[0])) return false;
  if (!std::all_of(all.begin(), all.end(), [](char32_t c) { return is_kanji(c) || is_kana_letter(c); }))
    return false;
  return std::none_of(std::begin(thing_endings), std::end(thing_endings),
                      [&](std::string_view end) { return ends_with(joined, end) && !is_surname(joined); });
}

bool is_surname(std::string_view text) {
  return std::find(std::begin(surnames), std::end(surnames), text) != std::end(surnames);
}

bool begins_with_surname(std::string_view text) {
  if (!may_be_kanji_name(text)) return false;
  std::string joined = without_spaces(text);
  size_t length = characters(joined).size();
  for (std::string_view surname : surnames) {
    if (!starts_with(joined, surname)) continue;
    size_t given = length - surname.size() / 3;
    if (given >= 1 && given <= 4) return true;
  }
  return false;
}

bool is_latin_name(std::string_view text) {
  int words = 0;
  char before = ' ';
  for (char c : text) {
    if (!is_letter(c) && c != ' ' && c != '-' && c != '\'' && c != '.') return false;
    if (is_letter(c) && !is_letter(before) && before == ' ') ++words;
    before = c;
  }
  return words >= 1 && words <= 4 && text.size() >= 2 && text.size() <= 40;
}

bool is_my_number(std::string_view text) {
  static constexpr int weights[] = {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
  std::string digits = digits_of(text);
  if (digits.size() != 12) return false;
  int rest = sum_of_products(std::string_view(digits).substr(0, 11), weights) % 11;
  return digits[11] - '0' == (rest <= 1 ? 0 : 11 - rest);
}

bool is_corporate_number(std::string_view text) {
  static constexpr int weights[] = {2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1};
  if (text.size() != 13 || !all_digits(text)) return false;
  return text[0] - '0' == 9 - sum_of_products(text.substr(1), weights) % 9;
}

bool is_jan_code(std::string_view text) {
  return (text.size() == 13 || text.size() == 8) && all_digits(text) && fits_retail_check(text);
}

bool is_card(std::string_view text) {
  std::string digits = digits_of(text);
  if (digits.size() < 14 || digits.size() > 16) return false;
  int two = std::stoi(digits.substr(0, 2)), three = std::stoi(digits.substr(0, 3)),
      four = std::stoi(digits.substr(0, 4));
  bool known = false;
  if (digits.size() == 14) known = (three >= 300 && three <= 305) || two == 36 || two == 38 || two == 39;
  if (digits.size() == 15) known = two == 34 || two == 37;
  if (digits.size() == 16) {
    known = digits[0] == '4' || (two >= 51 && two <= 55) || (four >= 2221 && four <= 2720) ||
            (four >= 3528 && four <= 3589) || four == 6011 || two == 65 || two == 62;
  }
  return known && fits_luhn(digits);
}

bool is_account_number(std::string_view text) {
  return text.size() >= 6 && text.size() <= 8 && all_digits(text);
}

bool is_ip_address(std::string_view text) {
  if (holds(text, ":")) {
    bool hexadecimal = std::all_of(text.begin(), text.end(), [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':';
    });
    return hexadecimal && std::count(text.begin(), text.end(), ':') >= 2 &&
           (holds(text, "::") || std::count(text.begin(), text.end(), ':') == 7);
  }
  std::vector<std::string> parts = split(text, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
           return all_digits(part) && part.size() <= 3 && std::stoi(part) <= 255;
         });
}

bool is_certain_ip_address(std::string_view text) {
  if (!is_ip_address(text)) return false;
  if (holds(text, ":")) return true;
  std::vector<std::string> parts = split(text, '.');
  return std::any_of(parts.begin(), parts.end(),
                     [](const std::string& part) { return std::stoi(part) > 31; });
}

bool is_random_text(std::string_view text) {
  if (text.size() < 12 || holds(text, " ")) return false;
  std::array<int, 256> counts{};
  bool digit = false, letter = false;
  for (char c : text) {
    if (static_cast<signed char>(c) < 0x21) return false;
    ++counts[static_cast<unsigned char>(c)];
    digit |= is_digit(c);
    letter |= is_letter(c);
  }
  double bits = 0;
  for (int count : counts) {
    double share = count / static_cast<double>(text.size());
    if (count > 0) bits -= share * std::log2(share);
  }
  return digit && letter && bits >= 3.0;
}

bool is_known_credential(std::string_view text) {
  return starts_with(text, "eyJ") || starts_with(text, "-----BEGIN ") || starts_with(text, "$2y$") ||
         starts_with(text, "$2a$") || starts_with(text, "$2b$") || starts_with(text, "$argon2") ||
         starts_with(text, "$6$") || starts_with(text, "$5$") || starts_with(text, "$1$") ||
         starts_with(text, "pbkdf2_") || starts_with(text, "{SSHA}");
}

bool is_birth_date(std::string_view text) {
  for (std::string_view era : {"昭和", "平成", "令和", "大正", "明治"}) {
    if (starts_with(text, era)) return holds(text, "年");
  }
  if (text.size() >= 5 && std::string_view("STHRM").find(text[0]) != std::string_view::npos &&
      is_digit(text[1])) {
    return holds(text, ".") || holds(text, "/");
  }
  if (text.size() < 8 || !(starts_with(text, "19") || starts_with(text, "20")) ||
      !all_digits(text.substr(0, 4))) {
    return false;
  }
  std::string_view rest = text.substr(4);
  return all_digits(text.substr(0, 8)) || starts_with(rest, "-") || starts_with(rest, "/") ||
         starts_with(rest, ".") || starts_with(rest, "年");
}

}  // namespace suikei::generate
