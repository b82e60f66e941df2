// options.h — every key of the project file: its name, type, default, explanation and the code that takes
// it over.
// Why:     one table reads the file, names the nearest known key in an error, and writes the reference
//          page.
// Holds:   private to config; YAML nodes do not leave this module.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/text.h"
#include "config/config.h"

namespace suikei::config {

/// What readers of values need besides the value.
struct Context {
  std::filesystem::path folder;  ///< relative paths begin here; absolute
};

enum class Need { optional, required };

/// One key of a mapping that becomes a `T`.
template <typename T>
struct Option {
  const char* name;
  const char* alias;  ///< an older or other spelling; "" when there is none
  Need need;
  const char* type;      ///< for people: "text", "path", "list of shards"
  const char* fallback;  ///< what holds when it is left out, for people
  const char* text;      ///< what it is for
  Result<> (*take)(const Context& context, const YAML::Node& value, T& into);
};

/// `config` error at a node: "suikei.yaml:12: message".
Error error_at(const YAML::Node& node, const std::string& message, const std::string& hint = "");

const std::vector<Option<Project>>& project_options();
const std::vector<Option<Lake>>& lake_options();
const std::vector<Option<Source>>& source_options();
const std::vector<Option<Shard>>& shard_options();
const std::vector<Option<TableRule>>& rule_options();
const std::vector<Option<Secret>>& masking_options();
const std::vector<Option<Layer>>& layer_options();
/// Takes the list under `layers`.
Result<> take_layers(const Context& context, const YAML::Node& node, Project& into);

/// Holds the mapping against the table: unknown, repeated and missing keys are errors, the rest is taken
/// over.
template <typename T>
Result<> take_mapping(const Context& context, const YAML::Node& node, const std::vector<Option<T>>& options,
                      const std::string& what, T& into);

// Values. Each fails with the line, what was expected and what stands there.
Result<std::string> text_of(const YAML::Node& node);
Result<int64_t> integer_of(const YAML::Node& node, int64_t least, int64_t most);
Result<double> number_of(const YAML::Node& node, double least);
Result<bool> truth_of(const YAML::Node& node);
Result<double> duration_of(const YAML::Node& node, double bare_unit_seconds);
Result<std::string> zone_of(const YAML::Node& node);
Result<std::filesystem::path> path_of(const Context& context, const YAML::Node& node);
/// A name that may become part of a file name: letters, digits, `_`, `-`.
Result<std::string> name_of(const YAML::Node& node, std::string_view what);

// ---- the only template, kept here because five tables share it ----

Result<> check_keys(const YAML::Node& node, const std::vector<std::string>& known, const std::string& what);

template <typename T>
Result<> take_mapping(const Context& context, const YAML::Node& node, const std::vector<Option<T>>& options,
                      const std::string& what, T& into) {
  std::vector<std::string> known;
  for (const Option<T>& option : options) {
    known.push_back(option.name);
    if (*option.alias) known.push_back(option.alias);
  }
  TRY(check_keys(node, known, what));
  for (const Option<T>& option : options) {
    const char* key = option.name;
    if (*option.alias && node[option.alias]) {
      if (node[option.name]) {
        return error_at(node[option.alias],
                        fmt::format("{} has both `{}` and `{}`", what, option.name, option.alias),
                        fmt::format("they mean the same; keep `{}`", option.name));
      }
      key = option.alias;
    }
    const YAML::Node value = node[key];
    std::string meaning = fmt::format("`{}` ({}): {}", option.name, option.type, option.text);
    if (!value) {
      if (option.need == Need::optional) continue;
      return error_at(node, fmt::format("{} has no `{}`", what, option.name), meaning);
    }
    Result<> taken = option.take(context, value, into);
    if (taken.ok()) continue;
    Error error = taken.error();
    if (error.hint.empty()) error.hint = meaning;
    return error;
  }
  return ok();
}

}  // namespace suikei::config
