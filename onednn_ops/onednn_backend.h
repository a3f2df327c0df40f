#pragma once

// The back end of the CPU cores of one rank: oneDNN and our own kernels. No vendor header shows
// through.

#include <memory>

#include "configs/config.pb.h"
#include "core/device/backend.h"

namespace lockstep {

struct CpuOptions {
  /// OpenMP threads that compute one shard; at least 1. Part of the contract: bits depend on it.
  int threads = 1;
  /// Instruction set for oneDNN and our kernels alike. Must be the same for all back ends of a
  /// process: oneDNN takes it once.
  InstructionSet::Type isa = InstructionSet::BEST;
};

/// Throws EnvironmentError where the affinity mask holds fewer cores than `threads` or the CPU
/// lacks `isa`.
std::unique_ptr<Backend> MakeOnednnBackend(const CpuOptions& options);

/// The best instruction set of this CPU; never BEST.
InstructionSet::Type BestInstructionSet();

/// Cores in this process's affinity mask.
int CoresInAffinityMask();

}  // namespace lockstep
