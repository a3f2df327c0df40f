#pragma once

// What this build calls itself: to people (`lockstep --version`), to scripts (`lockstep env`).

#include <string_view>

namespace lockstep {

/// The version of this build, "0.1.0".
std::string_view Version();

}  // namespace lockstep
