#pragma once

// Which cores this process may run on.

#include <string>

namespace lockstep {

/// The affinity mask as ranges of core numbers, "0-3,8". Empty where the system does not tell.
std::string AffinityMask();

}  // namespace lockstep
