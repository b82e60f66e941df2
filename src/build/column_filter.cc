#include "build/column_filter.h"

#include <regex>

#include "base/text.h"
#include "build/flow.h"

namespace suikei::build {

namespace {

std::wstring characters(std::string_view utf8) {
  std::wstring text;
  for (size_t i = 0; i < utf8.size();) {
    auto lead = static_cast<unsigned char>(utf8[i]);
    size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
    for (size_t k = 1; k < length && i + k < utf8.size(); ++k) {
      code = code << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3F);
    }
    text += static_cast<wchar_t>(code);
    i += length;
  }
  return text;
}

/// The byte positions of a match are not kept by std::wregex, so captures are turned back.
std::string bytes(const std::wstring& text) {
  std::string utf8;
  for (wchar_t character : text) {
    auto code = static_cast<uint32_t>(character);
    int following = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    uint32_t lead = following == 0 ? 0 : 0xFF00 >> (following + 1) & 0xFF;
    utf8 += static_cast<char>(lead | code >> (6 * following));
    for (int k = following; k-- > 0;) utf8 += static_cast<char>(0x80 | (code >> (6 * k) & 0x3F));
  }
  return utf8;
}

std::optional<bool> matches(std::string_view pattern, std::string_view text, bool whole,
                            std::vector<std::string>* parts) {
  auto flags = std::regex::ECMAScript;
  if (starts_with(pattern, "(?i)")) {
    flags |= std::regex::icase;
    pattern.remove_prefix(4);
  }
  for (std::string_view other :
       {"(?i", "(?s", "(?m", "(?U", "(?P", "\\p", "\\P", "\\Q", "\\z", "\\A", "\\C", "[:"}) {
    if (pattern.find(other) != std::string_view::npos) return std::nullopt;
  }
  try {
    std::wregex regex(characters(pattern), flags);
    std::wstring subject = characters(text);
    std::wsmatch found;
    bool matched = whole ? std::regex_match(subject, found, regex) : std::regex_search(subject, found, regex);
    for (size_t i = 1; matched && parts && i < found.size(); ++i) parts->push_back(bytes(found[i].str()));
    return matched;
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

/// LIKE and GLOB as a regular expression.
std::string pattern_of(std::string_view like, char many, char one, char escape = '\0') {
  std::string pattern;
  bool escaped = false;
  for (char c : like) {
    if (c == escape && !escaped && escape != '\0') {
      escaped = true;
      continue;
    }
    if (c == many && !escaped) {
      pattern += "[\\s\\S]*";
    } else if (c == one && !escaped) {
      pattern += "[\\s\\S]";
    } else {
      if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
    escaped = false;
  }
  return pattern;
}

std::optional<bool> negated(std::optional<bool> answer) {
  if (answer) answer = !*answer;
  return answer;
}

struct Names {
  std::string_view parameter;  // of the lambda; empty: the star itself stands for the name
  std::string_view column;
};

std::optional<std::string> text_of(TreeNode node, const Names& names) {
  std::string_view kind = node.text("class");
  if (kind == "CONSTANT" && node["value"]["type"].text("id") == "VARCHAR") {
    return std::string(node["value"].text("value"));
  }
  if (kind == "STAR" && names.parameter.empty()) return std::string(names.column);
  if (kind == "COLUMN_REF" && node["column_names"].size() == 1 && !names.parameter.empty() &&
      same_name(node["column_names"].at(0).text(), names.parameter)) {
    return std::string(names.column);
  }
  if (kind == "FUNCTION" &&
      (node.text("function_name") == "lower" || node.text("function_name") == "lcase")) {
    std::optional<std::string> text = text_of(node["children"].at(0), names);
    if (text && is_utf8(*text) && display_width(*text) == static_cast<int>(text->size())) return lower(*text);
  }
  return std::nullopt;
}

std::optional<bool> holds(TreeNode node, const Names& names);

std::optional<bool> function_holds(TreeNode node, const Names& names) {
  std::string_view name = node.text("function_name");
  TreeNode children = node["children"];
  std::optional<std::string> one = text_of(children.at(0), names), two = text_of(children.at(1), names);
  if (!one || !two) return std::nullopt;
  if (children.size() == 3 && (name == "like_escape" || name == "not_like_escape")) {
    std::optional<std::string> escape = text_of(children.at(2), names);
    if (!escape || escape->size() != 1) return std::nullopt;
    std::optional<bool> like = matches(pattern_of(*two, '%', '_', (*escape)[0]), *one, true, nullptr);
    return name == "like_escape" ? like : negated(like);
  }
  if (children.size() != 2) return std::nullopt;
  bool no = starts_with(name, "!");
  if (no) name.remove_prefix(1);
  std::optional<bool> answer;
  if (name == "~~") {
    answer = matches(pattern_of(*two, '%', '_'), *one, true, nullptr);
  } else if (name == "~~*") {
    answer = matches("(?i)" + pattern_of(*two, '%', '_'), *one, true, nullptr);
  } else if (name == "~~~" && two->find('[') == std::string::npos) {
    answer = matches(pattern_of(*two, '*', '?'), *one, true, nullptr);
  } else if (name == "regexp_full_match") {
    answer = matches(*two, *one, true, nullptr);
  } else if (name == "regexp_matches") {
    answer = matches(*two, *one, false, nullptr);
  } else if (name == "starts_with" || name == "prefix" || name == "^@") {
    answer = starts_with(*one, *two);
  } else if (name == "ends_with" || name == "suffix") {
    answer = one->size() >= two->size() && one->compare(one->size() - two->size(), two->size(), *two) == 0;
  } else if (name == "contains") {
    answer = one->find(*two) != std::string::npos;
  }
  return no ? negated(answer) : answer;
}

std::optional<bool> holds(TreeNode node, const Names& names) {
  std::string_view kind = node.text("class"), type = node.text("type");
  TreeNode children = node["children"];
  if (kind == "CONJUNCTION") {
    bool all = type == "CONJUNCTION_AND";
    for (TreeNode child : children) {
      std::optional<bool> answer = holds(child, names);
      if (!answer) return std::nullopt;
      if (*answer != all) return !all;
    }
    return all;
  }
  if (kind == "COMPARISON") {
    std::optional<std::string> one = text_of(node["left"], names), two = text_of(node["right"], names);
    if (!one || !two) return std::nullopt;
    if (type == "COMPARE_EQUAL") return *one == *two;
    if (type == "COMPARE_NOTEQUAL") return *one != *two;
    return std::nullopt;
  }
  if (type == "OPERATOR_NOT") return negated(holds(children.at(0), names));
  if (type == "COMPARE_IN" || type == "COMPARE_NOT_IN") {
    std::optional<std::string> one = text_of(children.at(0), names);
    bool found = false;
    for (size_t i = 1; i < children.size(); ++i) {
      std::optional<std::string> other = text_of(children.at(i), names);
      if (!one || !other) return std::nullopt;
      found |= *one == *other;
    }
    return found == (type == "COMPARE_IN");
  }
  if (kind == "FUNCTION") return function_holds(node, names);
  return std::nullopt;
}

}  // namespace

std::optional<bool> takes_column(TreeNode expression, std::string_view column,
                                 std::vector<std::string>& parts) {
  if (!expression) return true;
  if (expression.text("class") == "CONSTANT" && expression["value"]["type"].text("id") == "VARCHAR") {
    return matches(expression["value"].text("value"), column, false, &parts);
  }
  if (expression.text("class") != "FUNCTION") return std::nullopt;
  std::string_view name = expression.text("function_name");
  TreeNode children = expression["children"];
  if (name == "list_value") {
    for (TreeNode child : children) {
      std::optional<std::string> text = text_of(child, {"\n", column});
      if (!text) return std::nullopt;
      if (same_name(*text, column)) return true;
    }
    return false;
  }
  TreeNode lambda = children.at(1), parameter = lambda["lhs"];
  if (name != "list_filter" || children.at(0).text("class") != "STAR" || lambda.text("class") != "LAMBDA" ||
      parameter.text("class") != "COLUMN_REF" || children.at(0)["exclude_list"] ||
      children.at(0)["relation_name"]) {
    return std::nullopt;
  }
  return holds(lambda["expr"], {parameter["column_names"].at(0).text(), column});
}

std::optional<bool> star_takes_column(TreeNode condition, std::string_view column) {
  return holds(condition, {{}, column});
}

}  // namespace suikei::build
