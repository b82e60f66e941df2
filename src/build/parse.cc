#include "build/parse.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace suikei::build {

namespace {

bool is_text(const std::string& statement) {
  return is_utf8(statement) && statement.find('\0') == std::string::npos;
}

Error refusal(Node answer, const std::string& statement) {
  std::string message(answer.text("error_message"));
  std::string_view position = answer.text("position");
  if (!position.empty()) {
    size_t at = 0;
    std::from_chars(position.data(), position.data() + position.size(), at);
    auto end = statement.begin() + static_cast<std::ptrdiff_t>(std::min(at, statement.size()));
    message += fmt::format(" in line {}", 1 + std::count(statement.begin(), end, '\n'));
  }
  bool other = message.find("Only SELECT") != std::string::npos;
  return {ErrorKind::config, other ? "not one SELECT" : message,
          other ? "a PIVOT must name its values: PIVOT … ON column IN (…)" : ""};
}

}  // namespace

Result<> parse_statements(engine::Connection& connection, const std::vector<std::string>& statements,
                          const TakeTree& take) {
  SyntaxTree tree;
  size_t first = 0;
  while (first < statements.size()) {
    std::string sql =
        "SELECT json_serialize_sql(sql, skip_default := true, skip_empty := true, skip_null := true)"
        "::VARCHAR AS tree FROM (VALUES ";
    size_t end = first, statement = first;
    while (end < statements.size() && (end == first || sql.size() < parse_batch_bytes_max)) {
      // One text that is none would make the whole call fail.
      bool text = is_text(statements[end]);
      sql += (end == first ? "(" : ",(") + engine::quote_text(text ? statements[end] : "") + ")";
      ++end;
    }
    sql += ") AS statements(sql)";
    engine::Cursor cursor = TRY(connection.open_cursor(sql));
    while (const table::Batch* batch = TRY(cursor.next())) {
      for (size_t row = 0; row < batch->rows(); ++row, ++statement) {
        TRY(tree.read(batch->column(0).bytes(row)));
        if (!is_text(statements[statement])) {
          TRY(take(statement, Error{ErrorKind::config, "not UTF-8 text", ""}));
        } else if (tree.root().is_true("error")) {
          TRY(take(statement, refusal(tree.root(), statements[statement])));
        } else {
          TRY(take(statement, &tree));
        }
      }
    }
    CHECK(statement == end);
    first = end;
  }
  return ok();
}

}  // namespace suikei::build
