#include "config/config.h"

#include <cstdlib>

#include "config/options.h"
#include "io/files.h"
#include "io/process.h"

namespace suikei::config {
namespace {

namespace fs = std::filesystem;
constexpr const char* file_name = "suikei.yaml";

std::string first_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

Result<std::string> run_secret_command(const std::string& command) {
  io::ProcessResult result = TRY(io::run_process({"/bin/sh", "-c", command}));
  if (result.exit_code == 0) return first_line(result.out);
  // Its output may hold the secret, so only its complaint is shown.
  Error error{ErrorKind::unavailable,
              fmt::format("password_command `{}` ended with exit code {}: {}", command, result.exit_code,
                          first_line(result.err)),
              "run it by hand to see what it lacks"};
  bool not_runnable = result.exit_code == 126 || result.exit_code == 127;
  if (not_runnable) error.kind = ErrorKind::config;
  return error;
}

}  // namespace

Result<std::string> Secret::resolve() const {
  if (!env.empty()) {
    const char* value = std::getenv(env.c_str());
    if (value) return std::string(value);
    return Error{ErrorKind::config, fmt::format("environment variable {} (password_env) is not set", env),
                 fmt::format("export {}=… before starting suikei", env)};
  }
  if (!file.empty()) {
    Result<std::string> content = io::read_file(file);
    if (content.ok()) return first_line(content.value());
    Error error = content.error().within("password_file");
    if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::config;
    return error;
  }
  if (!command.empty()) return run_secret_command(command);
  return std::string();
}

Result<const Source*> Project::find_source(const std::string& wanted) const {
  std::vector<std::string> names;
  for (const Source& source : sources) {
    if (source.name == wanted || (wanted.empty() && sources.size() == 1)) return &source;
    names.push_back(source.name);
  }
  std::string known = "sources of this project: " + join(names, ", ");
  if (wanted.empty()) return Error{ErrorKind::usage, "the project has several sources; name one", known};
  std::string near = nearest(wanted, names);
  return Error{ErrorKind::usage, fmt::format("there is no source `{}`", wanted),
               near.empty() ? known : fmt::format("did you mean `{}`?", near)};
}

Result<fs::path> find_project(const std::string& given) {
  std::error_code problem;
  if (!given.empty()) {
    fs::path folder = fs::absolute(given, problem).lexically_normal();
    if (folder.filename() == file_name) folder = folder.parent_path();
    if (!folder.has_filename()) folder = folder.parent_path();
    if (fs::exists(folder / file_name, problem)) return folder;
    return Error{ErrorKind::usage, fmt::format("there is no {} in {}", file_name, folder.string()),
                 "name the folder of a project, or make one with `suikei init`"};
  }
  fs::path start = fs::current_path(problem);
  for (fs::path folder = start;; folder = folder.parent_path()) {
    if (fs::exists(folder / file_name, problem)) return folder;
    if (folder == folder.parent_path()) break;
  }
  return Error{ErrorKind::usage, fmt::format("there is no {} in {} or above", file_name, start.string()),
               "change into a project, name one with --project, or make one with `suikei init`"};
}

Result<Project> parse_project(const std::string& yaml, const fs::path& folder) {
  std::error_code problem;
  Project project;
  project.folder = fs::absolute(folder, problem).lexically_normal();
  if (!project.folder.has_filename()) project.folder = project.folder.parent_path();
  project.lake.catalog = project.folder / "lake.sqlite";
  project.lake.data = project.folder / "data";
  try {
    YAML::Node root = YAML::Load(yaml);
    TRY(take_mapping(Context{project.folder}, root, project_options(), "the project", project));
    if (project.layers.empty()) project.layers = standard_layers();
  } catch (const YAML::Exception& error) {
    int line = error.mark.is_null() ? 1 : error.mark.line + 1;
    return Error{ErrorKind::config, fmt::format("suikei.yaml:{}: {}", line, error.msg),
                 "the file must be valid YAML"};
  }
  return project;
}

Result<Project> load_project(const fs::path& folder) {
  Result<std::string> content = io::read_file(folder / file_name);
  if (!content.ok()) {
    Error error = content.error();
    if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::config;
    return error;
  }
  return parse_project(content.value(), folder);
}

}  // namespace suikei::config
