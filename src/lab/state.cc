#include "lab/state.h"

#include <array>

#include "base/json.h"
#include "base/text.h"
#include "io/files.h"

namespace suikei::lab {
namespace {

namespace fs = std::filesystem;

constexpr int format = 1;

template <typename T>
struct Word {
  T value;
  const char* name;
};
constexpr std::array<Word<ServerKind>, 2> server_words{
    {{ServerKind::mariadb, "mariadb"}, {ServerKind::mysql8, "mysql8"}}};
constexpr std::array<Word<Scale>, 4> scale_words{
    {{Scale::tiny, "tiny"}, {Scale::small, "small"}, {Scale::big, "big"}, {Scale::bench, "bench"}}};
constexpr std::array<Word<Transport>, 2> transport_words{
    {{Transport::tcp, "tcp"}, {Transport::socket, "socket"}}};

template <typename T, size_t N>
const char* word_of(const std::array<Word<T>, N>& words, T value) {
  for (const Word<T>& word : words) {
    if (word.value == value) return word.name;
  }
  CHECK(false);
}

template <typename T, size_t N>
Result<T> value_of(const std::array<Word<T>, N>& words, std::string_view what, std::string_view name) {
  std::vector<std::string> known;
  for (const Word<T>& word : words) {
    if (word.name == name) return word.value;
    known.push_back(word.name);
  }
  return Error{ErrorKind::usage, fmt::format("unknown {} `{}`", what, name), "one of: " + join(known, ", ")};
}

Json shard_to_json(const Shard& shard) {
  return {{"name", shard.name},     {"port", shard.port},
          {"pid", shard.pid},       {"socket", shard.socket.string()},
          {"filled", shard.filled}, {"tenants", shard.tenants},
          {"tables", shard.tables}, {"rows", shard.rows}};
}

Result<State> state_of_json(const Json& json) {
  State state;
  state.server = TRY(server_kind_named(json.at("server").get<std::string>()));
  state.rows = TRY(scale_named(json.at("rows").get<std::string>()));
  state.transport = TRY(transport_named(json.at("transport").get<std::string>()));
  state.drift = json.at("drift").get<bool>() ? Drift::drifted : Drift::uniform;
  state.seed = json.at("seed").get<uint64_t>();
  state.tenants = json.at("tenants").get<int>();
  state.tables = json.at("tables").get<int>();
  state.server_options = json.at("server_options").get<std::vector<std::string>>();
  state.project = json.at("project").get<std::string>();
  state.day = json.at("day").get<int>();
  state.last_tenant = json.at("last_tenant").get<int>();
  for (const Json& entry : json.at("shards")) {
    Shard shard;
    shard.name = entry.at("name").get<std::string>();
    shard.port = entry.at("port").get<int>();
    shard.pid = entry.at("pid").get<pid_t>();
    shard.socket = entry.at("socket").get<std::string>();
    shard.filled = entry.at("filled").get<bool>();
    shard.tenants = entry.at("tenants").get<int64_t>();
    shard.tables = entry.at("tables").get<int64_t>();
    shard.rows = entry.at("rows").get<int64_t>();
    state.shards.push_back(std::move(shard));
  }
  return state;
}

}  // namespace

const char* name_of(ServerKind kind) {
  return word_of(server_words, kind);
}
const char* name_of(Scale scale) {
  return word_of(scale_words, scale);
}
const char* name_of(Transport transport) {
  return word_of(transport_words, transport);
}
Result<ServerKind> server_kind_named(std::string_view name) {
  return value_of(server_words, "server", name);
}
Result<Scale> scale_named(std::string_view name) {
  return value_of(scale_words, "amount of rows", name);
}
Result<Transport> transport_named(std::string_view name) {
  return value_of(transport_words, "transport", name);
}

Result<State> read_state(const fs::path& folder) {
  fs::path file = folder / "lab.json";
  if (!fs::exists(file)) {
    return Error{ErrorKind::not_found, fmt::format("there is no lab in {}", folder.string()),
                 "make one with `suikei lab up`, or name its folder with --dir"};
  }
  std::string text = TRY(io::read_file(file));
  Json json = TRY(parse_json(text).within(file.string()));
  try {
    if (json.at("format").get<int>() != format) {
      return Error{ErrorKind::corrupt,
                   fmt::format("{} has format {}, not {}", file.string(), json.at("format").dump(), format),
                   "another version made it: remove the folder and make the lab anew"};
    }
    return state_of_json(json);
  } catch (const Json::exception& problem) {
    return Error{ErrorKind::corrupt, fmt::format("{}: {}", file.string(), problem.what()),
                 "remove the folder and make the lab anew"};
  }
}

Result<> write_state(const fs::path& folder, const State& state) {
  Json json{{"format", format},
            {"server", name_of(state.server)},
            {"seed", state.seed},
            {"tenants", state.tenants},
            {"tables", state.tables},
            {"rows", name_of(state.rows)},
            {"drift", state.drift == Drift::drifted},
            {"transport", name_of(state.transport)},
            {"server_options", state.server_options},
            {"project", state.project.string()},
            {"day", state.day},
            {"last_tenant", state.last_tenant},
            {"shards", Json::array()}};
  for (const Shard& shard : state.shards) json["shards"].push_back(shard_to_json(shard));
  return io::write_file_atomically(folder / "lab.json", json.dump(2) + "\n");
}

}  // namespace suikei::lab
