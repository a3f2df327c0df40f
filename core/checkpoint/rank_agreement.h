#pragma once

// Lets all ranks learn whether a part of a save worked everywhere, so that all go on or all give
// up.

#include <exception>

#include "core/communicator.h"

namespace lockstep {

/// Collective. `error` is null on a rank where all went well. Where any rank failed, throws on
/// every rank the text of the first one that did, as SystemCallError with its error number where
/// that is what it was, else OutputError.
void AgreeOnSuccess(Communicator& communicator, const std::exception_ptr& error);

}  // namespace lockstep
