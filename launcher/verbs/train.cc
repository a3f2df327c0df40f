#include "launcher/verbs/train.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunTrain(const TrainOptions&, Console&) {
  throw Unsupported("lockstep train: not in this build yet");
}

}  // namespace lockstep
