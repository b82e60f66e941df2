#include <yaml-cpp/yaml.h>

#include <charconv>

#include "base/text.h"
#include "config/config.h"

namespace suikei::config {
namespace {

/// A plain scalar as YAML 1.2's core schema reads it, with the booleans of 1.1 that people write.
Json scalar_json(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  bool plain = node.Tag() == "?" || node.Tag().empty();
  if (!plain) return text;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const char *begin = text.data() + (text[0] == '+'), *end = text.data() + text.size();
  int64_t whole = 0;
  auto [whole_end, whole_error] = std::from_chars(begin, end, whole);
  if (whole_error == std::errc() && whole_end == end) return whole;
  double real = 0;
  auto [real_end, real_error] = std::from_chars(begin, end, real);
  bool number =
      real_error == std::errc() && real_end == end && text.find_first_of("0123456789") != std::string::npos;
  if (number) return real;
  return text;
}

Json node_json(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const YAML::Node& entry : node) list.push_back(node_json(entry));
      return list;
    }
    case YAML::NodeType::Map: {
      Json object = Json::object();
      for (const auto& entry : node) object[entry.first.Scalar()] = node_json(entry.second);
      return object;
    }
    case YAML::NodeType::Scalar:
      return scalar_json(node);
    default:
      return nullptr;
  }
}

}  // namespace

Result<Json> parse_yaml(const std::string& text, const std::string& name) {
  try {
    return node_json(YAML::Load(text));
  } catch (const YAML::Exception& problem) {
    return Error{ErrorKind::config, fmt::format("{}:{}: {}", name, problem.mark.line + 1, lower(problem.msg)),
                 ""};
  }
}

}  // namespace suikei::config
