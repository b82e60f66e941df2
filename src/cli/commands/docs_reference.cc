// suikei docs-reference DIR: writes the pages of docs/reference that the program knows better than anybody.
#include <memory>

#include "base/text.h"
#include "cli/cli.h"
#include "io/files.h"

namespace suikei::cli {

void add_docs_reference(CLI::App& app, Action& action) {
  auto folder = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("docs-reference", "write the generated reference pages");
  command->group("");  // for those who develop the program
  command->add_option("folder", *folder, "folder to write to")->required();
  command->callback([&action, folder] {
    action = [folder](const Global& global) {
      auto write = [&]() -> Result<> {
        TRY(io::make_folders(*folder));
        TRY(io::write_file_atomically(std::filesystem::path(*folder) / "project.md",
                                      config::reference_page()));
        return io::write_file_atomically(std::filesystem::path(*folder) / "commands.md", commands_page());
      };
      Result<> written = write();
      return written.ok() ? exit_done : fail(global, written.error());
    };
  });
}

}  // namespace suikei::cli
