#include "lab/fill.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/text.h"
#include "io/files.h"
#include "io/process.h"

namespace suikei::lab {
namespace {

constexpr size_t feed_bytes = 256 << 10;    // fewer, larger writes into the client's pipe
constexpr size_t insert_bytes = 200 << 10;  // one INSERT: far below the server's packet limit
constexpr size_t clients_per_shard = 2;
constexpr size_t clients_max = 8;
constexpr auto progress_every = std::chrono::seconds(3);

/// What all clients of a fill share.
struct Crew {
  explicit Crew(std::vector<std::vector<Job>> jobs)
      : jobs_of_shards(std::move(jobs)), next(jobs_of_shards.size()) {}

  std::vector<std::vector<Job>> jobs_of_shards;
  std::vector<std::atomic<size_t>> next;  ///< per shard: the first job nobody has taken
  std::atomic<int64_t> tables_done{0};
  std::mutex mutex;
  std::condition_variable changed;
  size_t working = 0;
  std::optional<Error> failed;

  bool stopped() {
    std::lock_guard lock(mutex);
    return failed.has_value();
  }
};

Result<> work_on_shard(Crew& crew, size_t shard, const Server& server, int client) {
  std::vector<Job>& jobs = crew.jobs_of_shards[shard];
  if (crew.next[shard] >= jobs.size()) return ok();
  Feed feed = TRY(Feed::start(server, client));
  while (!crew.stopped()) {
    size_t at = crew.next[shard]++;
    if (at >= jobs.size()) break;
    TRY(jobs[at].write(feed).within(database_of(jobs[at].tenant)));
    crew.tables_done += jobs[at].tables;
  }
  return feed.finish();
}

void work(Crew& crew, const std::vector<Server>& servers, size_t client) {
  // Begins at a shard of its own and then helps the others.
  for (size_t offset = 0; offset < servers.size() && !crew.stopped(); ++offset) {
    size_t shard = (client + offset) % servers.size();
    Result<> done = work_on_shard(crew, shard, servers[shard], static_cast<int>(client));
    if (done.ok()) continue;
    std::lock_guard lock(crew.mutex);
    if (!crew.failed) crew.failed = done.error();
  }
  std::lock_guard lock(crew.mutex);
  --crew.working;
  crew.changed.notify_all();
}

void tell_progress(const Tell& tell, int64_t done, int64_t total, double seconds) {
  double speed = static_cast<double>(done) / std::max(seconds, 0.001);
  double left = speed > 0 ? static_cast<double>(total - done) / speed : 0;
  tell(fmt::format("{} / {} tables   {} tables/s   {} left", with_commas(done), with_commas(total),
                   with_commas(static_cast<int64_t>(speed)), short_duration(left)));
}

Result<std::set<int>> numbers(const Server& server, std::string_view sql) {
  std::string text = TRY(ask(server, sql));
  std::set<int> found;
  for (const std::string& line : split(trim(text), '\n')) {
    int number = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), number).ec == std::errc{})
      found.insert(number);
  }
  return found;
}

/// A client of an interrupted command may still be eating what it was fed; we hold the lab's lock, so every
/// other root session is such a leftover.
Result<> end_leftovers(const Server& server) {
  std::set<int> sessions = TRY(numbers(
      server, "SELECT id FROM information_schema.processlist WHERE user='root' AND id<>CONNECTION_ID()"));
  // A session that ended by itself meanwhile is no failure.
  for (int session : sessions) (void)ask(server, fmt::format("KILL {}", session));
  return ok();
}

/// Every table of the tenant as it is on this day, with the names it has there.
std::vector<Kind> tables_of(const State& state, int tenant, int day) {
  std::vector<Kind> tables;
  for (const Kind& kind : plan_kinds(state.tables)) {
    tables.push_back(kind_of(kind, tenant, day, state.drift));
    bool doubled = state.drift == Drift::drifted && tenant == tenant_with_two_cases && kind.name == "stock";
    if (!doubled) continue;
    tables.push_back(tables.back());
    tables.back().name = "Stock";
  }
  return tables;
}

