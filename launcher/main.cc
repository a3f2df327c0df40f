// The program `lockstep`.

#include "launcher/command_line.h"

int main(int argc, char** argv) {
  return static_cast<int>(lockstep::RunCommandLine({argv, static_cast<std::size_t>(argc)}));
}
