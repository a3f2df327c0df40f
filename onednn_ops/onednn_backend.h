#pragma once

// The back end of the CPU cores of one rank: oneDNN and our own kernels. No vendor header shows
// through.

#include <cstdint>
#include <memory>

#include "configs/config.pb.h"
#include "core/device/backend.h"
#include "core/device/ceilings.h"

namespace lockstep {

/// How convolutions and dense layers multiply bfloat16 factors; sums are float32 in each case.
enum class Bf16Products : std::uint8_t {
  /// By the instruction set: in bfloat16 where that has an instruction for it, but for AVX512_FP16.
  /// CPUs with that one and without AMX (or with it left out) issue a bfloat16 product a quarter as
  /// often as a float32 one and get half the arithmetic out of it (Xeon of the fifth generation: 82
  /// against 170 GFLOP/s a core).
  kFastest,
  kInBf16,
  kInFloat32,
};

struct CpuOptions {
  /// OpenMP threads that compute one shard; at least 1. Part of the contract: bits depend on it.
  int threads = 1;
  /// Instruction set for oneDNN and our kernels alike. Must be the same for all back ends of a
  /// process: oneDNN takes it once.
  InstructionSet::Type isa = InstructionSet::BEST;
  Bf16Products bf16_products = Bf16Products::kFastest;
};

/// Throws EnvironmentError where the affinity mask holds fewer cores than `threads` or the CPU
/// lacks `isa`.
std::unique_ptr<Backend> MakeOnednnBackend(const CpuOptions& options);

/// What the cores of a back end of these options can do at most, measured in about two seconds:
/// float32 by multiply-adds on registers, bfloat16 by a matrix product of the library, memory by
/// the STREAM triad over 384 MiB. Throws as MakeOnednnBackend does, and Unavailable.
Ceilings MeasureCpuCeilings(const CpuOptions& options);

/// The best instruction set of this CPU; never BEST.
InstructionSet::Type BestInstructionSet();

/// Cores in this process's affinity mask.
int CoresInAffinityMask();

}  // namespace lockstep
