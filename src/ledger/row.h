// row.h — a physical table as the ledger stores it: numbers only, about 100 bytes.
// Holds:  a row that follows its shard (seen_run 0) was looked at by the shard's last run; so 120,000
// unchanged
//         tables cost no write.
// See:    docs/design/ledger.md
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "io/sqlite.h"
#include "ledger/ledger.h"

namespace suikei::ledger {

/// The sixteen bytes of a checksum; `known` is false when the table has never been read.
struct Checksum {
  std::array<char, 16> bytes{};
  bool known = false;
  bool operator==(const Checksum&) const = default;
};
/// Of 32 hexadecimal digits, or of "" for none; `corrupt` for anything else.
Result<Checksum> checksum_of(std::string_view text);
std::string text_of(const Checksum& checksum);
void bind_checksum(io::Statement& statement, int at, const Checksum& checksum);
Checksum read_checksum(const io::Statement& statement, int column);

/// Numbers are ids of words, shapes and runs; 0 is none.
struct Row {
  uint32_t database = 0, name = 0, tenant = 0, logical = 0;
  uint32_t shape = 0, consistency = 0, reason_kind = 0, reason = 0, hint = 0;
  TableState state = TableState::current;
  Checksum checksum;
  int attempts = 0;
  uint32_t first_run = 0, written_run = 0;
  uint32_t seen_run = 0;  ///< 0: follows its shard
  uint32_t good_run = 0;  ///< 0: none, or the state is current
  int64_t rows = 0, bytes = 0, good_at_us = 0;

  bool operator==(const Row&) const = default;
};

/// The columns that `read_row` expects, the shard first.
inline constexpr const char* row_columns =
    "p.shard, p.database, p.name, p.tenant, p.logical, p.state, p.rows, p.bytes, p.checksum, p.shape, "
    "p.consistency, p.reason_kind, p.reason, p.hint, p.attempts, p.first_run, p.written_run, p.seen_run, "
    "p.good_run, p.good_at_us";
Row read_row(const io::Statement& statement);
/// Statement that `bind_row` fills.
inline constexpr const char* row_insert =
    "INSERT OR REPLACE INTO physical VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
void bind_row(io::Statement& statement, int64_t shard, const Row& row);

/// What rows that follow their shard take from it.
struct ShardMemory {
  std::string name;
  uint32_t last_run = 0;  ///< 0: none yet
  int64_t read_us = 0;    ///< when that run read the last of its tables
};
/// The run that looked at the table last.
inline uint32_t last_seen(const Row& row, const ShardMemory& shard) {
  return row.seen_run ? row.seen_run : shard.last_run;
}
/// The run of the rows in the lake; 0: there are none.
uint32_t good_run(const Row& row, const ShardMemory& shard);
int64_t good_at_us(const Row& row, const ShardMemory& shard);

}  // namespace suikei::ledger
