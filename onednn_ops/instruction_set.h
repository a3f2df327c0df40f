#pragma once

// One instruction set for oneDNN and our kernels alike. Both libraries take it for the whole
// process.

#include "configs/config.pb.h"

namespace lockstep {

/// Restricts oneDNN and Highway to `isa`, which is not BEST. May be repeated with the same one.
/// Throws EnvironmentError where the CPU lacks it or oneDNN has settled on another.
void RestrictInstructionSet(InstructionSet::Type isa);

}  // namespace lockstep