Result<> write_rows(Feed& feed, const RowMaker& maker, const Kind& kind, int64_t rows) {
  std::string head = fmt::format("INSERT INTO `{}` {} VALUES ", kind.name, column_list(kind));
  std::string sql;
  for (int64_t number = 1; number <= rows; ++number) {
    sql += sql.empty() ? head : ",";
    maker.append(sql, kind, number, 0);
    if (sql.size() < insert_bytes && number < rows) continue;
    TRY(feed.run(sql));
    sql.clear();
  }
  return ok();
}

}  // namespace

struct Feed::Client {
  io::FedProcess process;
  const Server& server;
  fs::path errors;
  std::string buffer;
};

Feed::Feed(std::unique_ptr<Client> client) : client_(std::move(client)) {}
Feed::Feed(Feed&&) noexcept = default;
Feed::~Feed() = default;

Result<Feed> Feed::start(const Server& server, int number) {
  fs::path errors = server.folder / fmt::format("fill-{}.log", number);
  TRY(io::remove_all(errors));
  io::FedProcess process = TRY(io::FedProcess::start(client_command(server), errors));
  Feed feed(std::make_unique<Client>(Client{std::move(process), server, errors, {}}));
  // An empty sql_mode lets zero dates and other old habits in.
  TRY(feed.run("SET SESSION sql_mode='', foreign_key_checks=0, time_zone='+09:00'"));
  return feed;
}

Error Feed::failure() {
  Result<std::string> errors = io::read_file(client_->errors);
  std::string said = errors.ok() ? std::string(trim(errors.value())) : "";
  if (said.empty()) said = "the client ended without a word";
  return Error{ErrorKind::rejected, fmt::format("{}: {}", client_->server.folder.filename().string(), said),
               fmt::format("the server's log is {}", client_->server.log().string())};
}

Result<> Feed::flush() {
  Result<> fed = client_->process.feed(client_->buffer);
  client_->buffer.clear();
  if (fed.ok()) return fed;
  (void)client_->process.finish();
  return failure();
}

Result<> Feed::run(std::string_view sql) {
  client_->buffer += sql;
  client_->buffer += ";\n";
  return client_->buffer.size() < feed_bytes ? ok() : flush();
}

Result<> Feed::finish() {
  TRY(flush());
  int code = TRY(client_->process.finish());
  if (code != 0) return failure();
  return io::remove_all(client_->errors);
}

Result<> run_jobs(const std::vector<Server>& servers, std::vector<std::vector<Job>> jobs_of_shards,
                  const Tell& tell) {
  Crew crew(std::move(jobs_of_shards));
  int64_t total = 0;
  for (size_t shard = 0; shard < servers.size(); ++shard) {
    const std::vector<Job>& jobs = crew.jobs_of_shards[shard];
    if (!jobs.empty()) TRY(end_leftovers(servers[shard]));
    for (const Job& job : jobs) total += job.tables;
  }
  crew.working = std::min(clients_max, clients_per_shard * servers.size());
  std::vector<std::thread> clients;
  for (size_t client = 0, count = crew.working; client < count; ++client) {
    clients.emplace_back([&crew, &servers, client] { work(crew, servers, client); });
  }
  auto begin = std::chrono::steady_clock::now();
  for (std::unique_lock lock(crew.mutex); crew.working > 0;) {
    bool over = crew.changed.wait_for(lock, progress_every, [&] { return crew.working == 0; });
    std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    if (!over && tell) tell_progress(tell, crew.tables_done, total, passed.count());
  }
  for (std::thread& client : clients) client.join();
  if (crew.failed) return *crew.failed;
  return ok();
}

Result<> note_done(Feed& feed, int day, int tenant, int64_t tables, int64_t rows) {
  return feed.run(
      fmt::format("REPLACE INTO suikei_lab.done VALUES ({},{},{},{})", day, tenant, tables, rows));
}

Result<> write_tenant(Feed& feed, const State& state, int tenant, int day) {
  std::string database = database_of(tenant);
  TRY(feed.run(fmt::format("DROP DATABASE IF EXISTS `{}`", database)));
  TRY(feed.run(fmt::format("CREATE DATABASE `{}` CHARACTER SET utf8mb4", database)));
  TRY(feed.run(fmt::format("USE `{}`", database)));
  std::vector<Kind> tables = tables_of(state, tenant, day);
  for (const Kind& kind : tables) TRY(feed.run(create_table(kind, kind.name, state.server)));
  RowMaker maker(state.seed, tenant, state.rows);
  int64_t rows = 0;
  TRY(feed.run("BEGIN"));
  for (const Kind& kind : tables) {
    int64_t count = rows_of(kind, tenant, state.rows, state.seed);
    TRY(write_rows(feed, maker, kind, count));
    rows += count;
  }
  TRY(note_done(feed, day, tenant, static_cast<int64_t>(tables.size()), rows));
  return feed.run("COMMIT");
}

