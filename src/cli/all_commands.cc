// The commands of the program, in the order in which one meets them. A new one is a file in commands/ and two
// lines here.
#include "cli/cli.h"

namespace suikei::cli {

void add_init(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_lab(CLI::App& app, Action& action);
void add_collect(CLI::App& app, Action& action);
void add_publish(CLI::App& app, Action& action);
void add_status(CLI::App& app, Action& action);
void add_sql(CLI::App& app, Action& action);
void add_describe(CLI::App& app, Action& action);
void add_generate(CLI::App& app, Action& action);
void add_build(CLI::App& app, Action& action);
void add_docs_reference(CLI::App& app, Action& action);

void add_all_commands(CLI::App& app, Action& action) {
  for (AddCommand add : {add_init, add_doctor, add_lab, add_collect, add_publish, add_status, add_sql,
                         add_describe, add_generate, add_build, add_docs_reference}) {
    add(app, action);
  }
}

}  // namespace suikei::cli
