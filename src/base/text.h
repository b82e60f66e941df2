// text.h — small text work shared by every module: formatting, splitting, numbers for people.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suikei {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
/// The text before the first of the `stops`.
std::string split_first(std::string_view text, std::string_view stops);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// ASCII only; names in MySQL and DuckDB compare case-insensitively in ASCII at least.
std::string lower(std::string_view text);
bool starts_with(std::string_view text, std::string_view prefix);

/// 1234567 -> "1,234,567".
std::string with_commas(int64_t number);
/// For people: 86534 -> "86,534", 1900000 -> "1.9 M", 2300000000 -> "2.3 G".
std::string short_count(int64_t number);
/// "1 table", "2 tables".
std::string counted(int64_t number, std::string_view noun);
/// Seconds for people: 0.42 -> "0.4 s", 75 -> "1 m 15 s", 3700 -> "1 h 1 m".
std::string short_duration(double seconds);
/// The candidate with the smallest edit distance if it is close enough to be a typing slip, else "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
/// True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(std::string_view bytes);
/// Lower-case hexadecimal of the bytes.
std::string hex(std::string_view bytes);
/// Terminal columns a UTF-8 text takes: East Asian wide characters count two.
int display_width(std::string_view text);

}  // namespace suikei
