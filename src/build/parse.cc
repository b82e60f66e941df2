#include "build/parse.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <future>

#include "base/text.h"

namespace suikei::build {

namespace {

bool is_text(const std::string& statement) {
  return is_utf8(statement) && statement.find('\0') == std::string::npos;
}

Error refusal(TreeNode answer, const std::string& statement) {
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

namespace {

using Texts = std::vector<std::string>;

/// The trees of statements [first, end) as JSON.
Result<Texts> serialize(engine::Connection& connection, const Texts& statements, size_t first, size_t end) {
  std::string sql =
      "SELECT json_serialize_sql(sql, skip_default := true, skip_empty := true, skip_null := true)"
      "::VARCHAR AS tree FROM (VALUES ";
  for (size_t i = first; i < end; ++i) {
    // One text that is none would make the whole call fail.
    sql += (i == first ? "(" : ",(") + engine::quote_text(is_text(statements[i]) ? statements[i] : "") + ")";
  }
  Texts trees;
  trees.reserve(end - first);
  TRY(connection.scan(sql + ") AS statements(sql)", [&](const table::Batch& batch) -> Result<> {
    for (size_t row = 0; row < batch.rows(); ++row) trees.emplace_back(batch.column(0).bytes(row));
    return ok();
  }));
  CHECK(trees.size() == end - first);
  return trees;
}

}  // namespace

Result<> parse_statements(engine::Engine& engine, const std::vector<std::string>& statements,
                          const TakeTree& take, size_t threads) {
  std::vector<engine::Connection> connections;
  for (size_t i = 0; i < std::max<size_t>(1, threads); ++i) connections.push_back(TRY(engine.connect()));
  std::deque<std::future<Result<Texts>>> ahead;  // at most one per connection; the order is the statements'
  size_t batches = 0, begun = 0;
  auto begin_batch = [&] {
    if (begun == statements.size()) return;
    size_t first = begun, bytes = 0;
    while (begun < statements.size() && bytes < parse_batch_bytes_max) bytes += statements[begun++].size();
    engine::Connection& connection = connections[batches++ % connections.size()];
    ahead.push_back(
        std::async(threads > 1 ? std::launch::async : std::launch::deferred,
                   [&, first, end = begun] { return serialize(connection, statements, first, end); }));
  };
  for (size_t i = 0; i < connections.size(); ++i) begin_batch();
  SyntaxTree tree;
  size_t statement = 0;
  while (!ahead.empty()) {
    Texts trees = TRY(ahead.front().get());
    ahead.pop_front();
    begin_batch();
    for (const std::string& text : trees) {
      TRY(tree.read(text));
      const std::string& sql = statements[statement];
      Result<const SyntaxTree*> given = &tree;
      if (!is_text(sql)) {
        given = Error{ErrorKind::config, "not UTF-8 text", ""};
      } else if (tree.root().is_true("error")) {
        given = refusal(tree.root(), sql);
      }
      TRY(take(statement++, std::move(given)));
    }
  }
  return ok();
}

}  // namespace suikei::build
