#include "launcher/verbs/bench_step.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunBenchStep(const BenchStepOptions&, Console&) {
  throw Unsupported("lockstep bench step: not in this build yet");
}

}  // namespace lockstep
