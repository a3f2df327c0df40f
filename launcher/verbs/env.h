#pragma once

// `lockstep env`: what this build and this machine offer.

#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

struct EnvOptions {
  bool json = false;
};

ExitCode RunEnv(const EnvOptions& options, Console& console);

}  // namespace lockstep
