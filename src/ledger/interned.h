// interned.h — texts that stand once in the ledger and are told by number everywhere else.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "io/sqlite.h"

namespace suikei::ledger {

/// Numbers and texts of one table of texts; remembers what was asked before.
class Interned {
 public:
  static Result<Interned> words(io::Database& database);
  static Result<Interned> shapes(io::Database& database);  ///< by fingerprint
  static Result<Interned> runs(io::Database& database);    ///< by run_id; never adds one

  /// The text's number, given out on first sight.
  Result<uint32_t> id_of(std::string_view text);
  /// The text's number, or 0 when it has none (0 is also the empty text).
  Result<uint32_t> find(std::string_view text);
  /// The text; valid until this object is destroyed. `corrupt` for a number never given out.
  Result<const std::string*> text_of(uint32_t id);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  Interned(io::Statement by_text, io::Statement by_id, std::optional<io::Statement> insert)
      : by_text_(std::move(by_text)), by_id_(std::move(by_id)), insert_(std::move(insert)) {}
  static Result<Interned> open(io::Database& database, std::string_view table, std::string_view column,
                               std::string_view insert);

  io::Statement by_text_, by_id_;
  std::optional<io::Statement> insert_;
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> ids_;
  std::unordered_map<uint32_t, std::string> texts_;
};

}  // namespace suikei::ledger
