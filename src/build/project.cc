#include "build/project.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "config/config.h"
#include "io/files.h"
#include "sql/sql.h"

namespace suikei::build {
namespace {

namespace fs = std::filesystem;

/// A package: the project itself, or a folder of dbt_packages.
struct Package {
  fs::path folder;
  std::string prefix;  ///< of paths in messages
  std::string name;
  Json settings;
};

std::vector<std::string> folders_of(const Json& settings, const char* key, const char* older,
                                    const char* standard) {
  for (const char* name : {key, older}) {
    if (!*name || !settings.contains(name)) continue;
    std::vector<std::string> folders;
    for (const Json& folder : settings[name]) folders.push_back(folder.get<std::string>());
    return folders;
  }
  return {standard};
}

/// Files below some folders, sorted, as paths relative to the package.
std::vector<std::string> files_below(const Package& package, const std::vector<std::string>& folders,
                                     const std::set<std::string>& extensions) {
  std::vector<std::string> files;
  std::error_code problem;
  for (const std::string& folder : folders) {
    for (fs::recursive_directory_iterator at(package.folder / folder, problem), end; !problem && at != end;
         at.increment(problem)) {
      if (at->is_regular_file() && extensions.contains(at->path().extension().string()))
        files.push_back(fs::relative(at->path(), package.folder).string());
    }
    problem.clear();
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Settings of dbt_project.yml for a file: the package's, then each folder's on the way, the nearest last.
Json settings_for(const Json& section, const std::string& package, const fs::path& below) {
  Json config = Json::object();
  auto take = [&](const Json& level) {
    for (const auto& [key, value] : level.items()) {
      if (starts_with(key, "+")) {
        config[key.substr(1)] = value;
      } else if (!value.is_object()) {
        config[key] = value;
      }
    }
  };
  if (!section.is_object()) return config;
  take(section);
  if (!section.contains(package)) return config;
  const Json* level = &section[package];
  if (level->is_object()) take(*level);
  for (const fs::path& part : below) {
    std::string name = part.has_extension() ? part.stem().string() : part.string();
    if (!level->is_object() || !level->contains(name) || !(*level)[name].is_object()) break;
    level = &(*level)[name];
    take(*level);
  }
  return config;
}

fs::path without_first(const std::string& path) {
  fs::path rest;
  bool first = true;
  for (const fs::path& part : fs::path(path)) {
    if (!first) rest /= part;
    first = false;
  }
  return rest;
}

// ---- YAML about nodes ----

std::string text_at(const Json& object, const char* key) {
  auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

/// Settings that dbt takes on a test itself, beside its arguments.
const std::set<std::string> test_settings = {"severity",       "where", "limit",   "fail_calc",
                                             "store_failures", "tags",  "enabled", "warn_if",
                                             "error_if",       "meta",  "group"};

Result<TestAsked> read_test(const Json& entry, const std::string& column, const std::string& file) {
  TestAsked test;
  test.column = column;
  test.arguments = test.config = Json::object();
  if (entry.is_string()) {
    test.name = entry;
    return test;
  }
  if (!entry.is_object() || entry.empty()) {
    return Error{ErrorKind::config, fmt::format("{}: a test is a name, or a name with arguments", file), ""};
  }
  Json arguments;
  if (entry.contains("test_name")) {
    test.name = entry["test_name"];
    arguments = entry;
    arguments.erase("test_name");
  } else {
    test.name = entry.begin().key();
    arguments = entry.begin().value();
    for (const auto& [key, value] : entry.items()) {
      if (key != test.name) arguments[key] = value;
    }
  }
  if (!arguments.is_object()) return test;
  for (const auto& [key, value] : arguments.items()) {
    if (key == "config") {
      test.config.update(value);
    } else if (key == "arguments" && value.is_object()) {
      test.arguments.update(value);
    } else if (key == "name") {
      test.own_name = value;
    } else if (test_settings.contains(key)) {
      test.config[key] = value;
    } else if (key != "description") {
      test.arguments[key] = value;
    }
  }
  return test;
}

Result<> read_tests(const Json& of, const std::string& column, const std::string& file,
                    std::vector<TestAsked>& tests) {
  for (const char* key : {"tests", "data_tests"}) {
    if (!of.contains(key) || !of[key].is_array()) continue;
    for (const Json& entry : of[key]) tests.push_back(TRY(read_test(entry, column, file)));
  }
  return ok();
}

Result<Description> read_description(const Json& entry, const std::string& file) {
  Description described;
  described.file = file;
  described.description = text_at(entry, "description");
  if (entry.contains("config") && entry["config"].is_object()) described.config = entry["config"];
  if (entry.contains("meta") && entry["meta"].is_object()) described.meta = entry["meta"];
  TRY(read_tests(entry, "", file, described.tests));
  if (entry.contains("columns") && entry["columns"].is_array()) {
    described.columns = entry["columns"];
    for (const Json& column : described.columns) {
      TRY(read_tests(column, text_at(column, "name"), file, described.tests));
    }
  }
  return described;
}

Result<> read_sources(const Json& entry, const std::string& file, ProjectFiles& project) {
  std::string source = text_at(entry, "name");
  std::string schema = text_at(entry, "schema");
  if (!entry.contains("tables") || !entry["tables"].is_array()) return ok();
  for (const Json& table : entry["tables"]) {
    SourceTable made;
    made.source = source;
    made.table = text_at(table, "name");
    made.schema = schema.empty() ? source : schema;
    made.identifier = text_at(table, "identifier").empty() ? made.table : text_at(table, "identifier");
    const Json& timed = table.contains("freshness") ? table : entry;
    if (timed.contains("freshness")) made.freshness = timed["freshness"];
    made.loaded_at_field = text_at(table, "loaded_at_field");
    if (made.loaded_at_field.empty()) made.loaded_at_field = text_at(entry, "loaded_at_field");
    made.description = TRY(read_description(table, file));
    project.sources[{source, made.table}] = std::move(made);
  }
  return ok();
}

Result<> read_yaml(const Package& package, const std::string& path, ProjectFiles& project) {
  std::string file = package.prefix + path;
  std::string text = TRY(io::read_file(package.folder / path));
  Json yaml = TRY(config::parse_yaml(text, file));
  if (!yaml.is_object()) return ok();
  for (const char* section : {"models", "seeds", "snapshots"}) {
    if (!yaml.contains(section) || !yaml[section].is_array()) continue;
    for (const Json& entry : yaml[section]) {
      std::string name = text_at(entry, "name");
      Description described = TRY(read_description(entry, file));
      bool is_snapshot = std::string_view(section) == "snapshots" && entry.contains("relation");
      if (is_snapshot) {
        NodeFile& node = project.nodes.emplace_back();
        node.kind = NodeKind::snapshot;
        node.name = name;
        node.path = file;
        node.package = package.name;
        node.source = "select * from {{ " + text_at(entry, "relation") + " }}";
      }
      auto [place, fresh] = project.described.emplace(name, described);
      if (!fresh && place->second.file != file) {
        return Error{ErrorKind::config,
                     fmt::format("{}: `{}` is described in {} already", file, name, place->second.file),
                     "keep one of the two"};
      }
      if (!fresh) place->second = std::move(described);
    }
  }
  if (yaml.contains("sources") && yaml["sources"].is_array()) {
    for (const Json& entry : yaml["sources"]) TRY(read_sources(entry, file, project));
  }
  return ok();
}

// ---- files ----

Result<> read_sql_file(const Package& package, NodeKind kind, const char* section, const std::string& path,
                       ProjectFiles& project) {
  NodeFile node;
  node.kind = kind;
  node.name = fs::path(path).stem();
  node.path = package.prefix + path;
  node.package = package.name;
  if (kind != NodeKind::seed) node.source = TRY(io::read_file(package.folder / path));
  if (package.settings.contains(section)) {
    node.config = settings_for(package.settings[section], package.name, without_first(path));
  }
  if (kind != NodeKind::snapshot) {
    project.nodes.push_back(std::move(node));
    return ok();
  }
  for (sql::Block& block : TRY(sql::split_blocks(node.path, node.source))) {
    if (block.kind != "snapshot") continue;
    NodeFile one = node;
    one.name = block.name;
    one.source = std::move(block.body);
    project.nodes.push_back(std::move(one));
  }
  return ok();
}

Result<> read_package(const Package& package, bool own, ProjectFiles& project) {
  const Json& settings = package.settings;
  std::vector<std::string> models = folders_of(settings, "model-paths", "source-paths", "models");
  std::vector<std::string> seeds = folders_of(settings, "seed-paths", "data-paths", "seeds");
  std::vector<std::string> snapshots = folders_of(settings, "snapshot-paths", "", "snapshots");
  std::vector<std::string> tests = folders_of(settings, "test-paths", "", "tests");
  std::vector<std::string> macros = folders_of(settings, "macro-paths", "", "macros");
  for (const std::string& path : files_below(package, models, {".sql"}))
    TRY(read_sql_file(package, NodeKind::model, "models", path, project));
  for (const std::string& path : files_below(package, seeds, {".csv"}))
    TRY(read_sql_file(package, NodeKind::seed, "seeds", path, project));
  for (const std::string& path : files_below(package, snapshots, {".sql"}))
    TRY(read_sql_file(package, NodeKind::snapshot, "snapshots", path, project));
  for (const std::string& path : files_below(package, tests, {".sql"})) {
    std::string text = TRY(io::read_file(package.folder / path));
    bool generic = path.find("/generic/") != std::string::npos;
    if (generic) {
      project.macros.push_back({package.name, package.prefix + path, text});
    } else if (own) {
      TRY(read_sql_file(package, NodeKind::test, "tests", path, project));
    }
  }
  for (const std::string& path : files_below(package, macros, {".sql"})) {
    std::string text = TRY(io::read_file(package.folder / path));
    project.macros.push_back({package.name, package.prefix + path, std::move(text)});
  }
  std::vector<std::string> described = models;
  for (const std::vector<std::string>* more : {&seeds, &snapshots}) {
    for (const std::string& folder : *more) {
      if (std::find(described.begin(), described.end(), folder) == described.end())
        described.push_back(folder);
    }
  }
  for (const std::string& path : files_below(package, described, {".yml", ".yaml"}))
    TRY(read_yaml(package, path, project));
  for (const std::string& path : files_below(package, described, {".md"})) {
    std::string text = TRY(io::read_file(package.folder / path));
    for (sql::Block& block : TRY(sql::split_blocks(package.prefix + path, text))) {
      if (block.kind == "docs") project.doc_blocks[block.name] = trim(block.body);
    }
  }
  return ok();
}

Result<Package> open_package(const fs::path& folder, const std::string& prefix) {
  Package package{folder, prefix, "", Json::object()};
  std::string file = prefix + "dbt_project.yml";
  std::string text = TRY(io::read_file(folder / "dbt_project.yml"));
  package.settings = TRY(config::parse_yaml(text, file));
  if (!package.settings.is_object() || text_at(package.settings, "name").empty())
    return Error{ErrorKind::config, fmt::format("{}:1: the project has no name", file),
                 "write: name: my_project"};
  package.name = text_at(package.settings, "name");
  return package;
}

Result<> check_names(const ProjectFiles& project) {
  std::map<std::string, const NodeFile*> seen;
  for (const NodeFile& node : project.nodes) {
    if (node.kind == NodeKind::test) continue;
    auto [place, fresh] = seen.emplace(node.name, &node);
    if (fresh || place->second->package != node.package) continue;
    return Error{ErrorKind::config,
                 fmt::format("{} and {} are both called `{}`", place->second->path, node.path, node.name),
                 "rename one; `alias` keeps its name in the lake"};
  }
  return ok();
}

std::vector<std::string> hooks_of(const Json& settings, const char* key) {
  std::vector<std::string> hooks;
  if (!settings.contains(key)) return hooks;
  const Json& value = settings[key];
  if (value.is_string()) hooks.push_back(value);
  if (value.is_array()) {
    for (const Json& hook : value) hooks.push_back(hook.get<std::string>());
  }
  return hooks;
}

}  // namespace

const char* name_of(NodeKind kind) {
  constexpr const char* names[] = {"model", "seed", "snapshot", "test"};
  return names[static_cast<size_t>(kind)];
}

Result<ProjectFiles> read_project(const fs::path& folder) {
  std::error_code problem;
  if (!fs::exists(folder / "dbt_project.yml", problem)) {
    return Error{ErrorKind::not_found, "there is no dbt_project.yml in the project",
                 "suikei generate writes one"};
  }
  Package own = TRY(open_package(folder, ""));
  ProjectFiles project;
  project.folder = folder;
  project.name = own.name;
  if (own.settings.contains("vars") && own.settings["vars"].is_object()) project.vars = own.settings["vars"];
  project.on_run_start = hooks_of(own.settings, "on-run-start");
  project.on_run_end = hooks_of(own.settings, "on-run-end");
  for (const std::string& name : io::entries(folder / "dbt_packages")) {
    if (!fs::exists(folder / "dbt_packages" / name / "dbt_project.yml", problem)) continue;
    Package package = TRY(open_package(folder / "dbt_packages" / name, "dbt_packages/" + name + "/"));
    TRY(read_package(package, /*own=*/false, project));
  }
  TRY(read_package(own, /*own=*/true, project));
  TRY(check_names(project));
  return project;
}

}  // namespace suikei::build
