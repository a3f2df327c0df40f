#pragma once

// Nothing to wait for: what a CPU stream was given has run when the call returns.

#include "core/device/stream.h"

namespace lockstep {

class CpuEvent final : public Event {};

}  // namespace lockstep
