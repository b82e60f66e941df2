#include "cli/answer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/json.h"
#include "base/text.h"

namespace suikei::cli {
namespace {

enum class Shown { text, boolean, whole, real, decimal };

/// How values of a SQL type are written; an unknown type is text.
Shown shown_as(const std::string& type) {
  static const std::set<std::string> whole = {"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",  "HUGEINT",
                                              "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"};
  if (type == "BOOLEAN") return Shown::boolean;
  if (type == "FLOAT" || type == "DOUBLE") return Shown::real;
  if (starts_with(type, "DECIMAL")) return Shown::decimal;
  return whole.count(type) ? Shown::whole : Shown::text;
}

/// Control characters would break the lines of a table.
std::string one_line(const std::string& text) {
  std::string shown;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      shown += "\\n";
    } else if (c == '\t') {
      shown += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  return shown;
}

std::string cut_cell(const std::string& text, int width_max) {
  if (width_max <= 0 || display_width(text) <= width_max) return text;
  std::string kept;
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    size_t next = at + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
    std::string one = text.substr(at, next - at);
    width += display_width(one);
    if (width > width_max - 1) break;
    kept += one;
    at = next;
  }
  return kept + "…";
}

std::string csv_field(const std::string& text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Json json_value(const std::string& text, Shown shown) {
  const char* end = text.data() + text.size();
  if (shown == Shown::boolean) return Json(text == "true");
  if (shown == Shown::whole) {
    constexpr int64_t exact_max = int64_t{1} << 53;  // the last whole number that readers of JSON agree on
    int64_t number = 0;
    auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem == std::errc() && stopped == end && number >= -exact_max && number <= exact_max)
      return Json(number);
  }
  if (shown == Shown::real) {
    double number = 0;
    auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem == std::errc() && stopped == end && std::isfinite(number)) return Json(number);
  }
  return Json(text);
}

}  // namespace

Result<AnswerFormat> answer_format_named(const std::string& name) {
  if (name == "table") return AnswerFormat::table;
  if (name == "csv") return AnswerFormat::csv;
  if (name == "json") return AnswerFormat::json;
  return Error{ErrorKind::usage, fmt::format("there is no format `{}`", name), "table, csv or json"};
}

std::string align(const std::vector<std::vector<std::string>>& lines, const std::vector<bool>& right) {
  std::vector<int> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  }
  std::string text;
  for (const auto& line : lines) {
    std::string out;
    for (size_t i = 0; i < line.size(); ++i) {
      std::string blanks(static_cast<size_t>(widths[i] - display_width(line[i])), ' ');
      bool to_the_right = i < right.size() && right[i];
      if (i) out += "  ";
      out += to_the_right ? blanks + line[i] : line[i] + blanks;
    }
    text += out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string render_table(const table::Rows& rows, int cell_width_max) {
  std::vector<bool> right;
  for (const std::string& type : rows.types) {
    Shown shown = shown_as(type);
    right.push_back(shown == Shown::whole || shown == Shown::real || shown == Shown::decimal);
  }
  std::vector<std::vector<std::string>> lines(2);
  for (const std::string& name : rows.names) lines[0].push_back(one_line(name));
  for (const table::Row& row : rows.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const auto& value : row) line.push_back(value ? cut_cell(one_line(*value), cell_width_max) : "NULL");
  }
  for (size_t i = 0; i < rows.names.size(); ++i) {
    int width = display_width(lines[0][i]);
    for (size_t j = 2; j < lines.size(); ++j) width = std::max(width, display_width(lines[j][i]));
    std::string rule;
    for (int j = 0; j < width; ++j) rule += "─";
    lines[1].push_back(rule);
  }
  return align(lines, right);
}

std::string render_csv(const table::Rows& rows) {
  std::string text;
  auto add = [&text](size_t at, const std::string& field) {
    if (at) text += ',';
    text += field;
  };
  for (size_t i = 0; i < rows.names.size(); ++i) add(i, csv_field(rows.names[i]));
  text += "\r\n";
  for (const table::Row& row : rows.rows) {
    for (size_t i = 0; i < row.size(); ++i) add(i, row[i] ? csv_field(*row[i]) : "");
    text += "\r\n";
  }
  return text;
}

std::string render_json(const table::Rows& rows) {
  std::vector<std::string> names;
  std::vector<Shown> shown;
  for (size_t i = 0; i < rows.names.size(); ++i) {
    std::string name = rows.names[i];
    for (int n = 2; std::find(names.begin(), names.end(), name) != names.end(); ++n) {
      name = fmt::format("{}_{}", rows.names[i], n);
    }
    names.push_back(name);
    shown.push_back(i < rows.types.size() ? shown_as(rows.types[i]) : Shown::text);
  }
  std::string text = "[";
  for (const table::Row& row : rows.rows) {
    Json object = Json::object();
    for (size_t i = 0; i < row.size(); ++i)
      object[names[i]] = row[i] ? json_value(*row[i], shown[i]) : Json();
    text += text.size() == 1 ? "\n" : ",\n";
    // A text may hold bytes that are no UTF-8; they become replacement characters instead of an exception.
    text += object.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text + (rows.rows.empty() ? "]\n" : "\n]\n");
}

}  // namespace suikei::cli
