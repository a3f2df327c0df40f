#include "launcher/verbs/env.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunEnv(const EnvOptions&, Console&) {
  throw Unsupported("lockstep env: not in this build yet");
}

}  // namespace lockstep
