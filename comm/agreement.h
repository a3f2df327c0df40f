#pragma once

// Ranks end a phase together: where one fails, all throw, so that nobody waits for a peer that is
// gone.

#include <functional>

#include "core/communicator.h"

namespace lockstep {

/// Runs `body` on every rank and then agrees on its end: where it threw on some, the lowest of them
/// throws its own exception again and every other rank an error of the same class of core/errors.h
/// (other exceptions become Error) whose text names that rank. `body` does not communicate.
/// Collective.
void AgreeOnErrors(Communicator& communicator, const std::function<void()>& body);

}  // namespace lockstep
