// Renders every template of a folder with the context in `<name>.json`; prints all texts as one JSON object.
// usage: suikei_render_folder FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "sql/sql.h"

namespace {

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace suikei;
  if (argc != 2) return 2;
  sql::Templates templates = MUST(sql::Templates::create());
  std::map<std::string, std::filesystem::path> files;
  Json answers = Json::object();
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (entry.path().extension() == ".j2") files[entry.path().filename()] = entry.path();
  }
  for (const auto& [name, path] : files) {
    Result<> added = templates.add(name, read(path));
    if (!added) answers[name] = {{"error", added.error().message}};
  }
  for (const auto& [name, path] : files) {
    if (answers.contains(name)) continue;
    std::filesystem::path context = path;
    std::string variables = read(context.replace_extension(".json"));
    Result<std::string> text = templates.render(name, MUST(parse_json(variables.empty() ? "{}" : variables)));
    answers[name] = text ? Json{{"text", text.value()}} : Json{{"error", text.error().message}};
  }
  std::printf("%s\n", answers.dump().c_str());
}
