// render.h — every template with every table: the files that `generate` writes.
// Holds:  pure: the same metadata, rules and templates give the same bytes.
// See:    docs/design/generate.md ("Templates")
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "generate/merge.h"

namespace suikei::generate {

/// Content by path, relative to the project's folder.
using Files = std::map<std::string, std::string>;

/// A template: the project's own <project>/templates/<name>.sql, or the built-in one of that name.
struct Template {
  std::string name;  ///< "templates/cleansing.sql", as errors and generated files call it
  std::string source;
  bool for_project = false;  ///< rendered once, not for each table
  std::string when;          ///< wanted, secrets, casts; empty: always
  std::string to;            ///< path with {source}, {table}, {alias}
};

/// The built-in templates, each replaced by the project's of the same name, and the project's own.
/// `config` when a template's first comment does not say where its output goes.
Result<std::vector<Template>> find_templates(const std::filesystem::path& project);

/// Files that a project needs once and its people own from then on: dbt_project.yml, profiles.yml.
Files starting_files();

/// `config` naming template, line and table where a template fails.
Result<Files> render(const Merged& merged, const std::vector<Template>& templates,
                     const std::string& dialect);

}  // namespace suikei::generate
