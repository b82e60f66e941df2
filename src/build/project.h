// project.h — a dbt project as files: models, sources, seeds, snapshots, tests, macros and their settings.
// Why:    a project of ours is also a dbt project, and an ordinary dbt project is one of ours.
// Holds:  reads files only: nothing is rendered and no lake is asked.
// See:    docs/design/build.md ("Project")
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace suikei::build {

enum class NodeKind { model, seed, snapshot, test };
const char* name_of(NodeKind kind);

/// A test that a YAML file asks for: not_null on a column, or a test of one's own.
struct TestAsked {
  std::string name;      ///< not_null
  std::string column;    ///< empty: of the whole model
  Json arguments;        ///< without `config`
  Json config;           ///< severity, where, limit, …
  std::string own_name;  ///< `name:` in the YAML; may be empty
};

/// What YAML files say of a model, seed, snapshot or source table.
struct Description {
  std::string description;
  Json config = Json::object();
  Json meta = Json::object();
  Json columns = Json::array();  ///< as in the YAML
  std::vector<TestAsked> tests;
  std::string file;
};

/// A file that becomes a node.
struct NodeFile {
  NodeKind kind = NodeKind::model;
  std::string name;              ///< unique among models, seeds and snapshots
  std::string path;              ///< relative to the project's folder
  std::string package;           ///< of the project, or of a package below dbt_packages
  std::string source;            ///< Jinja and SQL; empty for a seed
  Json config = Json::object();  ///< from dbt_project.yml, the most specific folder last
};

struct SourceTable {
  std::string source, table;
  std::string schema, identifier;  ///< where it is in the lake
  Json freshness;                  ///< null when none is asked for
  std::string loaded_at_field;
  Description description;
};

struct MacroFile {
  std::string package, path, source;
};

struct ProjectFiles {
  std::filesystem::path folder;
  std::string name;
  Json vars = Json::object();
  std::vector<std::string> on_run_start, on_run_end;
  std::vector<NodeFile> nodes;
  std::map<std::string, Description> described;  ///< by node name
  std::map<std::pair<std::string, std::string>, SourceTable> sources;
  std::vector<MacroFile> macros;
  std::map<std::string, std::string> doc_blocks;
};

/// Reads <folder>/dbt_project.yml and what it points to. `not_found` when there is none, `config` with file
/// and line where something cannot be read or two nodes have one name.
Result<ProjectFiles> read_project(const std::filesystem::path& folder);

}  // namespace suikei::build
