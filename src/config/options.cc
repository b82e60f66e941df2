#include "config/options.h"

#include <algorithm>
#include <array>
#include <set>

namespace suikei::config {
namespace {

using YAML::Node;

/// Takes every element of a list of mappings.
template <typename T>
Result<> take_list(const Context& context, const Node& node, const std::vector<Option<T>>& options,
                   const std::string& one, std::vector<T>& into) {
  if (!node.IsSequence() || node.size() == 0) {
    return error_at(node, fmt::format("expected a list with at least one {}", one),
                    fmt::format("one {} is written as: - {{…}}", one));
  }
  for (const Node& element : node) {
    T value;
    TRY(take_mapping(context, element, options, "the " + one, value));
    into.push_back(std::move(value));
  }
  return ok();
}

Result<> take_secret_text(const Node& node, const Secret& before, std::string& into) {
  if (!before.empty()) {
    return error_at(node, "the shard says twice where its password comes from",
                    "keep one of password_env, password_file and password_command");
  }
  into = TRY(text_of(node));
  return ok();
}

struct TlsWord {
  const char* word;
  Tls tls;
};
constexpr std::array<TlsWord, 4> tls_words = {{
    {"off", Tls::off},
    {"preferred", Tls::preferred},
    {"required", Tls::required},
    {"verify", Tls::verify},
}};

Result<Tls> tls_of(const Node& node) {
  std::string word = TRY(text_of(node));
  for (const TlsWord& entry : tls_words) {
    if (word == entry.word) return entry.tls;
  }
  return error_at(node, fmt::format("expected off, preferred, required or verify, found `{}`", word));
}

/// Part of dataset names, so it must suit every lake.
Result<std::string> source_name_of(const Node& node) {
  std::string name = TRY(name_of(node, "source"));
  bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!plain || name.front() == '_') {
    return error_at(node, fmt::format("`{}` cannot be the name of a source", name),
                    "small letters, digits and _: its rows land in dataset lake_<name>");
  }
  return name;
}

Result<> check_shards(const Node& node, const std::vector<Shard>& shards) {
  std::set<std::string> names;
  size_t at = 0;
  for (const Node& element : node) {
    const Shard& shard = shards[at++];
    if (element["socket"] && (element["host"] || element["port"])) {
      return error_at(element, fmt::format("shard `{}` has a socket and a host or port", shard.name),
                      "keep the socket, or host and port");
    }
    // Shards become folders and values in queries: names that differ by case alone would be mixed up.
    if (!names.insert(lower(shard.name)).second) {
      return error_at(element["name"], fmt::format("two shards of the source are named `{}`", shard.name));
    }
  }
  return ok();
}

Result<> take_sources(const Context& context, const Node& node, Project& into) {
  if (!node.IsMap() || node.size() == 0) {
    return error_at(node, "expected at least one source under `sources`",
                    "a source is written as:  name: {kind: …, shards: […], tables: […]}");
  }
  for (const auto& entry : node) {
    Source source;
    source.name = TRY(source_name_of(entry.first));
    for (const Source& other : into.sources) {
      if (other.name == source.name) {
        return error_at(entry.first, fmt::format("two sources are named `{}`", source.name));
      }
    }
    TRY(take_mapping(context, entry.second, source_options(), fmt::format("source `{}`", source.name),
                     source));
    into.sources.push_back(std::move(source));
  }
  return ok();
}

}  // namespace

const std::vector<Option<Project>>& project_options() {
  static const std::vector<Option<Project>> options = {
      {"project", "", Need::required, "text", "",
       "Name of the project; it is shown, and nothing depends on it.",
       [](const Context&, const Node& node, Project& into) -> Result<> {
         into.name = TRY(text_of(node));
         return ok();
       }},
      {"format", "", Need::optional, "whole number", "1",
       "Version of this file's format. A program that does not know it yet stops.",
       [](const Context&, const Node& node, Project&) -> Result<> {
         int64_t format = TRY(integer_of(node, 1, INT64_MAX));
         if (format <= 1) return ok();
         return error_at(node, fmt::format("format {} is newer than this program, which knows 1", format),
                         "install a newer suikei");
       }},
      {"timezone", "", Need::optional, "zone", "UTC",
       "Zone of the business date: a run belongs to the date in this zone. IANA name, or an offset as "
       "+09:00.",
       [](const Context&, const Node& node, Project& into) -> Result<> {
         into.timezone = TRY(zone_of(node));
         return ok();
       }},
      {"lake", "", Need::optional, "mapping", "see below", "Where rows land.",
       [](const Context& context, const Node& node, Project& into) -> Result<> {
         return take_mapping(context, node, lake_options(), "`lake`", into.lake);
       }},
      {"masking", "", Need::optional, "mapping", "see below", "Where the key of masks comes from.",
       [](const Context& context, const Node& node, Project& into) -> Result<> {
         return take_mapping(context, node, masking_options(), "`masking`", into.masking_key);
       }},
      {"layers", "", Need::optional, "list of layers", "the standard ones",
       "Which datasets there are and who may read whom. `suikei build` refuses what breaks it.", take_layers},
      {"sources", "", Need::required, "mapping of name to source", "",
       "Where rows come from. Rows of the source `name` land in dataset `lake_name`.", take_sources},
  };
  return options;
}

