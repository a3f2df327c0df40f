#include "launcher/verbs/checkpoint.h"

#include "core/errors.h"

namespace lockstep {

ExitCode RunCheckpointLs(const CheckpointOptions&, Console&) { throw Unsupported("not yet"); }
ExitCode RunCheckpointVerify(const CheckpointOptions&, Console&) { throw Unsupported("not yet"); }
ExitCode RunCheckpointHash(const CheckpointOptions&, Console&) { throw Unsupported("not yet"); }
ExitCode RunCheckpointDiff(const CheckpointOptions&, Console&) { throw Unsupported("not yet"); }

}  // namespace lockstep
