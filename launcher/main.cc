// The program `lockstep`.

#include <csignal>

#include "launcher/command_line.h"

int main(int argc, char** argv) {
  // A file beyond the limit of the file size is then a failed call with a path to name, not a death
  // without a word.
  std::signal(SIGXFSZ, SIG_IGN);
  return static_cast<int>(lockstep::RunCommandLine({argv, static_cast<std::size_t>(argc)}));
}