const std::vector<Option<Lake>>& lake_options() {
  static const std::vector<Option<Lake>> options = {
      {"kind", "", Need::optional, "word", "the built-in one", "Which lake.",
       [](const Context&, const Node& node, Lake& into) -> Result<> {
         into.kind = TRY(text_of(node));
         return ok();
       }},
      {"catalog", "", Need::optional, "path", "lake.sqlite", "The lake's list of tables and files.",
       [](const Context& context, const Node& node, Lake& into) -> Result<> {
         into.catalog = TRY(path_of(context, node));
         return ok();
       }},
      {"data", "", Need::optional, "path", "data/", "Folder of the data files.",
       [](const Context& context, const Node& node, Lake& into) -> Result<> {
         into.data = TRY(path_of(context, node));
         return ok();
       }},
      {"keep", "", Need::optional, "duration", "7d",
       "How long replaced rows stay readable by time travel. It is for undo, not for history.",
       [](const Context&, const Node& node, Lake& into) -> Result<> {
         into.keep_days = TRY(duration_of(node, 0)) / 86400;
         return ok();
       }},
  };
  return options;
}

const std::vector<Option<Source>>& source_options() {
  static const std::vector<Option<Source>> options = {
      {"kind", "", Need::required, "word", "", "Which connector reads it.",
       [](const Context&, const Node& node, Source& into) -> Result<> {
         into.kind = TRY(text_of(node));
         return ok();
       }},
      {"datetime_zone", "expect_timezone", Need::optional, "zone", "UTC",
       "What wall clocks in DATETIME columns mean.",
       [](const Context&, const Node& node, Source& into) -> Result<> {
         into.datetime_zone = TRY(zone_of(node));
         return ok();
       }},
      {"server_timezone", "", Need::optional, "zone", "the offset of `datetime_zone`",
       "Zone the servers must run in. A shard whose clock says otherwise stops before anything is read.",
       [](const Context&, const Node& node, Source& into) -> Result<> {
         into.server_timezone = TRY(zone_of(node));
         return ok();
       }},
      {"connections", "", Need::optional, "whole number", "2", "Connections per shard.",
       [](const Context&, const Node& node, Source& into) -> Result<> {
         into.connections = static_cast<int>(TRY(integer_of(node, 1, 64)));
         return ok();
       }},
      {"tables_per_second_max", "", Need::optional, "number", "0, no limit",
       "Reads at most so many tables per second and shard, to spare a busy server.",
       [](const Context&, const Node& node, Source& into) -> Result<> {
         into.tables_per_second_max = TRY(number_of(node, 0));
         return ok();
       }},
      {"vanish_limit", "", Need::optional, "whole number", "0",
       "So many tables per shard may vanish in a run and have their rows removed without being asked. Beyond "
       "it "
       "rows stay until `collect --accept-vanished`: a table that is not listed may only be hidden by a lost "
       "right.",
       [](const Context&, const Node& node, Source& into) -> Result<> {
         into.vanish_limit = TRY(integer_of(node, 0, INT64_MAX));
         return ok();
       }},
      {"timeout", "", Need::optional, "duration", "60s",
       "The longest silence of a server before the link counts as stalled. A bare number counts seconds.",
       [](const Context&, const Node& node, Source& into) -> Result<> {
         into.timeout_seconds = TRY(duration_of(node, 1));
         if (into.timeout_seconds >= 1) return ok();
         return error_at(node, fmt::format("a timeout of {} s is too short", into.timeout_seconds),
                         "at least 1s");
       }},
      {"shards", "", Need::required, "list of shards", "", "The servers of the source.",
       [](const Context& context, const Node& node, Source& into) -> Result<> {
         TRY(take_list(context, node, shard_options(), "shard", into.shards));
         return check_shards(node, into.shards);
       }},
      {"tables", "", Need::required, "list of rules", "",
       "Which physical tables belong to which logical table. The first rule that matches wins; what no rule "
       "matches is counted and listed, never collected.",
       [](const Context& context, const Node& node, Source& into) -> Result<> {
         TRY(take_list(context, node, rule_options(), "rule", into.tables));
         for (size_t i = 0; i < into.tables.size(); ++i) into.tables[i].line = node[i].Mark().line + 1;
         TRY(RuleMatcher::compile(into.tables));
         return ok();
       }},
  };
  return options;
}

