#include "config/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "io/files.h"

namespace suikei::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* whole = R"(project: next_engine
timezone: Asia/Tokyo
lake: {kind: pond, catalog: cat/lake.sqlite, data: data/, keep: 36h}
sources:
  mf:
    kind: imaginary
    datetime_zone: Asia/Tokyo
    server_timezone: UTC
    connections: 4
    tables_per_second_max: 250.5
    vanish_limit: 3
    timeout: 2m
    shards:
      - {name: s01, host: db1, port: 3401, user: u, password_env: MF_PASSWORD, tls: verify, ssl_ca: ca.pem}
      - name: s02
        socket: run/s02.sock
        user: reader
        password_file: secrets/s02
      - {name: s03, user: reader, password_command: "vault read x", tls: off}
    tables:
      - {database: 'ne_(?P<tenant>\d+)', table: 'tmp_.*', skip: true}
      - {database: 'ne_(?P<tenant>\d+)', table: '(?P<logical>.+)'}
)";

/// A project whose source and first shard can be varied a line at a time.
std::string project_with(const std::string& source_lines, const std::string& shard_keys = "") {
  return "project: p\nsources:\n  mf:\n    kind: imaginary\n" + source_lines +
         "    shards: [{name: s01, user: reader" + shard_keys + "}]\n" +
         "    tables: [{database: 'd', table: '(?P<logical>.+)'}]\n";
}

/// Kind, line and hint of the error that a text gives.
struct Complaint {
  ErrorKind kind = ErrorKind::corrupt;
  int line = 0;
  std::string message, hint;
};
Complaint complaint(const std::string& yaml) {
  Result<Project> result = parse_project(yaml, "/p");
  if (result.ok()) return {};
  Complaint said{result.error().kind, 0, result.error().message, result.error().hint};
  if (starts_with(said.message, "suikei.yaml:")) said.line = std::atoi(said.message.c_str() + 12);
  return said;
}
int error_line(const std::string& yaml) {
  Complaint said = complaint(yaml);
  EXPECT_EQ(said.kind, ErrorKind::config) << said.message;
  return said.line;
}
Secret from_env(const std::string& name) {
  return {name, "", ""};
}
Secret from_file(const fs::path& path) {
  return {"", path, ""};
}
Secret from_command(const std::string& command) {
  return {"", "", command};
}
bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Config, ReadsEveryKey) {
  Project project = MUST(parse_project(whole, "/srv/project/"));
  EXPECT_EQ(project.name, "next_engine");
  EXPECT_EQ(project.timezone, "Asia/Tokyo");
  EXPECT_EQ(project.folder, "/srv/project");
  EXPECT_EQ(project.ledger(), "/srv/project/ledger.sqlite");
  EXPECT_EQ(project.lake.kind, "pond");
  EXPECT_EQ(project.lake.catalog, "/srv/project/cat/lake.sqlite");
  EXPECT_EQ(project.lake.data, "/srv/project/data");
  EXPECT_DOUBLE_EQ(project.lake.keep_days, 1.5);
  ASSERT_EQ(project.sources.size(), 1u);
  const Source& source = project.sources[0];
  EXPECT_EQ(source.name, "mf");
  EXPECT_EQ(source.kind, "imaginary");
  EXPECT_EQ(source.datetime_zone, "Asia/Tokyo");
  EXPECT_EQ(source.server_timezone, "UTC");
  EXPECT_EQ(source.connections, 4);
  EXPECT_DOUBLE_EQ(source.tables_per_second_max, 250.5);
  EXPECT_EQ(source.vanish_limit, 3);
  EXPECT_DOUBLE_EQ(source.timeout_seconds, 120);
  ASSERT_EQ(source.shards.size(), 3u);
  EXPECT_EQ(source.shards[0].host, "db1");
  EXPECT_EQ(source.shards[0].port, 3401);
  EXPECT_EQ(source.shards[0].password.env, "MF_PASSWORD");
  EXPECT_EQ(source.shards[0].tls, Tls::verify);
  EXPECT_EQ(source.shards[0].ssl_ca, "/srv/project/ca.pem");
  EXPECT_EQ(source.shards[1].socket, "/srv/project/run/s02.sock");
  EXPECT_EQ(source.shards[1].password.file, "/srv/project/secrets/s02");
  EXPECT_EQ(source.shards[2].password.command, "vault read x");
  EXPECT_EQ(source.shards[2].tls, Tls::off);
  ASSERT_EQ(source.tables.size(), 2u);
  EXPECT_TRUE(source.tables[0].skip);
  EXPECT_EQ(source.tables[0].line, 21);
  EXPECT_EQ(source.tables[1].line, 22);
}

