// publish.cc — what it costs to publish a day, as history grows.
// usage: bench_publish FOLDER [TABLES SHARDS COLUMNS DAYS TABLES_BY_COMMANDS]   (300 24 40 30 10)
// Every table of every shard is replaced every day and nothing expires: the catalog holds DAYS days. The
// files are links to one small file per shard, so that only publishing is measured. Prints markdown.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "base/text.h"
#include "base/time.h"
#include "engine/engine.h"
#include "io/files.h"
#include "io/sqlite.h"
#include "lakes/lake.h"
#include "lakes/text_rows.h"

using namespace suikei;
using namespace suikei::lakes;
namespace fs = std::filesystem;

namespace {

struct Size {
  int tables = 300, shards = 24, columns = 40, days = 30, by_commands = 10;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
template <typename Work>
double timed(Work&& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return seconds_since(start);
}

class Bench {
 public:
  Bench(fs::path folder, Size size)
      : folder_(std::move(folder)), size_(size), lake_(MUST(open_lake(options(), LakeAccess::write))) {
    schema_ = table::lake_schema();
    for (int i = table::system_columns; i < size.columns; ++i) {
      constexpr table::Type kinds[] = {table::bigint_type, table::varchar_type, table::decimal_type(10, 2),
                                       table::timestamp_type, table::boolean_type};
      schema_.columns.push_back({fmt::format("column_{:02}", i), kinds[i % 5], ""});
    }
    for (int i = 0; i < size.tables; ++i) tables_[{"lake_mf", fmt::format("table_{:03}", i)}] = schema_;
  }

  void run();

 private:
  LakeOptions options() const { return {"ducklake", folder_ / "lake.sqlite", folder_ / "data", 1, "1GB"}; }
  std::string shard(int number) const { return fmt::format("s{:02}", number); }
  void stage_sources();
  std::vector<SliceContent> stage_day(int day, int shard_number);
  double published_before();
  double by_commands(int shard_number, int day);
  /// Dates the commits since the last call back, so that there is something old enough to expire.
  void age(int64_t instant_us) {
    io::Database catalog = MUST(io::Database::open(folder_ / "lake.sqlite", io::OpenMode::read_write));
    std::string time = iso_instant(instant_us);
    time[10] = ' ';
    time.replace(time.size() - 1, 1, "+00");
    io::Statement update =
        MUST(catalog.prepare("UPDATE ducklake_snapshot SET snapshot_time = ? WHERE snapshot_id > ?"));
    MUST(update.bind_all(time, aged_).run());
    aged_ = MUST(catalog.integer("SELECT max(snapshot_id) FROM ducklake_snapshot")).value_or(0);
  }
  double catalog_mb() const {
    double bytes = 0;
    for (const char* name : {"lake.sqlite", "lake.sqlite-wal"}) {
      std::error_code problem;
      auto size = fs::file_size(folder_ / name, problem);
      if (!problem) bytes += static_cast<double>(size);
    }
    return bytes / 1e6;
  }

