#include "ledger/interned.h"

#include "base/text.h"

namespace suikei::ledger {

Result<Interned> Interned::open(io::Database& database, std::string_view table, std::string_view column,
                                std::string_view insert) {
  io::Statement by_text = TRY(database.prepare(fmt::format("SELECT id FROM {} WHERE {} = ?", table, column)));
  io::Statement by_id = TRY(database.prepare(fmt::format("SELECT {} FROM {} WHERE id = ?", column, table)));
  std::optional<io::Statement> adding;
  if (!insert.empty()) {
    io::Statement statement = TRY(database.prepare(insert));
    adding.emplace(std::move(statement));
  }
  return Interned(std::move(by_text), std::move(by_id), std::move(adding));
}

Result<Interned> Interned::words(io::Database& database) {
  return open(database, "word", "value", "INSERT INTO word (value) VALUES (?) RETURNING id");
}
Result<Interned> Interned::shapes(io::Database& database) {
  return open(database, "shape", "fingerprint",
              "INSERT INTO shape (fingerprint, columns) VALUES (?, '') RETURNING id");
}
Result<Interned> Interned::runs(io::Database& database) {
  return open(database, "run", "run_id", "");
}

Result<uint32_t> Interned::find(std::string_view text) {
  if (text.empty()) return 0u;
  auto known = ids_.find(text);
  if (known != ids_.end()) return known->second;
  by_text_.bind(1, text);
  if (!TRY(by_text_.step())) return 0u;
  auto id = static_cast<uint32_t>(by_text_.integer(0));
  TRY(by_text_.run());
  ids_.emplace(text, id);
  return id;
}

Result<uint32_t> Interned::id_of(std::string_view text) {
  uint32_t id = TRY(find(text));
  if (id || text.empty()) return id;
  CHECK(insert_.has_value());
  insert_->bind(1, text);
  bool given = TRY(insert_->step());
  CHECK(given);
  id = static_cast<uint32_t>(insert_->integer(0));
  TRY(insert_->run());
  ids_.emplace(text, id);
  return id;
}

Result<const std::string*> Interned::text_of(uint32_t id) {
  auto known = texts_.find(id);
  if (known == texts_.end()) {
    std::string text;
    if (id) {
      by_id_.bind(1, int64_t{id});
      if (!TRY(by_id_.step())) {
        return Error{ErrorKind::corrupt, fmt::format("the ledger names text {}, which it does not have", id),
                     "restore the ledger from its last backup"};
      }
      text = by_id_.text(0);
      TRY(by_id_.run());
    }
    known = texts_.emplace(id, std::move(text)).first;
  }
  return static_cast<const std::string*>(&known->second);
}

}  // namespace suikei::ledger
