// words.h — Japanese words that a shop's back office is full of.
#pragma once

#include <array>
#include <string_view>

namespace suikei::lab {

struct Name {
  std::string_view kanji, kana;
};
struct Prefecture {
  std::string_view name, city, postal;  ///< the first three digits of the postal code
};

extern const std::array<Name, 24> family_names;
extern const std::array<Name, 24> given_names;
extern const std::array<Prefecture, 16> prefectures;
extern const std::array<std::string_view, 16> towns;
extern const std::array<std::string_view, 12> buildings;
extern const std::array<std::string_view, 20> product_nouns;
extern const std::array<std::string_view, 16> product_adjectives;
extern const std::array<std::string_view, 10> colours;
extern const std::array<std::string_view, 14> memos;
extern const std::array<std::string_view, 12> log_messages;
extern const std::array<std::string_view, 10> suppliers;
extern const std::array<std::string_view, 12> shop_words;
extern const std::array<std::string_view, 12> setting_names;

}  // namespace suikei::lab
