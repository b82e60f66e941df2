#include "ledger/ledger.h"

#include <array>

#include "base/text.h"
#include "io/fault.h"
#include "io/files.h"
#include "ledger/format.h"
#include "ledger/merge.h"

namespace suikei::ledger {
namespace {

struct StateName {
  TableState state;
  const char* name;
};
constexpr std::array<StateName, 5> state_names = {{
    {TableState::current, "current"},
    {TableState::stale, "stale"},
    {TableState::failed, "failed"},
    {TableState::vanished, "vanished"},
    {TableState::removed, "removed"},
}};

constexpr const char* run_columns = "run_id, source, business_date, status, started_us, finished_us, report";

Result<RunRecord> read_run(const io::Statement& from) {
  RunRecord run;
  run.run_id = from.text(0);
  run.source = from.text(1);
  run.business_date = from.text(2);
  run.status = from.text(3);
  run.started_us = from.integer(4);
  run.finished_us = from.integer(5);
  std::string report = from.text(6);
  if (!report.empty()) run.report = TRY(parse_json(report));
  return run;
}

}  // namespace

const char* name_of(TableState state) {
  for (const StateName& entry : state_names) {
    if (entry.state == state) return entry.name;
  }
  return "current";
}

Result<TableState> table_state_named(std::string_view name) {
  for (const StateName& entry : state_names) {
    if (name == entry.name) return entry.state;
  }
  return Error{ErrorKind::corrupt, fmt::format("`{}` is not a state of a table", name), ""};
}

Result<Ledger> Ledger::open(const std::filesystem::path& path) {
  TRY(io::make_folders(path.parent_path()));
  io::Database database = TRY(io::Database::open(path, io::OpenMode::create));
  TRY(bring_up_to_date(database, path));
  TRY(database.run("PRAGMA cache_size = -16000"));  // a shard's rows in one transaction
  return Ledger(std::move(database));
}

Result<Ledger> Ledger::open_read_only(const std::filesystem::path& path) {
  std::error_code problem;
  if (!std::filesystem::exists(path, problem)) {
    return Error{ErrorKind::not_found, fmt::format("there is no ledger at {} yet", path.string()),
                 "run `suikei collect` first"};
  }
  io::Database database = TRY(io::Database::open(path, io::OpenMode::read_only));
  TRY(check_format(database, path));
  return Ledger(std::move(database));
}

Result<int64_t> Ledger::shard_number(const std::string& source, const std::string& shard) {
  io::Statement find = TRY(database_.prepare("SELECT number FROM shard WHERE source = ? AND name = ?"));
  find.bind_all(source, shard);
  if (TRY(find.step())) return find.integer(0);
  io::Statement add = TRY(database_.prepare("INSERT OR IGNORE INTO shard (source, name) VALUES (?, ?)"));
  add.bind_all(source, shard);
  TRY(add.run());
  find.bind_all(source, shard);
  bool found = TRY(find.step());
  CHECK(found);
  return find.integer(0);
}

Result<> Ledger::put_run(const RunRecord& run) {
  io::Statement put = TRY(database_.prepare(
      fmt::format("INSERT INTO run ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (run_id) DO UPDATE "
                  "SET source = ?2, "
                  "business_date = ?3, status = ?4, started_us = ?5, finished_us = ?6, report = ?7",
                  run_columns)));
  put.bind_all(run.run_id, run.source, run.business_date, run.status, run.started_us, run.finished_us,
               run.report.is_null() ? std::string() : run.report.dump());
  return put.run();
}

Result<std::optional<RunRecord>> Ledger::find_run(const std::string& run_id) {
  io::Statement find =
      TRY(database_.prepare(fmt::format("SELECT {} FROM run WHERE run_id = ?", run_columns)));
  find.bind_all(run_id);
  if (!TRY(find.step())) return std::optional<RunRecord>();
  RunRecord run = TRY(read_run(find));
  return std::optional<RunRecord>(std::move(run));
}

Result<std::vector<RunRecord>> Ledger::runs(const std::string& source, int limit) {
  io::Statement list = TRY(database_.prepare(fmt::format(
      "SELECT {} FROM run WHERE source = ? ORDER BY started_us DESC, id DESC LIMIT ?", run_columns)));
  list.bind_all(source, limit > 0 ? limit : -1);
  std::vector<RunRecord> found;
  while (TRY(list.step())) {
    RunRecord run = TRY(read_run(list));
    found.push_back(std::move(run));
  }
  return found;
}

Result<std::optional<int64_t>> Ledger::last_good_run_us(const std::string& source) {
  io::Statement find = TRY(database_.prepare(
      "SELECT max(finished_us) FROM run WHERE source = ? AND status = 'ok' AND finished_us > 0"));
  find.bind_all(source);
  if (!TRY(find.step()) || find.is_null(0)) return std::optional<int64_t>();
  return std::optional<int64_t>(find.integer(0));
}

Result<> Ledger::merge(const std::string& source, const std::string& run_id, const ShardResult& result) {
  size_t at = 0;
  return merge(source, run_id, result, [&](TableRecord& record) -> Result<bool> {
    if (at == result.tables.size()) return false;
    record = result.tables[at++];
    return true;
  });
}

Result<> Ledger::merge(const std::string& source, const std::string& run_id, const ShardResult& result,
                       const NextTable& next) {
  TRY(io::fault_point("ledger.merge.begin"));
  {
    io::Transaction transaction = TRY(io::Transaction::begin(database_));
    TRY(shard_number(source, result.shard));
    // The statements end before the transaction does.
    {
      Merge work = TRY(Merge::begin(database_, source, run_id, result.shard));
      TRY(work.take_shapes(result.shapes));
      TRY(work.take_tables(next));
      TRY(work.take_slices(result.slices));
      TRY(work.take_unmatched(result));
      TRY(work.finish(result));
    }
    TRY(io::fault_point("ledger.commit.before"));
    TRY(transaction.commit());  // from here on the ledger says what this run did
  }
  return io::fault_point("ledger.commit.after");
}

}  // namespace suikei::ledger
