#pragma once

// Ranks end a phase together: where one fails, all throw, so that nobody waits for a peer that is
// gone.

#include <functional>

#include "core/communicator.h"

namespace lockstep {

/// Runs `body` on every rank and then agrees on its end: where it threw on some, every rank throws
/// the error of the lowest of them, of the same class of core/errors.h (other exceptions become
/// Error). The text names that rank unless this is it. `body` does not communicate. Collective.
void AgreeOnErrors(Communicator& communicator, const std::function<void()>& body);

}  // namespace lockstep
