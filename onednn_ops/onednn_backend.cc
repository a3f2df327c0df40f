#include "onednn_ops/onednn_backend.h"

#include <sched.h>

#include "onednn_ops/cpu_backend.h"
#include "onednn_ops/cpu_features.h"

namespace lockstep {

std::unique_ptr<Backend> MakeOnednnBackend(const CpuOptions& options) {
  return std::make_unique<CpuBackend>(options);
}

InstructionSet::Type BestInstructionSet() {
  for (const InstructionSet::Type isa :
       {InstructionSet::AVX512_AMX, InstructionSet::AVX512_FP16, InstructionSet::AVX512_BF16,
        InstructionSet::AVX512, InstructionSet::AVX2}) {
    if (CpuHas(isa)) {
      return isa;
    }
  }
  return InstructionSet::SSE41;
}

int CoresInAffinityMask() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) {
    return 1;  // more cores than the mask has bits for: the caller's check names what it asked for
  }
  return CPU_COUNT(&mask);
}

}  // namespace lockstep
