// fill.h — puts tenants into running servers, many clients at a time.
// Why:    120,000 tables take minutes only when nobody waits for an answer: SQL is fed, not asked.
// Holds:  each finished tenant is noted on its own shard, in suikei_lab.done; what was interrupted is made
//         again and what was finished is left alone.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lab/server.h"
#include "lab/state.h"

namespace suikei::lab {

/// Told a line of progress every few seconds.
using Tell = std::function<void(std::string_view)>;

/// A client that is fed SQL; its first error is the error of everything.
class Feed;

/// What is to be done for one tenant on one shard, as SQL.
struct Job {
  int tenant = 0;
  int64_t tables = 0;  ///< how much of the whole it is, for progress
  std::function<Result<>(Feed&)> write;
};

class Feed {
 public:
  static Result<Feed> start(const Server& server, int number);
  Feed(Feed&&) noexcept;
  ~Feed();
  /// One statement, without the semicolon.
  Result<> run(std::string_view sql);
  Result<> finish();

 private:
  struct Client;
  explicit Feed(std::unique_ptr<Client> client);
  Result<> flush();
  Error failure();
  std::unique_ptr<Client> client_;
};

/// Runs every shard's jobs: a few clients per shard, all shards together.
Result<> run_jobs(const std::vector<Server>& servers, std::vector<std::vector<Job>> jobs_of_shards,
                  const Tell& tell);

/// Writes a whole tenant: database, tables, rows, the note that it is done.
Result<> write_tenant(Feed& feed, const State& state, int tenant, int day);
/// Notes that `tenant` was dealt with on `day`; run it inside the transaction of the rows.
Result<> note_done(Feed& feed, int day, int tenant, int64_t tables, int64_t rows);

/// Accounts, the note table and what belongs to no tenant. May be repeated.
Result<> prepare_shard(const Server& server, const State& state, size_t shard, std::string_view password);
/// The tenants noted as dealt with on `day`.
Result<std::set<int>> tenants_done(const Server& server, int day);
/// The tenants that live on the shard after all days before `day`.
Result<std::set<int>> tenants_living(const Server& server, int day);
/// Brings the counts of `shard` up to date.
Result<> count_shard(const Server& server, Shard& shard);

/// The shard a tenant is at home on.
size_t home_of(int tenant, size_t shards);
/// What `up` has to make: every tenant on its shard, and the moved one on both.
std::vector<std::vector<int>> plan_tenants(const State& state);

}  // namespace suikei::lab
