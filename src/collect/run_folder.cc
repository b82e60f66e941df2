#include "collect/run_folder.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "io/files.h"

namespace suikei::collect {
namespace fs = std::filesystem;
namespace {

constexpr const char* published_mark = "published";

fs::path staging_of(const config::Project& project, const config::Source& source) {
  return project.staging() / source.name;
}

/// 1 for "<source>-<date>", n for "<source>-<date>-<n>", 0 for anything else.
int number_of(const std::string& name, const std::string& first) {
  if (name == first) return 1;
  if (!starts_with(name, first + "-")) return 0;
  std::string digits = name.substr(first.size() + 1);
  bool number = digits.size() <= 9 && digits.find_first_not_of("0123456789") == std::string::npos;
  return number ? std::atoi(digits.c_str()) : 0;
}

/// "2026-11-23", as far as digits and dashes go.
bool is_date(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return text.size() == 10;
}

}  // namespace

std::optional<RunFolder> RunFolder::find_unfinished(const config::Project& project,
                                                    const config::Source& source, const std::string& date) {
  std::optional<RunFolder> newest;
  for (RunFolder& run : waiting(project, source)) {
    if (run.date() == date) newest = std::move(run);
  }
  return newest;
}

Result<RunFolder> RunFolder::open(const config::Project& project, const config::Source& source,
                                  const std::string& date, bool fresh) {
  std::optional<RunFolder> unfinished = find_unfinished(project, source, date);
  if (unfinished && !fresh) return *unfinished;
  fs::path folder = staging_of(project, source);
  std::string first = source.name + "-" + date;
  int newest = 0;
  for (const std::string& name : io::entries(folder)) newest = std::max(newest, number_of(name, first));
  RunFolder run(folder, source.name, newest == 0 ? first : fmt::format("{}-{}", first, newest + 1));
  // Workers that start together make the same folder; whoever comes second joins.
  TRY(io::make_folders(run.path()));
  return run;
}

std::vector<RunFolder> RunFolder::waiting(const config::Project& project, const config::Source& source) {
  fs::path folder = staging_of(project, source);
  std::vector<std::pair<std::string, int>> found;
  for (const std::string& name : io::entries(folder)) {
    size_t date_at = source.name.size() + 1;
    if (!starts_with(name, source.name + "-") || name.size() < date_at + 10) continue;
    int number = number_of(name, name.substr(0, date_at + 10));
    std::string date = name.substr(date_at, 10);
    if (number > 0 && is_date(date)) found.emplace_back(date, number);
  }
  std::sort(found.begin(), found.end());
  std::vector<RunFolder> runs;
  for (const auto& [date, number] : found) {
    std::string first = source.name + "-" + date;
    RunFolder run(folder, source.name, number == 1 ? first : fmt::format("{}-{}", first, number));
    if (!run.published()) runs.push_back(std::move(run));
  }
  return runs;
}

std::string RunFolder::date() const {
  return run_id_.substr(source_.size() + 1, 10);
}

std::vector<std::string> RunFolder::shards() const {
  std::vector<std::string> names;
  for (const std::string& name : io::entries(path())) {
    std::error_code problem;
    if (fs::exists(path() / name / "segment.sqlite", problem)) names.push_back(name);
  }
  return names;
}

bool RunFolder::shard_published(const std::string& name) const {
  std::error_code problem;
  return fs::exists(path() / (name + ".published"), problem);
}

Result<> RunFolder::mark_shard_published(const std::string& name) const {
  TRY(io::write_file_atomically(path() / (name + ".published"), iso_instant(now_us()) + "\n"));
  return io::remove_all(shard(name));
}

bool RunFolder::published() const {
  std::error_code problem;
  return fs::exists(path() / published_mark, problem);
}

Result<> RunFolder::mark_published() const {
  TRY(io::write_file_atomically(path() / published_mark, iso_instant(now_us()) + "\n"));
  for (const std::string& name : io::entries(path())) {
    if (name != published_mark) TRY(io::remove_all(path() / name));
  }
  return ok();
}

fs::path known_file(const config::Project& project, const config::Source& source) {
  return staging_of(project, source) / "known.json";
}

fs::path lease_file(const config::Project& project, const config::Source& source, const std::string& shard) {
  return staging_of(project, source) / "leases" / (shard + ".lock");
}

std::string owner_text(const std::string& what) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return fmt::format("{}, process {} on {}, {}", what, getpid(), host,
                     iso_instant(now_us()).substr(0, 19) + "Z");
}

}  // namespace suikei::collect
