#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace suikei::cli {
namespace {

using collect::ShardProgress;
constexpr int bar_cells = 20;
constexpr auto redraw_interval = std::chrono::milliseconds(100);
constexpr auto plain_interval = std::chrono::seconds(10);

double rate_of(const ShardProgress& shard) {
  return shard.seconds > 0.05 ? static_cast<double>(shard.tables_done) / shard.seconds : 0;
}

std::string time_left(const ShardProgress& shard) {
  double rate = rate_of(shard);
  int64_t left = shard.tables_total - shard.tables_done;
  if (rate <= 0 || left <= 0) return "";
  return short_duration(std::max(1.0, static_cast<double>(left) / rate)) + " left";
}

/// Spaces before or behind until the text is as wide as the others of its column.
std::string pad(const std::string& text, int width, bool right) {
  std::string blanks(static_cast<size_t>(std::max(0, width - display_width(text))), ' ');
  return right ? blanks + text : text + blanks;
}

/// What a shard's line says behind its name and bar, most dispensable first.
struct Parts {
  std::string name, rate, rows, left, failed, tables;
};

Parts parts_of(const ShardProgress& shard) {
  Parts parts;
  parts.name = shard.shard;
  bool counting = shard.tables_total > 0;
  std::string totals = with_commas(shard.tables_done) + " / " + with_commas(shard.tables_total) + " tables";
  parts.tables = counting ? totals : shard.phase;
  if (!counting) return parts;
  parts.rows = short_count(shard.rows) + " rows";
  parts.rate = with_commas(static_cast<int64_t>(rate_of(shard))) + " tables/s";
  parts.failed = with_commas(shard.tables_failed) + " failed";
  parts.left = shard.phase == "reading" ? time_left(shard) : shard.phase;
  return parts;
}

/// Cuts a line to the terminal's width; a line that wraps would break the redrawing.
std::string cut(const std::string& line, int columns) {
  if (display_width(line) <= columns) return line;
  std::string kept;
  for (size_t at = 0; at < line.size();) {
    size_t next = at + 1;
    while (next < line.size() && (static_cast<unsigned char>(line[next]) & 0xC0) == 0x80) ++next;
    std::string wider = kept + line.substr(at, next - at);
    if (display_width(wider) > columns) break;
    kept = std::move(wider);
    at = next;
  }
  return kept;
}

}  // namespace

bool is_terminal(int fd) {
  return isatty(fd) == 1;
}

TerminalSize terminal_size(int fd) {
  TerminalSize size;
  struct winsize window = {};
  if (ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 && window.ws_row > 0) {
    size = {window.ws_col, window.ws_row};
  }
  return size;
}

std::string render_bar(double fraction, int cells) {
  static const char* const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  int filled = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * cells * 8);
  std::string bar = "▕";
  for (int i = 0; i < filled / 8; ++i) bar += "█";
  int drawn = filled / 8;
  if (filled % 8) {
    bar += eighths[filled % 8];
    ++drawn;
  }
  bar.append(static_cast<size_t>(cells - drawn), ' ');
  return bar + "▏";
}

