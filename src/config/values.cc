// Scalars of the project file, read strictly: what does not say exactly what is wanted is an error with its
// line.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/time.h"
#include "config/options.h"

namespace suikei::config {
namespace {

/// What stands there, for a message.
std::string seen(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return fmt::format("`{}`", node.Scalar());
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a mapping";
    default:
      return "nothing";
  }
}

Error expected(const YAML::Node& node, const std::string& what, const std::string& hint = "") {
  return error_at(node, fmt::format("expected {}, found {}", what, seen(node)), hint);
}

/// The whole text as a number.
template <typename T>
bool parse(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  auto [stopped, problem] = std::from_chars(text.data(), end, value);
  return problem == std::errc() && stopped == end;
}

}  // namespace

Error error_at(const YAML::Node& node, const std::string& message, const std::string& hint) {
  return Error{ErrorKind::config,
               fmt::format("suikei.yaml:{}: {}", std::max(node.Mark().line + 1, 1), message), hint};
}

Result<> check_keys(const YAML::Node& node, const std::vector<std::string>& known, const std::string& what) {
  if (!node.IsMap()) return expected(node, fmt::format("{} as `key: value` pairs", what));
  std::set<std::string> before;
  for (const auto& entry : node) {
    std::string key = TRY(text_of(entry.first));
    if (!before.insert(key).second)
      return error_at(entry.first, fmt::format("`{}` stands twice in {}", key, what));
    if (std::find(known.begin(), known.end(), key) != known.end()) {
      // What is missing has no place of its own, so the key's line is told.
      if (entry.second.IsNull()) return error_at(entry.first, fmt::format("`{}` has no value", key));
      continue;
    }
    std::string near = nearest(key, known);
    std::string hint = !near.empty() ? fmt::format("did you mean `{}`?", near)
                                     : fmt::format("known here: {}", join(known, ", "));
    if (key == "password") {
      hint = "secrets never stand in the file: use password_env, password_file or password_command";
    }
    return error_at(entry.first, fmt::format("unknown key `{}` in {}", key, what), hint);
  }
  return ok();
}

Result<std::string> text_of(const YAML::Node& node) {
  if (!node.IsScalar() || node.Scalar().empty()) return expected(node, "text");
  return node.Scalar();
}

Result<int64_t> integer_of(const YAML::Node& node, int64_t least, int64_t most) {
  int64_t value = 0;
  if (!node.IsScalar() || !parse(node.Scalar(), value) || value < least || value > most) {
    std::string range = most == INT64_MAX ? fmt::format("a whole number from {}", least)
                                          : fmt::format("a whole number from {} to {}", least, most);
    return expected(node, range);
  }
  return value;
}

Result<double> number_of(const YAML::Node& node, double least) {
  double value = 0;
  if (!node.IsScalar() || !parse(node.Scalar(), value) || !std::isfinite(value) || value < least) {
    return expected(node, fmt::format("a number from {}", least));
  }
  return value;
}

Result<bool> truth_of(const YAML::Node& node) {
  if (node.IsScalar() && node.Scalar() == "true") return true;
  if (node.IsScalar() && node.Scalar() == "false") return false;
  return expected(node, "true or false");
}

Result<double> duration_of(const YAML::Node& node, double bare_unit_seconds) {
  if (!node.IsScalar()) return expected(node, "a duration such as 7d");
  Result<double> seconds = duration_seconds(node.Scalar(), bare_unit_seconds);
  if (!seconds.ok()) return error_at(node, seconds.error().message, seconds.error().hint);
  return seconds;
}

Result<std::string> zone_of(const YAML::Node& node) {
  std::string zone = TRY(text_of(node));
  Result<int> offset = zone_offset_seconds(zone, now_us());
  if (!offset.ok()) return error_at(node, offset.error().message, offset.error().hint);
  return zone;
}

Result<std::filesystem::path> path_of(const Context& context, const YAML::Node& node) {
  std::filesystem::path path = (context.folder / TRY(text_of(node))).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // data/ and data are the same folder
  return path;
}

Result<std::string> name_of(const YAML::Node& node, std::string_view what) {
  std::string name = TRY(text_of(node));
  for (char c : name) {
    bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!fine || name.size() > 64) {
      return error_at(node, fmt::format("`{}` cannot be the name of a {}", name, what),
                      "letters, digits, _ and -, at most 64: it becomes part of file names");
    }
  }
  return name;
}

Result<double> duration_seconds(std::string_view text, double bare_unit_seconds) {
  std::string number(trim(text));
  double unit = bare_unit_seconds;
  if (!number.empty()) {
    switch (number.back()) {
      case 's':
        unit = 1;
        break;
      case 'm':
        unit = 60;
        break;
      case 'h':
        unit = 3600;
        break;
      case 'd':
        unit = 86400;
        break;
      case 'w':
        unit = 7 * 86400;
        break;
      default:
        number += ' ';
    }
    number.pop_back();
  }
  double value = 0;
  if (unit == 0 || !parse(std::string(trim(number)), value) || !std::isfinite(value) || value < 0) {
    return Error{ErrorKind::usage, fmt::format("expected a duration, found `{}`", text),
                 "a number with a unit: 90s, 30m, 26h, 7d or 2w"};
  }
  return value * unit;
}

}  // namespace suikei::config
