#include "launcher/verbs/predict.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunPredict(const PredictOptions&, Console&) {
  throw Unsupported("lockstep predict: not in this build yet");
}

}  // namespace lockstep
