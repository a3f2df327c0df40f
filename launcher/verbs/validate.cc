#include "launcher/verbs/validate.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunValidate(const ValidateOptions&, Console&) {
  throw Unsupported("lockstep validate: not in this build yet");
}

}  // namespace lockstep