  fs::path folder_;
  Size size_;
  int64_t aged_ = 0;
  std::unique_ptr<Lake> lake_;
  table::Schema schema_;
  std::map<TableName, table::Schema> tables_;
  std::vector<StagedFile> sources_;  ///< one small file per shard
};

/// One small file per shard, whose content every table shares.
void Bench::stage_sources() {
  for (int number = 0; number < size_.shards; ++number) {
    std::vector<Values> rows;
    for (int row = 0; row < 100; ++row) {
      Values values = {shard(number), fmt::format("tenant {}", row / 10), "0"};
      for (size_t i = values.size(); i < schema_.columns.size(); ++i) {
        bool is_text = schema_.columns[i].type == table::varchar_type;
        values.push_back(is_text ? fmt::format("text {}", row) : std::to_string(row % 2 + 100 * number));
      }
      rows.push_back(values);
    }
    TextRows stream(schema_, rows);
    sources_.push_back(
        MUST(lake_->stage({{"lake_mf", "source"}, shard(number)}, "source", "000001.parquet", stream)));
  }
}

std::vector<SliceContent> Bench::stage_day(int day, int shard_number) {
  std::vector<SliceContent> slices;
  const StagedFile& source = sources_[static_cast<size_t>(shard_number)];
  for (const auto& [name, schema] : tables_) {
    StagedFile file = source;
    file.path = fmt::format("{}/{}/run=day-{}/_shard={}/000001.parquet", name.dataset, name.table, day,
                            shard(shard_number));
    fs::path path = folder_ / "data" / file.path;
    fs::create_directories(path.parent_path());
    fs::create_hard_link(folder_ / "data" / source.path, path);
    slices.push_back({{name, shard(shard_number)}, {file}, fmt::format("{:032}", day), file.rows});
  }
  return slices;
}

/// What a day costs on which nothing changed: every shard's committer looks at what there is and has nothing
/// to do.
double Bench::published_before() {
  return timed([&] {
    for (int number = 0; number < size_.shards; ++number) {
      MUST(lake_->evolve(tables_));
      CHECK(MUST(lake_->published("lake_mf")).size() == static_cast<size_t>(size_.tables * size_.shards));
    }
  });
}

/// Seconds per table of one shard replaced by the lake's own commands, in one transaction.
double Bench::by_commands(int shard_number, int day) {
  std::shared_ptr<engine::Engine> engine = MUST(engine::Engine::open({}));
  MUST(engine->load_extension("sqlite_scanner"));
  MUST(engine->load_extension("ducklake"));
  engine::Connection connection = MUST(engine->connect());
  MUST(connection.run("ATTACH 'ducklake:sqlite:" + (folder_ / "lake.sqlite").string() + "' AS lake"));
  std::vector<SliceContent> slices = stage_day(day, shard_number);
  slices.resize(static_cast<size_t>(std::min(size_.by_commands, size_.tables)));
  double seconds = timed([&] {
    MUST(connection.run("BEGIN"));
    for (const SliceContent& content : slices) {
      MUST(connection.run(fmt::format("DELETE FROM lake.lake_mf.{} WHERE _shard = '{}'",
                                      content.slice.table.table, content.slice.shard)));
      MUST(connection.run(
          fmt::format("CALL ducklake_add_data_files('lake', '{}', '{}', schema => 'lake_mf', "
                      "hive_partitioning => true)",
                      content.slice.table.table, (folder_ / "data" / content.files[0].path).string())));
    }
    MUST(connection.run("COMMIT"));
  });
  return seconds / static_cast<double>(slices.size());
}

void Bench::run() {
  fmt::print("{} tables × {} shards × {} columns, every slice replaced every day, {} days kept\n\n",
             size_.tables, size_.shards, size_.columns, size_.days);
  fmt::print("create the tables: {:.1f} s · ", timed([&] { MUST(lake_->evolve(tables_)); }));
  fmt::print("evolve with nothing to do: {:.3f} s\n\n", timed([&] { MUST(lake_->evolve(tables_)); }));
  stage_sources();
  fmt::print(
      "| day | publish, all shards s | of it CPU s | slowest shard s | nothing changed, all shards s | "
      "expire s | filtered "
      "query s | "
      "catalog MB | by commands, s per table | … per day of {} tables × {} shards |\n",
      size_.tables, size_.shards);
  fmt::print("|---|---|---|---|---|---|---|---|---|---|\n");
  int64_t start_us = now_us();
  for (int day = 1; day <= size_.days; ++day) {
    double total = 0, slowest = 0, cpu = 0;
    for (int number = 0; number < size_.shards; ++number) {
      std::vector<SliceContent> slices = stage_day(day, number);
      std::clock_t before = std::clock();
      double one = timed([&] { MUST(lake_->publish(fmt::format("day-{}", day), slices)); });
      cpu += static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
      total += one;
      slowest = std::max(slowest, one);
    }
    age(start_us - (size_.days - day) * int64_t{86'400'000'000});
    double expire = timed([&] { MUST(lake_->expire(size_.days + 1)); });
    if (day > 2 && day % 5 != 0 && day != size_.days) continue;
    double nothing = published_before();
    double query = timed([&] {
      (void)MUST(
          lake_->query("SELECT count(*) FROM lake_mf.table_001 WHERE column_05 > 5 AND _shard = 's01'"));
    });
    std::string commands = "|", estimate;
    if (size_.by_commands > 0 && (day == 1 || day == size_.days)) {
      double per_table = by_commands(0, 1000 + day);
      commands = fmt::format("{:.3f} |", per_table);
      estimate = fmt::format("{}", short_duration(per_table * size_.tables * size_.shards));
    }
    fmt::print("| {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.0f} | {} {} |\n", day, total,
               cpu, slowest, nothing, expire, query, catalog_mb(), commands, estimate);
    std::fflush(stdout);
  }
  for (double keep : {size_.days - 1.5, 7.5}) {
    double seconds = timed([&] { MUST(lake_->expire(keep)); });
    fmt::print("\nexpire to {:.1f} days: {:.1f} s, catalog {:.0f} MB", keep, seconds, catalog_mb());
  }
  double query = timed([&] {
    (void)MUST(lake_->query("SELECT count(*) FROM lake_mf.table_001 WHERE column_05 > 5 AND _shard = 's01'"));
  });
  fmt::print("\nfiltered query after it: {:.2f} s\n", query);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return fmt::print(stderr, "usage: bench_publish FOLDER [TABLES SHARDS COLUMNS DAYS BY_COMMANDS]\n"), 2;
  Size size;
  int* numbers[] = {&size.tables, &size.shards, &size.columns, &size.days, &size.by_commands};
  for (int i = 2; i < argc && i < 7; ++i) *numbers[i - 2] = std::atoi(argv[i]);
  fs::path folder = fs::absolute(argv[1]);
  if (fs::exists(folder)) return fmt::print(stderr, "{} exists\n", folder.string()), 2;
  Bench(folder, size).run();
}