TEST(Config, WhatIsLeftOutHasItsDefault) {
  Project project = MUST(parse_project(project_with(""), "/p"));
  EXPECT_EQ(project.timezone, "UTC");
  EXPECT_EQ(project.lake.kind, "");
  EXPECT_EQ(project.lake.catalog, "/p/lake.sqlite");
  EXPECT_EQ(project.lake.data, "/p/data");
  EXPECT_DOUBLE_EQ(project.lake.keep_days, 7);
  const Source& source = project.sources[0];
  EXPECT_EQ(source.datetime_zone, "UTC");
  EXPECT_EQ(source.server_timezone, "");
  EXPECT_EQ(source.connections, 2);
  EXPECT_EQ(source.vanish_limit, 0);
  EXPECT_EQ(source.shards[0].host, "127.0.0.1");
  EXPECT_EQ(source.shards[0].port, 3306);
  EXPECT_TRUE(source.shards[0].password.empty());
  EXPECT_EQ(source.shards[0].tls, Tls::preferred);
}

TEST(Config, AnAliasMeansTheSame) {
  Project project = MUST(parse_project(project_with("    expect_timezone: Asia/Tokyo\n"), "/p"));
  EXPECT_EQ(project.sources[0].datetime_zone, "Asia/Tokyo");
  EXPECT_EQ(error_line(project_with("    datetime_zone: UTC\n    expect_timezone: UTC\n")), 6);
}

TEST(Config, AnUnknownKeyNamesLineAndNearest) {
  Complaint said = complaint(project_with("    conections: 4\n"));
  EXPECT_EQ(said.kind, ErrorKind::config);
  EXPECT_EQ(said.line, 5);
  EXPECT_TRUE(holds(said.hint, "`connections`")) << said.hint;
  EXPECT_EQ(error_line("project: p\nsorces: {}\n"), 2);
  EXPECT_EQ(error_line(project_with("", ", pasword_env: X")), 5);
  EXPECT_TRUE(holds(complaint(project_with("    connections: many\n")).hint, "`connections`"));
  EXPECT_TRUE(holds(complaint(project_with("    zzzzzzzz: 1\n")).hint, "connections"));
}

TEST(Config, APasswordInTheFileIsRefused) {
  Complaint said = complaint(project_with("", ", password: hunter2"));
  EXPECT_EQ(said.kind, ErrorKind::config);
  EXPECT_TRUE(holds(said.hint, "password_env"));
  EXPECT_FALSE(holds(said.message + said.hint, "hunter2"));
}

TEST(Config, AMissingKeyNamesThePlace) {
  EXPECT_EQ(error_line("timezone: UTC\n"), 1);
  EXPECT_EQ(error_line("project: p\nsources:\n  mf:\n    shards: []\n"), 4);
  EXPECT_TRUE(holds(complaint("project: p\nsources:\n  mf:\n    shards: []\n").message, "`kind`"));
  EXPECT_EQ(error_line(
                "project: p\nsources:\n  mf:\n    kind: k\n    shards:\n      - {user: u}\n    tables: []\n"),
            6);
}

