#include "ledger/row.h"

#include <cstring>

#include "base/text.h"

namespace suikei::ledger {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Result<Checksum> checksum_of(std::string_view text) {
  Checksum checksum;
  if (text.empty()) return checksum;
  checksum.known = text.size() == 32;
  for (size_t i = 0; checksum.known && i < 16; ++i) {
    int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
    checksum.known = high >= 0 && low >= 0;
    checksum.bytes[i] = static_cast<char>(high << 4 | low);
  }
  if (checksum.known) return checksum;
  return Error{ErrorKind::corrupt, fmt::format("`{}` is not a checksum of 32 hexadecimal digits", text), ""};
}

std::string text_of(const Checksum& checksum) {
  return checksum.known ? hex({checksum.bytes.data(), checksum.bytes.size()}) : std::string();
}

void bind_checksum(io::Statement& statement, int at, const Checksum& checksum) {
  if (checksum.known) {
    statement.bind_blob(at, {checksum.bytes.data(), checksum.bytes.size()});
  } else {
    statement.bind_null(at);
  }
}

Checksum read_checksum(const io::Statement& statement, int column) {
  Checksum checksum;
  std::string bytes = statement.blob(column);
  checksum.known = bytes.size() == checksum.bytes.size();
  if (checksum.known) std::memcpy(checksum.bytes.data(), bytes.data(), bytes.size());
  return checksum;
}

Row read_row(const io::Statement& from) {
  auto id = [&](int column) { return static_cast<uint32_t>(from.integer(column)); };
  Row row;
  row.database = id(1);
  row.name = id(2);
  row.tenant = id(3);
  row.logical = id(4);
  row.state = static_cast<TableState>(from.integer(5));
  row.rows = from.integer(6);
  row.bytes = from.integer(7);
  row.checksum = read_checksum(from, 8);
  row.shape = id(9);
  row.consistency = id(10);
  row.reason_kind = id(11);
  row.reason = id(12);
  row.hint = id(13);
  row.attempts = static_cast<int>(from.integer(14));
  row.first_run = id(15);
  row.written_run = id(16);
  row.seen_run = id(17);
  row.good_run = id(18);
  row.good_at_us = from.integer(19);
  return row;
}

void bind_row(io::Statement& to, int64_t shard, const Row& row) {
  auto id = [&](int at, uint32_t value) { to.bind(at, static_cast<int64_t>(value)); };
  auto id_or_null = [&](int at, uint32_t value) {
    if (value) {
      id(at, value);
    } else {
      to.bind_null(at);
    }
  };
  to.bind(1, shard);
  id(2, row.database);
  id(3, row.name);
  id(4, row.tenant);
  id(5, row.logical);
  to.bind(6, static_cast<int>(row.state));
  to.bind(7, row.rows);
  to.bind(8, row.bytes);
  bind_checksum(to, 9, row.checksum);
  id(10, row.shape);
  id(11, row.consistency);
  id(12, row.reason_kind);
  id(13, row.reason);
  id(14, row.hint);
  to.bind(15, row.attempts);
  id(16, row.first_run);
  id(17, row.written_run);
  id_or_null(18, row.seen_run);
  id_or_null(19, row.good_run);
  to.bind(20, row.good_at_us);
}

uint32_t good_run(const Row& row, const ShardMemory& shard) {
  return row.state == TableState::current ? last_seen(row, shard) : row.good_run;
}

int64_t good_at_us(const Row& row, const ShardMemory& shard) {
  bool precise = row.state != TableState::current || row.seen_run || row.written_run == shard.last_run;
  return precise ? row.good_at_us : shard.read_us;
}

}  // namespace suikei::ledger
