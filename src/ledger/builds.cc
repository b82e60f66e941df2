#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/limits.h"

namespace suikei::ledger {

Result<> Ledger::put_build(const BuildRecord& build) {
  io::Transaction transaction = TRY(io::Transaction::begin(database_));
  io::Statement put = TRY(database_.prepare(
      "INSERT INTO build (run_id, status, started_us, finished_us, report) VALUES (?,?,?,?,?) "
      "ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, finished_us = "
      "excluded.finished_us, report = excluded.report"));
  put.bind_all(build.run_id, build.status, build.started_us, build.finished_us,
               build.report.is_null() ? std::string()
                                      : build.report.dump(-1, ' ', false, Json::error_handler_t::replace));
  TRY(put.run());
  TRY(database_.run(
      fmt::format("DELETE FROM build WHERE id <= (SELECT max(id) FROM build) - {}", builds_kept)));
  return transaction.commit();
}

Result<std::optional<BuildRecord>> Ledger::last_build() {
  io::Statement find = TRY(database_.prepare(
      "SELECT run_id, status, started_us, finished_us, report FROM build ORDER BY id DESC LIMIT 1"));
  if (!TRY(find.step())) return std::optional<BuildRecord>();
  BuildRecord build{find.text(0), find.text(1), find.integer(2), find.integer(3), {}};
  std::string report = find.text(4);
  if (!report.empty()) build.report = TRY(parse_json(report));
  return std::optional<BuildRecord>(std::move(build));
}

}  // namespace suikei::ledger
