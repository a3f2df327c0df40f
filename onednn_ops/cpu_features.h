#pragma once

// What this CPU is, as far as arithmetic depends on it.

#include <string>

#include "configs/config.pb.h"

namespace lockstep {

/// Whether CPU and operating system support `isa`; BEST always.
bool CpuHas(InstructionSet::Type isa);

/// The maker's name of the CPU with family, model and stepping.
std::string CpuModel();

/// Size of each data cache and the hardware threads that share it, from the first level on: oneDNN
/// cuts its blocks by them. "48 KiB/2, 2048 KiB/2, 107520 KiB/128".
std::string CpuCaches();

}  // namespace lockstep
