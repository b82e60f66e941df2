#include "generate/output.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "io/files.h"

namespace suikei::generate {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view stamp = "suikei:generated ";

/// `-- suikei:generated <hash>; do not edit …` with the comment sign of the kind of file.
std::string stamp_line(const std::string& path, const std::string& content) {
  const char* sign = path.ends_with(".sql") ? "--" : "#";
  return fmt::format("{} {}{}; edit rules or templates, not this file\n", sign, stamp, md5_hex(content));
}

bool is_stamped(std::string_view text) {
  size_t at = split_first(text, "\n").find(stamp);
  return at != std::string::npos && at <= 3;
}

/// Whether the file is as it was when it was generated.
bool is_intact(std::string_view text) {
  size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  size_t at = text.find(stamp) + stamp.size();
  return text.substr(at, 32) == md5_hex(text.substr(end + 1));
}

Result<> find_generated(const fs::path& project, const char* folder, std::set<std::string>& found) {
  std::error_code problem;
  for (fs::recursive_directory_iterator at(project / folder, problem), end; !problem && at != end;
       at.increment(problem)) {
    if (!at->is_regular_file()) continue;
    std::string extension = at->path().extension();
    if (extension != ".sql" && extension != ".yml") continue;
    if (is_stamped(TRY(io::read_file(at->path())))) found.insert(fs::relative(at->path(), project));
  }
  return ok();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace

const char* name_of(Change change) {
  constexpr const char* names[] = {"added", "changed", "unchanged", "edited", "foreign", "orphan"};
  return names[static_cast<size_t>(change)];
}

std::string stamped(const std::string& path, const std::string& content) {
  return stamp_line(path, content) + content;
}

Result<std::vector<FileChange>> compare(const fs::path& project, const Files& wanted) {
  std::vector<FileChange> changes;
  std::error_code problem;
  for (const auto& [path, content] : wanted) {
    FileChange change{path, Change::added, "", stamped(path, content)};
    if (fs::exists(project / path, problem)) {
      change.before = TRY(io::read_file(project / path));
      if (change.before == change.after) continue;
      change.change = !is_stamped(change.before)  ? Change::foreign
                      : !is_intact(change.before) ? Change::edited
                                                  : Change::changed;
    }
    changes.push_back(std::move(change));
  }
  std::set<std::string> generated;
  TRY(find_generated(project, "models", generated));
  TRY(find_generated(project, "macros", generated));
  for (const std::string& path : generated) {
    if (wanted.contains(path)) continue;
    FileChange change{path, Change::orphan, "", ""};
    change.before = TRY(io::read_file(project / path));
    if (!is_intact(change.before)) change.change = Change::edited;
    changes.push_back(std::move(change));
  }
  std::sort(changes.begin(), changes.end(),
            [](const FileChange& a, const FileChange& b) { return a.path < b.path; });
  return changes;
}

Result<> write(const fs::path& project, const std::vector<FileChange>& changes, bool prune) {
  for (const FileChange& change : changes) {
    fs::path path = project / change.path;
    if (change.change == Change::added || change.change == Change::changed) {
      TRY(io::make_folders(path.parent_path()));
      TRY(io::write_file_atomically(path, change.after));
    } else if (change.change == Change::orphan && prune) {
      TRY(io::remove_all(path));
    }
  }
  return ok();
}

std::string difference(const FileChange& change) {
  std::vector<std::string> before = lines_of(change.before), after = lines_of(change.after);
  // The stamp differs whenever anything does.
  if (!before.empty() && is_stamped(before[0])) before.erase(before.begin());
  if (!after.empty() && is_stamped(after[0])) after.erase(after.begin());
  // Longest common subsequence; generated files are short.
  std::vector<std::vector<int>> common(before.size() + 1, std::vector<int>(after.size() + 1, 0));
  for (size_t i = before.size(); i-- > 0;) {
    for (size_t j = after.size(); j-- > 0;) {
      common[i][j] =
          before[i] == after[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::string text;
  for (size_t i = 0, j = 0; i < before.size() || j < after.size();) {
    if (i < before.size() && j < after.size() && before[i] == after[j]) {
      ++i, ++j;
    } else if (i < before.size() && (j == after.size() || common[i + 1][j] >= common[i][j + 1])) {
      text += fmt::format("  - {}\n", before[i++]);
    } else {
      text += fmt::format("  + {}\n", after[j++]);
    }
  }
  return text;
}

}  // namespace suikei::generate