Result<> prepare_shard(const Server& server, const State& state, size_t shard, std::string_view password) {
  std::string sql = fmt::format(R"(
DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';
CREATE DATABASE IF NOT EXISTS suikei_lab;
CREATE TABLE IF NOT EXISTS suikei_lab.done (day int NOT NULL, tenant int NOT NULL, tables bigint NOT NULL,
  `rows` bigint NOT NULL, PRIMARY KEY (tenant, day));
CREATE USER IF NOT EXISTS 'reader'@'%' IDENTIFIED BY '{0}';
ALTER USER 'reader'@'%' IDENTIFIED BY '{0}';
GRANT SELECT ON `ne\_%`.* TO 'reader'@'%';
)",
                                password);
  // With it a collect keeps its snapshot beside a binary log (--mysqld-option log-bin).
  if (server.kind == ServerKind::mariadb) sql += "GRANT BINLOG ADMIN ON *.* TO 'reader'@'%';\n";
  if (state.drift == Drift::drifted) {
    // What no rule matches: the batch team's scratch tables, and a backup somebody forgot.
    sql += R"(
GRANT SELECT ON `batch_work`.* TO 'reader'@'%';
CREATE DATABASE IF NOT EXISTS batch_work;
CREATE TABLE IF NOT EXISTS batch_work.nightly_totals (day date PRIMARY KEY, orders int);
REPLACE INTO batch_work.nightly_totals VALUES ('2025-12-30', 812), ('2025-12-31', 640);
CREATE TABLE IF NOT EXISTS batch_work.tmp_ne_00001_orders (id bigint);
)";
  }
  if (state.drift == Drift::drifted && shard == 0) {
    sql += R"(
CREATE DATABASE IF NOT EXISTS mysql_tmp_backup;
CREATE TABLE IF NOT EXISTS mysql_tmp_backup.orders_20190401 (id bigint, memo text);
)";
  }
  TRY(ask(server, sql));
  return ok();
}

Result<std::set<int>> tenants_done(const Server& server, int day) {
  return numbers(server, fmt::format("SELECT tenant FROM suikei_lab.done WHERE day={}", day));
}

Result<std::set<int>> tenants_living(const Server& server, int day) {
  return numbers(
      server,
      fmt::format("SELECT tenant FROM suikei_lab.done WHERE day<{} GROUP BY tenant HAVING SUM(tables)>0",
                  day));
}

Result<> count_shard(const Server& server, Shard& shard) {
  std::string text =
      TRY(ask(server,
              "SELECT COUNT(*), IFNULL(SUM(t),0), IFNULL(SUM(r),0) FROM (SELECT SUM(tables) t, "
              "SUM(`rows`) r FROM suikei_lab.done GROUP BY tenant HAVING t>0) living"));
  std::vector<std::string> fields = split(trim(text), '\t');
  if (fields.size() != 3)
    return Error{ErrorKind::corrupt, fmt::format("counts of {}: `{}`", shard.name, text), ""};
  shard.tenants = std::atoll(fields[0].c_str());
  shard.tables = std::atoll(fields[1].c_str());
  shard.rows = std::atoll(fields[2].c_str());
  return ok();
}

size_t home_of(int tenant, size_t shards) {
  return static_cast<size_t>(tenant - 1) % shards;
}

std::vector<std::vector<int>> plan_tenants(const State& state) {
  std::vector<std::vector<int>> plan(state.shards.size());
  for (int tenant = 1; tenant <= state.tenants; ++tenant) {
    size_t home = home_of(tenant, plan.size());
    plan[home].push_back(tenant);
    bool moved = state.drift == Drift::drifted && tenant == tenant_that_moved && plan.size() > 1;
    if (moved) plan[(home + 1) % plan.size()].push_back(tenant);
  }
  return plan;
}

}  // namespace suikei::lab