TEST(Config, AWrongTypeNamesTheLine) {
  EXPECT_EQ(error_line(project_with("    connections: many\n")), 5);
  EXPECT_EQ(error_line(project_with("    connections: 0\n")), 5);
  EXPECT_EQ(error_line(project_with("    connections: 2.5\n")), 5);
  EXPECT_EQ(error_line(project_with("    connections: [2]\n")), 5);
  EXPECT_EQ(error_line(project_with("    tables_per_second_max: -1\n")), 5);
  EXPECT_EQ(error_line(project_with("    timeout: soon\n")), 5);
  EXPECT_EQ(error_line(project_with("    timeout: 0s\n")), 5);
  EXPECT_EQ(error_line(project_with("    vanish_limit:\n")), 5);
  EXPECT_EQ(error_line(project_with("", ", port: 70000")), 5);
  EXPECT_EQ(error_line(project_with("", ", tls: perhaps")), 5);
  EXPECT_EQ(error_line("project: p\nlake: duck\nsources: {}\n"), 2);
  EXPECT_EQ(error_line("project: p\nlake:\n  keep: 7\nsources: {}\n"), 3);
  EXPECT_EQ(error_line("- a\n- b\n"), 1);
  EXPECT_EQ(error_line(""), 1);
}

TEST(Config, ABadZoneNamesTheLine) {
  EXPECT_EQ(error_line(project_with("    datetime_zone: Asia/Tokio\n")), 5);
  EXPECT_EQ(error_line("project: p\ntimezone: JTS\nsources: {}\n"), 2);
  EXPECT_TRUE(parse_project(project_with("    datetime_zone: '+09:00'\n"), "/p").ok());
}

TEST(Config, NoShardsOrRulesIsAnError) {
  std::string head = "project: p\nsources:\n  mf:\n    kind: k\n";
  EXPECT_EQ(error_line(head + "    shards: []\n    tables: [{database: d, table: '(?P<logical>.+)'}]\n"), 5);
  EXPECT_EQ(error_line(head + "    shards: [{name: a, user: u}]\n    tables: []\n"), 6);
  EXPECT_EQ(error_line("project: p\nsources: {}\n"), 2);
}

TEST(Config, TwoShardsMayNotHaveOneName) {
  EXPECT_EQ(error_line("project: p\nsources:\n  mf:\n    kind: k\n    shards:\n      - {name: s01, user: u}\n"
                       "      - name: S01\n        user: u\n"
                       "    tables: [{database: d, table: '(?P<logical>.+)'}]\n"),
            7);
}

TEST(Config, AShardHasOneAddressAndOnePassword) {
  EXPECT_EQ(error_line(project_with("", ", socket: /a, host: b")), 5);
  EXPECT_EQ(error_line(project_with("", ", password_env: A, password_file: b")), 5);
}

TEST(Config, NamesMustSuitFilesAndDatasets) {
  EXPECT_EQ(error_line("project: p\nsources:\n  My-Source: {}\n"), 3);
  EXPECT_EQ(
      error_line(
          "project: p\nsources:\n  m:\n    kind: k\n    shards: [{name: ../x, user: u}]\n    tables: []\n"),
      5);
}

TEST(Config, ABadRuleNamesTheLine) {
  std::string head =
      "project: p\nsources:\n  mf:\n    kind: k\n    shards: [{name: a, user: u}]\n    tables:\n"
      "      - {database: d, table: x, skip: true}\n";
  EXPECT_EQ(error_line(head + "      - {database: 'd(', table: '(?P<logical>.+)'}\n"), 8);
  EXPECT_EQ(error_line(head + "      - {database: d, table: x}\n"), 8);
  EXPECT_EQ(error_line(head + "      - database: d\n        table: '(?P<shop>.+)'\n"), 8);
  EXPECT_EQ(error_line(head + "      - {database: d, table: x, skip: yes}\n"), 8);
}

TEST(Config, ARepeatedKeyIsAnError) {
  EXPECT_EQ(error_line("project: p\nproject: q\nsources: {}\n"), 2);
}

TEST(Config, BrokenYamlNamesTheLine) {
  EXPECT_EQ(error_line("project: p\nsources: {a: [}\n"), 2);
}

