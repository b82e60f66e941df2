// detect_values.h — what a single value looks like; every question takes a text that `plain` has made.
#pragma once

#include <string>
#include <string_view>

namespace suikei::generate {

/// The text without surrounding space, with full-width letters, digits and signs in their ASCII form, and
/// every kind of hyphen between digits as '-'.
std::string plain(std::string_view text);

/// The digits alone when the text is nothing but digits, spaces, hyphens and brackets; else empty.
std::string digits_of(std::string_view text);

/// A telephone number of Japan, with its separators or without, also +81. What has no separators counts as
/// one only when its digits begin as one.
bool is_phone(std::string_view text);
/// The same with separators or a country code, so that it cannot be just some number.
bool is_written_phone(std::string_view text);
/// 〒100-0001 or 100-0001; `is_bare_postal_code`: 1000001.
bool is_postal_code(std::string_view text);
bool is_bare_postal_code(std::string_view text);
/// A place down to the block: a prefecture or town, and a number or 丁目 behind it.
bool is_address(std::string_view text);
/// A place at all: begins with a prefecture, or with a town and more.
bool is_place(std::string_view text);
/// Begins with a prefecture.
bool begins_with_prefecture(std::string_view text);
bool is_email(std::string_view text);
bool holds_email(std::string_view text);
bool holds_phone(std::string_view text);
/// Kana throughout, two to twenty letters with at most two spaces.
bool is_kana(std::string_view text);
/// The same in two words of which the first is a common surname.
bool is_kana_full_name(std::string_view text);
/// Two to eight Japanese letters (and a space) without the endings of shops, companies and places.
bool may_be_kanji_name(std::string_view text);
/// The same, and it begins with a common surname; `is_surname`: it is one.
bool begins_with_surname(std::string_view text);
bool is_surname(std::string_view text);
/// One to four words of Latin letters.
bool is_latin_name(std::string_view text);
/// 12 digits whose last one fits.
bool is_my_number(std::string_view text);
/// 13 digits whose first one fits.
bool is_corporate_number(std::string_view text);
/// 13 or 8 digits whose last one fits.
bool is_jan_code(std::string_view text);
/// 14 to 16 digits with the prefix of a card and a last digit that fits.
bool is_card(std::string_view text);
bool is_account_number(std::string_view text);
bool is_ip_address(std::string_view text);
/// An IPv4 address that cannot be a version: one of its numbers is above 31, or an IPv6 address.
bool is_certain_ip_address(std::string_view text);
/// Letters in no order, as a token or a hash has them: long enough, and mixed enough.
bool is_random_text(std::string_view text);
/// A key by its form alone: a JWT, a PEM block, a hash of a password.
bool is_known_credential(std::string_view text);
/// Begins with a year from 1900 on, or an era: 1980-01-01, 19800101, 昭和55年1月1日, S55.1.1.
bool is_birth_date(std::string_view text);

}  // namespace suikei::generate
