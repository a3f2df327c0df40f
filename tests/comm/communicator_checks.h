#pragma once

// What every communicator must do, as one body over all of them.

#include "core/communicator.h"

namespace lockstep {

/// Makes each kind of call and throws std::runtime_error naming the first that went wrong.
/// Collective.
void CheckCommunicator(Communicator& communicator);

}  // namespace lockstep
