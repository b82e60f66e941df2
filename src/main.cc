#include "cli/cli.h"

int main(int argc, char** argv) {
  return suikei::cli::run(argc, argv);
}