std::vector<std::string> render_progress(const std::vector<ShardProgress>& shards, int columns,
                                         int lines_max) {
  std::vector<const ShardProgress*> shown;
  for (const ShardProgress& shard : shards) shown.push_back(&shard);
  // Where not all fit, those that are done can be missed first.
  if (static_cast<int>(shown.size()) > lines_max) {
    std::stable_partition(shown.begin(), shown.end(), [](const ShardProgress* shard) {
      return shard->phase != "done" && shard->phase != "staged";
    });
    shown.resize(static_cast<size_t>(std::max(1, lines_max - 1)));
  }
  std::vector<Parts> all;
  Parts widest;
  int name = 0, tables = 0, rows = 0, rate = 0, failed = 0;
  for (const ShardProgress* shard : shown) {
    all.push_back(parts_of(*shard));
    name = std::max(name, display_width(all.back().name));
    tables = std::max(tables, display_width(all.back().tables));
    rows = std::max(rows, display_width(all.back().rows));
    rate = std::max(rate, display_width(all.back().rate));
    failed = std::max(failed, display_width(all.back().failed));
  }
  // The bar, the rate and the rows give way in this order on a narrow terminal.
  int needed = name + tables + failed + 3 + 12;
  bool with_rows = needed + rows + 3 <= columns;
  if (with_rows) needed += rows + 3;
  bool with_rate = needed + rate + 3 <= columns;
  if (with_rate) needed += rate + 3;
  bool with_bar = needed + bar_cells + 4 <= columns;

  std::vector<std::string> lines;
  for (size_t i = 0; i < all.size(); ++i) {
    const Parts& parts = all[i];
    const ShardProgress& shard = *shown[i];
    std::string line = pad(parts.name, name, false);
    double share = shard.tables_total > 0
                       ? static_cast<double>(shard.tables_done) / static_cast<double>(shard.tables_total)
                       : 0;
    if (with_bar) line += "  " + render_bar(share, bar_cells);
    line += "  " + pad(parts.tables, tables, true);
    if (with_rows) line += "   " + pad(parts.rows, rows, true);
    if (with_rate) line += "   " + pad(parts.rate, rate, true);
    line += "   " + pad(parts.failed, failed, true);
    if (!parts.left.empty()) line += "   " + parts.left;
    size_t end = line.find_last_not_of(' ');
    lines.push_back(cut(line.substr(0, end + 1), columns));
  }
  if (shown.size() < shards.size()) {
    lines.push_back(
        fmt::format("… and {}", counted(static_cast<int64_t>(shards.size() - shown.size()), "more shard")));
  }
  return lines;
}

std::string render_plain_progress(const std::vector<ShardProgress>& shards) {
  ShardProgress all;
  int64_t running = 0;
  for (const ShardProgress& shard : shards) {
    all.tables_total += shard.tables_total;
    all.tables_done += shard.tables_done;
    all.tables_failed += shard.tables_failed;
    all.rows += shard.rows;
    all.seconds = std::max(all.seconds, shard.seconds);
    running += shard.phase != "done" && shard.phase != "staged" && shard.phase != "failed";
  }
  Parts parts = parts_of(all);
  if (all.tables_total == 0) return fmt::format("{} starting", counted(running, "shard"));
  return fmt::format("{} running: {}, {}, {}, {}", counted(running, "shard"), parts.tables, parts.rows,
                     parts.rate, parts.failed);
}

ProgressMode progress_mode(bool quiet) {
  if (quiet) return ProgressMode::none;
  const char* term = std::getenv("TERM");
  bool dumb = !term || std::strcmp(term, "dumb") == 0;
  return is_terminal(STDERR_FILENO) && !dumb ? ProgressMode::live : ProgressMode::plain;
}

void ProgressView::show(const std::vector<ShardProgress>& shards) {
  if (mode_ == ProgressMode::none) return;
  Clock::time_point now = Clock::now();
  last_ = shards;
  Clock::duration interval = plain_interval;
  if (mode_ == ProgressMode::live) interval = redraw_interval;
  // The first plain line comes after ten seconds: short runs say nothing.
  if (now - shown_at_ < interval && (shown_any_ || mode_ == ProgressMode::plain)) return;
  shown_at_ = now;
  shown_any_ = true;
  draw();
}

void ProgressView::draw() {
  if (mode_ == ProgressMode::plain) {
    fmt::print(stderr, "{}\n", render_plain_progress(last_));
    return;
  }
  TerminalSize size = terminal_size(STDERR_FILENO);
  std::vector<std::string> lines = render_progress(last_, size.columns - 1, size.rows - 2);
  std::string out;
  if (lines_) out += fmt::format("\x1b[{}A", lines_);
  for (const std::string& line : lines) out += "\r" + line + "\x1b[K\n";
  // Fewer lines than before: the rest of the old ones goes.
  if (lines.size() < lines_) out += "\x1b[J";
  lines_ = lines.size();
  std::fwrite(out.data(), 1, out.size(), stderr);
  std::fflush(stderr);
}

void ProgressView::finish() {
  if (mode_ == ProgressMode::live && shown_any_) {
    draw();
    fmt::print(stderr, "\n");
  }
  mode_ = ProgressMode::none;
}

}  // namespace suikei::cli
