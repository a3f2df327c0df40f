#pragma once

// Ranks end a phase together: where one fails, all throw, so that nobody waits for a peer that is
// gone. Used at the start of a job and by every part of a save.

#include <functional>

#include "core/communicator.h"

namespace lockstep {

/// Runs `body` on every rank and then agrees on its end: where it threw on some, the lowest of them
/// throws its own exception again and every other rank one of the same kind, whose text names that
/// rank: the same class of core/errors.h; SystemCallError with the same error number, also for
/// std::system_error and std::filesystem::filesystem_error; EnvironmentError for std::bad_alloc;
/// std::runtime_error for all else. So all ranks end with the same exit code. `body` does not leave
/// a collective call half done. A lone rank's exception passes unchanged. Collective.
void AgreeOnErrors(Communicator& communicator, const std::function<void()>& body);

}  // namespace lockstep
