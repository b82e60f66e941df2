// age.cc — a day passes: rows change in some tenants, tenants come and go, the product team alters a table.
#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "lab/lab.h"
#include "lab/open_lab.h"
#include "lab/rows.h"
#include "lab/server.h"

namespace suikei::lab {
namespace {

constexpr uint64_t percent_changing = 10;
constexpr int64_t new_rows_per_day_max = 99;  // row numbers of a day: base + 100 × day + 1 … 99
/// Tenants below this number never vanish: tests and people know them by number.
constexpr int first_that_may_vanish = 11;

struct Habit {
  const char* kind;
  int inserted, updated, removed;
};
// What a working day does to a tenant; all other tables rest.
constexpr Habit habits[] = {
    {"orders", 3, 2, 1}, {"order_lines", 6, 0, 0}, {"goods", 0, 1, 0},
    {"stock", 1, 4, 0},  {"customers", 1, 1, 0},   {"logs", 5, 0, 0},
};

/// What happens on the day, over the whole lab.
struct DayPlan {
  int day = 0;
  ProductChange change;
  bool change_applies = false;  ///< the altered kind exists in this lab
  std::set<int> changing, vanishing;
  std::vector<int> arriving;
};

uint64_t luck(const State& state, int day, int tenant, uint64_t of) {
  return mix({state.seed, static_cast<uint64_t>(day), static_cast<uint64_t>(tenant), of});
}

DayPlan plan_day(const State& state, const std::set<int>& living) {
  DayPlan plan;
  plan.day = state.day + 1;
  plan.change = product_change_of(plan.day);
  for (const Kind& kind : plan_kinds(state.tables)) plan.change_applies |= kind.name == plan.change.kind;

  size_t coming_and_going = std::max<size_t>(1, living.size() / 100);
  std::vector<int> candidates;
  for (int tenant : living) {
    if (tenant >= first_that_may_vanish) candidates.push_back(tenant);
    // The large tenants work every day.
    if (tenant <= 2 || luck(state, plan.day, tenant, 1) % 100 < percent_changing)
      plan.changing.insert(tenant);
  }
  std::sort(candidates.begin(), candidates.end(), [&](int left, int right) {
    return luck(state, plan.day, left, 2) < luck(state, plan.day, right, 2);
  });
  candidates.resize(std::min(candidates.size(), coming_and_going));
  plan.vanishing.insert(candidates.begin(), candidates.end());
  for (size_t at = 1; at <= coming_and_going; ++at)
    plan.arriving.push_back(state.last_tenant + static_cast<int>(at));
  return plan;
}

/// One habit on one table; returns how many rows there are more.
Result<int64_t> live(Feed& feed, const State& state, const Kind& kind, const Habit& habit, int tenant,
                     int day) {
  RowMaker maker(state.seed, tenant, state.rows);
  Random random(mix({state.seed, static_cast<uint64_t>(tenant), static_cast<uint64_t>(kind.number),
                     static_cast<uint64_t>(day), 3}));
  int64_t base = rows_of(kind, tenant, state.rows, state.seed);
  int64_t inserted = std::min<int64_t>(habit.inserted, new_rows_per_day_max);
  if (inserted > 0) {
    std::string sql = fmt::format("INSERT INTO `{}` {} VALUES ", kind.name, column_list(kind));
    for (int64_t at = 1; at <= inserted; ++at) {
      if (at > 1) sql += ',';
      maker.append(sql, kind, base + int64_t{100} * day + at, day);
    }
    TRY(feed.run(sql));
  }
  for (int at = 0; at < habit.updated && base > 0; ++at)
    TRY(feed.run(maker.update(kind, random.between(1, base), day)));
  // Every day removes another row, so that the count is known without asking.
  int64_t removed = 0;
  for (; removed < habit.removed && int64_t{3} * day <= base; ++removed)
    TRY(feed.run(maker.remove(kind, int64_t{3} * day)));
  return inserted - removed;
}

Result<> live_a_day(Feed& feed, const State& state, const DayPlan& plan, int tenant, bool alter) {
  TRY(feed.run(fmt::format("USE `{}`", database_of(tenant))));
  if (alter) TRY(feed.run(plan.change.alter_table()));
  TRY(feed.run("BEGIN"));
  int64_t more = 0;
  if (plan.changing.contains(tenant)) {
    for (const Kind& general : plan_kinds(state.tables)) {
      for (const Habit& habit : habits) {
        if (general.name != habit.kind) continue;
        more +=
            TRY(live(feed, state, kind_of(general, tenant, plan.day, state.drift), habit, tenant, plan.day));
      }
    }
  }
  TRY(note_done(feed, plan.day, tenant, 0, more));
  return feed.run("COMMIT");
}

Result<> vanish(Feed& feed, int tenant, int day) {
  TRY(feed.run(fmt::format("DROP DATABASE IF EXISTS `{}`", database_of(tenant))));
  return feed.run(fmt::format(
      "REPLACE INTO suikei_lab.done SELECT {0}, {1}, -SUM(tables), -SUM(`rows`) FROM suikei_lab.done "
      "WHERE tenant={1} AND day<{0}",
      day, tenant));
}

/// The databases whose table has the column by now: an ALTER cannot be part of a transaction, so after an
/// interruption we look instead of remembering.
Result<std::set<std::string>> databases_with(const Server& server, const ProductChange& change) {
  std::string text =
      TRY(ask(server, fmt::format("SELECT table_schema FROM information_schema.columns WHERE table_name='{}' "
                                  "AND column_name='{}'",
                                  change.kind, change.column)));
  std::vector<std::string> names = split(trim(text), '\n');
  return std::set<std::string>(names.begin(), names.end());
}

bool needs_alter(const DayPlan& plan, int tenant, const std::set<std::string>& having) {
  if (!plan.change_applies || !plan.change.concerns(tenant)) return false;
  bool has = having.contains(database_of(tenant));
  return plan.change.action == ProductChange::Action::add ? !has : has;
}

Result<std::vector<Job>> plan_jobs(const State& state, const DayPlan& plan, const Server& server,
                                   size_t shard) {
  std::set<int> living = TRY(tenants_living(server, plan.day));
  std::set<int> done = TRY(tenants_done(server, plan.day));
  std::set<std::string> having = TRY(databases_with(server, plan.change));
  size_t shards = state.shards.size();
  std::vector<Job> jobs;
  for (int tenant : living) {
    // The old copy of a tenant that moved stays as it was.
    if (done.contains(tenant) || home_of(tenant, shards) != shard) continue;
    if (plan.vanishing.contains(tenant)) {
      jobs.push_back({tenant, 1, [tenant, day = plan.day](Feed& feed) { return vanish(feed, tenant, day); }});
      continue;
    }
    bool alter = needs_alter(plan, tenant, having);
    if (!alter && !plan.changing.contains(tenant)) continue;
    jobs.push_back({tenant, 1, [&state, &plan, tenant, alter](Feed& feed) {
                      return live_a_day(feed, state, plan, tenant, alter);
                    }});
  }
  for (int tenant : plan.arriving) {
    if (done.contains(tenant) || home_of(tenant, shards) != shard) continue;
    jobs.push_back({tenant, state.tables, [&state, tenant, day = plan.day](Feed& feed) {
                      return write_tenant(feed, state, tenant, day);
                    }});
  }
  return jobs;
}

AgeReport report_of(const State& state, const DayPlan& plan, const std::set<int>& living) {
  AgeReport report;
  report.day = plan.day;
  report.project = state.project;
  report.tenants_new = plan.arriving;
  report.tenants_vanished.assign(plan.vanishing.begin(), plan.vanishing.end());
  for (int tenant : living) {
    if (plan.vanishing.contains(tenant)) continue;
    report.tenants_altered += plan.change_applies && plan.change.concerns(tenant);
    report.tenants_changed += plan.changing.contains(tenant);
  }
  if (report.tenants_altered > 0) report.change = plan.change.alter_table();
  int habitual = 0;
  for (const Kind& kind : plan_kinds(state.tables)) {
    habitual += std::any_of(std::begin(habits), std::end(habits),
                            [&](const Habit& habit) { return kind.name == habit.kind; });
  }
  report.tables_changed = report.tenants_changed * habitual;
  return report;
}

}  // namespace

Result<AgeReport> age(const fs::path& folder_as_given, const Tell& tell) {
  auto begin = std::chrono::steady_clock::now();
  Lab lab = TRY(open_running_lab(folder_as_given));
  State& state = lab.state;
  std::set<int> living;
  for (const Server& server : lab.servers) living.merge(TRY(tenants_living(server, state.day + 1)));
  DayPlan plan = plan_day(state, living);

  std::vector<std::vector<Job>> jobs;
  for (size_t at = 0; at < lab.servers.size(); ++at)
    jobs.push_back(TRY(plan_jobs(state, plan, lab.servers[at], at)));
  TRY(run_jobs(lab.servers, std::move(jobs), tell));

  AgeReport report = report_of(state, plan, living);
  state.day = plan.day;
  state.last_tenant = plan.arriving.back();
  for (size_t at = 0; at < lab.servers.size(); ++at) TRY(count_shard(lab.servers[at], state.shards[at]));
  // From here on the day has passed.
  TRY(write_state(lab.folder, state));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace suikei::lab