TEST(Config, ANewerFormatIsRefused) {
  EXPECT_EQ(error_line("project: p\nformat: 2\n"), 2);
}

TEST(Config, FindsTheProjectUpwards) {
  fs::path folder = fs::path(testing::TempDir()) / fmt::format("suikei_config_{}", getpid());
  fs::create_directories(folder / "a/b");
  std::ofstream(folder / "suikei.yaml") << project_with("");
  EXPECT_EQ(MUST(find_project(folder.string())), folder);
  EXPECT_EQ(MUST(find_project((folder / "suikei.yaml").string())), folder);
  EXPECT_EQ(MUST(find_project((folder / "a/..").string())), folder);
  EXPECT_EQ(find_project((folder / "a").string()).error().kind, ErrorKind::usage);
  fs::path before = fs::current_path();
  fs::current_path(folder / "a/b");
  EXPECT_TRUE(fs::equivalent(MUST(find_project("")), folder));
  fs::current_path(before);
  EXPECT_EQ(MUST(load_project(folder)).name, "p");
  EXPECT_EQ(load_project(folder / "a").error().kind, ErrorKind::config);
  fs::remove_all(folder);
}

TEST(Config, FindsASourceByName) {
  Project project = MUST(parse_project(project_with(""), "/p"));
  EXPECT_EQ(MUST(project.find_source(""))->name, "mf");
  EXPECT_EQ(MUST(project.find_source("mf"))->name, "mf");
  EXPECT_EQ(project.find_source("mff").error().kind, ErrorKind::usage);
  project.sources.push_back(project.sources[0]);
  project.sources[1].name = "ads";
  EXPECT_EQ(project.find_source("").error().kind, ErrorKind::usage);
}

TEST(Config, ResolvesSecrets) {
  setenv("SUIKEI_TEST_SECRET", "from env", 1);
  EXPECT_EQ(MUST(from_env("SUIKEI_TEST_SECRET").resolve()), "from env");
  EXPECT_EQ(from_env("SUIKEI_TEST_NO_SUCH").resolve().error().kind, ErrorKind::config);
  EXPECT_EQ(MUST(Secret{}.resolve()), "");
  fs::path file = fs::path(testing::TempDir()) / fmt::format("suikei_secret_{}", getpid());
  std::ofstream(file) << "from file\r\nsecond line\n";
  EXPECT_EQ(MUST(from_file(file).resolve()), "from file");
  fs::remove(file);
  EXPECT_EQ(from_file(file).resolve().error().kind, ErrorKind::config);
  EXPECT_EQ(MUST(from_command("printf 'from command\nmore'").resolve()), "from command");
  Result<std::string> failed = from_command("echo secret; echo sealed >&2; exit 3").resolve();
  EXPECT_EQ(failed.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(holds(failed.error().message, "sealed"));
  EXPECT_EQ(from_command("/no/such/program").resolve().error().kind, ErrorKind::config);
}

TEST(Config, UnderstandsDurations) {
  EXPECT_DOUBLE_EQ(MUST(duration_seconds("90s")), 90);
  EXPECT_DOUBLE_EQ(MUST(duration_seconds("26h")), 93600);
  EXPECT_DOUBLE_EQ(MUST(duration_seconds("1.5d")), 129600);
  EXPECT_DOUBLE_EQ(MUST(duration_seconds("2w")), 1209600);
  EXPECT_DOUBLE_EQ(MUST(duration_seconds("60", 1)), 60);
  for (const char* wrong : {"", "d", "7", "7x", "-1d", "seven days", "nan d"}) {
    EXPECT_FALSE(duration_seconds(wrong).ok()) << wrong;
  }
}

TEST(Config, TheReferencePageNamesEveryKey) {
  std::string page = reference_page();
  for (const char* key :
       {"project", "timezone", "keep", "expect_timezone", "vanish_limit", "password_command", "skip"}) {
    EXPECT_TRUE(holds(page, fmt::format("`{}`", key))) << key;
  }
}

}  // namespace
}  // namespace suikei::config
