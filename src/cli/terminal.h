// terminal.h — what the terminal can show, and progress on it: a line per running shard.
// Holds:  progress goes to stderr; a terminal is redrawn at most ten times a second, anything else gets a
// plain
//         line every ten seconds. Nothing is coloured, so NO_COLOR has nothing to turn off.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "collect/collect.h"

namespace suikei::cli {

bool is_terminal(int fd);
struct TerminalSize {
  int columns = 80, rows = 24;
};
TerminalSize terminal_size(int fd);

/// A bar of block elements, `cells` wide between its two edges.
std::string render_bar(double fraction, int cells);
/// One line per running shard, as wide as the terminal allows; at most `lines_max`, then how many more there
/// are.
std::vector<std::string> render_progress(const std::vector<collect::ShardProgress>& shards, int columns,
                                         int lines_max);
/// All shards in one plain line.
std::string render_plain_progress(const std::vector<collect::ShardProgress>& shards);

enum class ProgressMode { none, live, plain };
/// Of this process: --quiet shows nothing, a terminal lives.
ProgressMode progress_mode(bool quiet);

class ProgressView {
 public:
  explicit ProgressView(ProgressMode mode) : mode_(mode) {}
  ~ProgressView() { finish(); }
  void show(const std::vector<collect::ShardProgress>& shards);
  /// Leaves the last state on the screen.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void draw();
  ProgressMode mode_;
  std::vector<collect::ShardProgress> last_;
  Clock::time_point shown_at_ = Clock::now();
  bool shown_any_ = false;
  size_t lines_ = 0;  ///< on the screen now
};

}  // namespace suikei::cli
