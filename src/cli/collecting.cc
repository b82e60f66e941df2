#include "cli/collecting.h"

#include <cstdio>

#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

namespace suikei::cli {
namespace {

constexpr size_t list_shown_max = 10;  // of a flat list; --json has all

std::string one_value(const Json& value) {
  if (value.is_number_integer()) return with_commas(value.get<int64_t>());
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

bool is_flat(const Json& list) {
  for (const Json& element : list) {
    if (element.is_structured()) return false;
  }
  return true;
}

}  // namespace

Result<int> do_collecting(const Collecting& work, const config::Project& project,
                          const config::Source& source, collect::Options options, bool json,
                          const Global& global) {
  ProgressView view(progress_mode(global.quiet));
  options.show_progress = [&view](const std::vector<collect::ShardProgress>& shards) { view.show(shards); };
  options.cancel = watch_for_interrupt();
  Result<collect::Report> report = work(project, source, options);
  view.finish();
  if (!report.ok()) return report.error();
  if (json) {
    fmt::print("{}\n", report.value().json.dump());
  } else if (!global.quiet) {
    std::string text = collect::summary(source, report.value());
    if (!text.empty() && text.back() != '\n') text += '\n';
    fmt::print("{}", text);
  }
  return report.value().exit_code();
}

std::string outline(const Json& json, int depth) {
  std::string text, indent(static_cast<size_t>(depth) * 2, ' ');
  for (const auto& [key, value] : json.items()) {
    std::string label = json.is_array() ? "-" : key;
    if (value.is_structured() && !(value.is_array() && is_flat(value))) {
      text += fmt::format("{}{}\n{}", indent, label, outline(value, depth + 1));
    } else if (value.is_array()) {
      std::vector<std::string> parts;
      for (const Json& element : value) {
        if (parts.size() < list_shown_max) parts.push_back(one_value(element));
      }
      if (value.size() > parts.size())
        parts.push_back(fmt::format("… {} in all", with_commas(static_cast<int64_t>(value.size()))));
      text += fmt::format("{}{}: {}\n", indent, label, parts.empty() ? "none" : join(parts, ", "));
    } else {
      text += fmt::format("{}{}{} {}\n", indent, label, json.is_array() ? "" : ":", one_value(value));
    }
  }
  return text;
}

}  // namespace suikei::cli
