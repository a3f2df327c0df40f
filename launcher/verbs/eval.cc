#include "launcher/verbs/eval.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunEval(const EvalOptions&, Console&) {
  throw Unsupported("lockstep eval: not in this build yet");
}

}  // namespace lockstep
