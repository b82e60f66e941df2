#include "build/printed.h"

#include "base/text.h"

namespace suikei::build {

namespace {

bool is_plain(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (char c : name) {
    if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) return false;
  }
  return true;
}

std::string decimal(std::string_view digits, size_t scale) {
  bool negative = starts_with(digits, "-");
  std::string text(digits.substr(negative));
  if (scale > 0) {
    if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
    text.insert(text.size() - scale, ".");
  }
  return (negative ? "-" : "") + text;
}

/// An operand's text; empty and `known` false when it is not one of the simple ones.
std::string print(TreeNode node, bool& known) {
  std::string_view kind = node.text("class");
  auto unknown = [&] {
    known = false;
    return std::string();
  };
  auto list = [&](TreeNode children) {
    std::string text;
    for (TreeNode child : children) {
      if (child.text("class") != "COLUMN_REF" && !child.text("alias").empty()) known = false;
      text += (text.empty() ? "" : ", ") + print(child, known);
    }
    return text;
  };
  if (kind == "COLUMN_REF") {
    std::string text;
    for (TreeNode part : node["column_names"]) {
      if (!is_plain(part.text())) return unknown();
      text += (text.empty() ? "" : ".") + std::string(part.text());
    }
    return text;
  }
  if (kind == "CONSTANT") {
    std::string text = printed_value(node["value"]);
    if (text.empty()) return unknown();
    if (node["value"]["type"].text("id") != "VARCHAR" || node["value"].is_true("is_null")) return text;
    std::string quoted = "'";
    for (char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
    return quoted + "'";
  }
  if (kind == "FUNCTION") {
    std::string_view name = node.text("function_name");
    if (node["filter"] || !node["order_bys"]["orders"].empty() || node["schema"] ||
        node.is_true("distinct")) {
      return unknown();
    }
    TreeNode children = node["children"];
    if (node.is_true("is_operator")) {
      if (children.size() != 2) return unknown();
      return "(" + print(children.at(0), known) + " " + std::string(name) + " " +
             print(children.at(1), known) + ")";
    }
    // Names that are also keywords are quoted; few are used without a second thought.
    if (!is_plain(name) || name == "first" || name == "last" || name == "left" || name == "right") {
      return unknown();
    }
    return std::string(name) + "(" + list(children) + ")";
  }
  if (kind == "CAST") {
    std::string_view type = node["cast_type"].text("id");
    bool plain = node["cast_type"].size() == 1 && type != "UNBOUND";
    if (!plain || node.is_true("try_cast")) return unknown();
    return "CAST(" + print(node["child"], known) + " AS " + std::string(type) + ")";
  }
  return unknown();
}

}  // namespace

std::string printed_name(TreeNode expression) {
  bool known = true;
  std::string text = print(expression, known);
  return known ? text : "";
}

std::string printed_value(TreeNode value) {
  if (value.is_true("is_null")) return "NULL";
  std::string_view type = value["type"].text("id");
  std::string_view text = value.text("value");
  if (type == "VARCHAR" || type == "BOOLEAN") return std::string(text);
  if (type == "DECIMAL") {
    std::string_view scale = value["type"]["type_info"].text("scale");
    return decimal(text, static_cast<size_t>(std::atoi(std::string(scale).c_str())));
  }
  if (type.find("INT") != std::string_view::npos && type != "HUGEINT" && type != "UHUGEINT") {
    return std::string(text);
  }
  return "";
}

}  // namespace suikei::build