const std::vector<Option<Shard>>& shard_options() {
  static const std::vector<Option<Shard>> options = {
      {"name", "", Need::required, "name", "",
       "Name of the shard; the column `_shard` says it. It must stay the same when the server moves.",
       [](const Context&, const Node& node, Shard& into) -> Result<> {
         into.name = TRY(name_of(node, "shard"));
         return ok();
       }},
      {"host", "", Need::optional, "text", "127.0.0.1", "Name or address of the server.",
       [](const Context&, const Node& node, Shard& into) -> Result<> {
         into.host = TRY(text_of(node));
         return ok();
       }},
      {"port", "", Need::optional, "whole number", "3306", "Port of the server.",
       [](const Context&, const Node& node, Shard& into) -> Result<> {
         into.port = static_cast<int>(TRY(integer_of(node, 1, 65535)));
         return ok();
       }},
      {"socket", "", Need::optional, "path", "", "Unix socket of the server, instead of `host` and `port`.",
       [](const Context& context, const Node& node, Shard& into) -> Result<> {
         into.socket = TRY(path_of(context, node)).string();
         return ok();
       }},
      {"user", "", Need::required, "text", "", "Whom to connect as; SELECT is the only right it needs.",
       [](const Context&, const Node& node, Shard& into) -> Result<> {
         into.user = TRY(text_of(node));
         return ok();
       }},
      {"password_env", "", Need::optional, "text", "", "Environment variable that holds the password.",
       [](const Context&, const Node& node, Shard& into) -> Result<> {
         return take_secret_text(node, into.password, into.password.env);
       }},
      {"password_file", "", Need::optional, "path", "", "File whose first line is the password.",
       [](const Context& context, const Node& node, Shard& into) -> Result<> {
         std::string text;
         TRY(take_secret_text(node, into.password, text));
         into.password.file = TRY(path_of(context, node));
         return ok();
       }},
      {"password_command", "", Need::optional, "text", "",
       "Command whose first line of output is the password; run by /bin/sh.",
       [](const Context&, const Node& node, Shard& into) -> Result<> {
         return take_secret_text(node, into.password, into.password.command);
       }},
      {"tls", "", Need::optional, "off, preferred, required or verify", "preferred",
       "`preferred` encrypts where the server offers it, `required` or not at all; `verify` also checks the "
       "server's certificate.",
       [](const Context&, const Node& node, Shard& into) -> Result<> {
         into.tls = TRY(tls_of(node));
         return ok();
       }},
      {"ssl_ca", "", Need::optional, "path", "the system's", "Certificates that `tls: verify` trusts.",
       [](const Context& context, const Node& node, Shard& into) -> Result<> {
         into.ssl_ca = TRY(path_of(context, node));
         return ok();
       }},
  };
  return options;
}

const std::vector<Option<TableRule>>& rule_options() {
  static const std::vector<Option<TableRule>> options = {
      {"database", "", Need::required, "RE2 pattern", "",
       "Matches the whole name of a database. `(?P<tenant>…)` catches the tenant, `(?P<logical>…)` the "
       "logical "
       "table, here or in `table`.",
       [](const Context&, const Node& node, TableRule& into) -> Result<> {
         into.database = TRY(text_of(node));
         return ok();
       }},
      {"table", "", Need::required, "RE2 pattern", "", "Matches the whole name of a table.",
       [](const Context&, const Node& node, TableRule& into) -> Result<> {
         into.table = TRY(text_of(node));
         return ok();
       }},
      {"skip", "", Need::optional, "true or false", "false",
       "What matches is left out on purpose, and not counted as unmatched.",
       [](const Context&, const Node& node, TableRule& into) -> Result<> {
         into.skip = TRY(truth_of(node));
         return ok();
       }},
  };
  return options;
}

}  // namespace suikei::config
