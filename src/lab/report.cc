// report.cc — what the lab's commands say.
#include "base/json.h"
#include "base/text.h"
#include "lab/lab.h"

namespace suikei::lab {
namespace {

std::string line_of(const Shard& shard, std::string_view standing) {
  return fmt::format("{}  {:7}  port {:5}  pid {:7}  {:>7} tenants  {:>9} tables  {:>11} rows\n", shard.name,
                     standing, shard.port, shard.pid, with_commas(shard.tenants), with_commas(shard.tables),
                     with_commas(shard.rows));
}

std::string listed(const std::vector<int>& tenants) {
  constexpr size_t named_max = 3;
  std::vector<std::string> names;
  for (int tenant : tenants) {
    names.push_back(names.size() < named_max ? database_of(tenant) : "…");
    if (names.size() > named_max) break;
  }
  return fmt::format("{:>5}  {}", with_commas(static_cast<int64_t>(tenants.size())), join(names, ", "));
}

}  // namespace

std::string render(const UpReport& report, std::string_view dir) {
  const State& state = report.state;
  std::string text;
  for (const Shard& shard : state.shards) text += line_of(shard, "running");
  if (report.tenants_filled > 0) {
    text += fmt::format("\nfilled {} in {}", counted(report.tenants_filled, "tenant"),
                        short_duration(report.seconds));
  } else {
    text += fmt::format("\nthe data was there; started {}", counted(report.servers_started, "server"));
  }
  text += fmt::format("   ({}, seed {}, day {})\n", name_of(state.server), state.seed, state.day);
  if (report.project_file == ProjectFile::left_alone) {
    text += fmt::format("{}/suikei.yaml is not the lab's and was left alone\n", state.project.string());
  }
  return text + fmt::format("next: suikei collect --project {}\n      suikei lab age --dir {}\n",
                            state.project.string(), dir);
}

std::string render(const DownReport& report, std::string_view dir) {
  std::string text = fmt::format("stopped {}", counted(report.servers_stopped, "server"));
  if (report.removed) return text + fmt::format(", removed {}\n", dir);
  return text + fmt::format("\nnext: suikei lab up --dir {}   starts them again\n", dir);
}

std::string render(const Status& status, std::string_view dir) {
  std::string text;
  bool all_well = true;
  for (const ShardStatus& entry : status.shards) {
    text += line_of(entry.shard, !entry.running ? "stopped" : entry.shard.filled ? "running" : "filling");
    all_well &= entry.running && entry.shard.filled;
  }
  const State& state = status.state;
  text += fmt::format("\nday {}   ({}, seed {})\n", state.day, name_of(state.server), state.seed);
  if (!all_well) text += fmt::format("next: suikei lab up --dir {}\n", dir);
  return text;
}

std::string render(const AgeReport& report) {
  std::string text = fmt::format("day {} has passed in {}\n", report.day, short_duration(report.seconds));
  if (!report.change.empty()) {
    text += fmt::format("  altered   {:>5}  {}\n", with_commas(report.tenants_altered), report.change);
  }
  text += fmt::format("  changed   {:>5}  tenants, {} of theirs\n", with_commas(report.tenants_changed),
                      counted(report.tables_changed, "table"));
  text += fmt::format("  new       {}\n", listed(report.tenants_new));
  text += fmt::format("  vanished  {}\n", listed(report.tenants_vanished));
  return text + fmt::format("next: suikei collect --project {}\n", report.project.string());
}

std::string render_json(const Status& status) {
  const State& state = status.state;
  Json json{{"server", name_of(state.server)},
            {"seed", state.seed},
            {"day", state.day},
            {"rows", name_of(state.rows)},
            {"tables_per_tenant", state.tables},
            {"project", state.project.string()},
            {"shards", Json::array()}};
  for (const ShardStatus& entry : status.shards) {
    const Shard& shard = entry.shard;
    json["shards"].push_back({{"name", shard.name},
                              {"running", entry.running},
                              {"filled", shard.filled},
                              {"pid", shard.pid},
                              {"port", shard.port},
                              {"socket", shard.socket.string()},
                              {"tenants", shard.tenants},
                              {"tables", shard.tables},
                              {"rows", shard.rows}});
  }
  return json.dump(2) + "\n";
}

}  // namespace suikei::lab
