#include "launcher/verbs/plan.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunPlan(const PlanVerbOptions&, Console&) {
  throw Unsupported("lockstep plan: not in this build yet");
}

}  // namespace lockstep
