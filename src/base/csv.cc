#include "base/csv.h"

#include "base/text.h"

namespace suikei {
namespace {

Error csv_error(int line, const char* what) {
  return Error{ErrorKind::config, fmt::format("{}: {}", line, what), "mend the quotes of that line"};
}

/// Reads the quoted field that begins at `at`; returns the position behind its closing quote.
Result<size_t> read_quoted(std::string_view text, size_t at, int& line, std::string& field) {
  int begun = line;
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\n') ++line;
    if (text[at] != '"') {
      field += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == '"') {
      field += text[at++];
    } else {
      return at + 1;
    }
  }
  return csv_error(begun, "a quote is opened and not closed");
}

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text) {
  if (starts_with(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<CsvRow> rows;
  int line = 1;
  size_t at = 0;
  while (at < text.size()) {
    CsvRow row;
    row.line = line;
    size_t begun = at;
    while (true) {
      std::string& field = row.fields.emplace_back();
      if (at < text.size() && text[at] == '"') {
        at = TRY(read_quoted(text, at, line, field));
        bool ends = at == text.size() || text[at] == ',' || text[at] == '\n' || text[at] == '\r';
        if (!ends) return csv_error(line, "something follows a closing quote");
      } else {
        size_t end = std::min(text.find_first_of(",\r\n", at), text.size());
        field = text.substr(at, end - at);
        at = end;
      }
      if (at == text.size() || text[at] != ',') break;
      ++at;
    }
    bool written = at > begun;
    if (at < text.size() && text[at] == '\r') ++at;
    if (at < text.size() && text[at] == '\n') ++at, ++line;
    if (written) rows.push_back(std::move(row));
  }
  return rows;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    const std::string& field = fields[i];
    // An empty single field would be an empty line, which is passed over.
    bool quoted =
        field.find_first_of(",\"\r\n") != std::string::npos || (field.empty() && fields.size() == 1);
    if (!quoted) {
      line += field;
      continue;
    }
    line += '"';
    for (char c : field) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + '\n';
}

}  // namespace suikei
