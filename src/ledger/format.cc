#include "ledger/format.h"

#include "base/text.h"
#include "io/files.h"
#include "ledger/embedded.gen.h"

namespace suikei::ledger {
namespace {

/// "SUIK" in the file's header, so that another SQLite file is not taken for a ledger.
constexpr int64_t application_id = 0x5355494B;

/// A number that SQLite always has an answer for.
Result<int64_t> number(io::Database& database, std::string_view sql) {
  std::optional<int64_t> answer = TRY(database.integer(sql));
  return answer.value_or(0);
}
constexpr const char* format_query = "PRAGMA user_version";

Error newer_than_us(const std::filesystem::path& path, int64_t format, int newest) {
  return Error{
      ErrorKind::config,
      fmt::format("{}: the ledger has format {}, this program knows {}", path.string(), format, newest),
      "it was written by a newer suikei: install that version"};
}

Result<> check_application(io::Database& database, const std::filesystem::path& path) {
  if (TRY(number(database, "PRAGMA application_id")) == application_id) return ok();
  return Error{ErrorKind::config, fmt::format("{} is not a ledger of suikei", path.string()),
               "move that file away; the next run makes a new ledger"};
}

Result<> create(io::Database& database) {
  TRY(database.run("PRAGMA journal_mode = WAL"));
  io::Transaction transaction = TRY(io::Transaction::begin(database));
  // Two processes may come here at once; the second finds the work done.
  if (TRY(number(database, format_query)) != 0) return ok();
  TRY(database.run(embedded::schema));
  TRY(database.run(embedded::build));
  TRY(database.run(fmt::format("PRAGMA application_id = {}", application_id)));
  TRY(database.run(fmt::format("PRAGMA user_version = {}", format_newest)));
  return transaction.commit();
}

}  // namespace

Result<> migrate(io::Database& database, const std::filesystem::path& path, std::span<const Migration> steps,
                 int newest) {
  int64_t format = TRY(number(database, format_query));
  if (format > newest) return newer_than_us(path, format, newest);
  if (format == newest) return ok();
  std::filesystem::path backup = path;
  backup += fmt::format(".format{}.backup", format);
  std::error_code problem;
  // A backup that exists is of an earlier attempt, taken before anything had changed.
  if (!std::filesystem::exists(backup, problem)) {
    std::filesystem::path unfinished = backup;
    unfinished += ".tmp";
    TRY(io::remove_all(unfinished));
    io::Statement copy = TRY(database.prepare("VACUUM INTO ?"));
    copy.bind(1, unfinished.string());
    TRY(copy.run());
    TRY(io::commit_file(unfinished, backup));
  }
  io::Transaction transaction = TRY(io::Transaction::begin(database));
  for (const Migration& step : steps) {
    if (step.from != format) continue;
    TRY(database.run(step.sql));
    ++format;
  }
  if (format != newest) {
    return Error{ErrorKind::config,
                 fmt::format("{}: no way from format {} to {}", path.string(), format, newest),
                 "open it once with a suikei of the version in between"};
  }
  TRY(database.run(fmt::format("PRAGMA user_version = {}", newest)));
  return transaction.commit();
}

Result<> bring_up_to_date(io::Database& database, const std::filesystem::path& path) {
  int64_t format = TRY(number(database, format_query));
  if (format == 0 && TRY(number(database, "SELECT count(*) FROM sqlite_master")) == 0)
    return create(database);
  TRY(check_application(database, path));
  static const Migration steps[] = {{1, embedded::build}};
  return migrate(database, path, steps, format_newest);
}

Result<> check_format(io::Database& database, const std::filesystem::path& path) {
  TRY(check_application(database, path));
  int64_t format = TRY(number(database, format_query));
  if (format > format_newest) return newer_than_us(path, format, format_newest);
  if (format == format_newest) return ok();
  return Error{ErrorKind::config,
               fmt::format("{}: the ledger has the older format {}", path.string(), format),
               "run `suikei collect` or `suikei publish` once: it is migrated then"};
}

}  // namespace suikei::ledger
