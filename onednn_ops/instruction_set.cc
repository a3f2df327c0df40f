#include "onednn_ops/instruction_set.h"

#include <fmt/format.h>
#include <hwy/highway.h>

#include <oneapi/dnnl/dnnl.hpp>

#include "core/errors.h"
#include "onednn_ops/cpu_features.h"
#include "onednn_ops/onednn_backend.h"

namespace lockstep {
namespace {

dnnl::cpu_isa LibraryName(InstructionSet::Type isa) {
  switch (isa) {
    case InstructionSet::BEST:
      return dnnl::cpu_isa::isa_default;
    case InstructionSet::SSE41:
      return dnnl::cpu_isa::sse41;
    case InstructionSet::AVX2:
      return dnnl::cpu_isa::avx2;
    case InstructionSet::AVX512:
      return dnnl::cpu_isa::avx512_core;
    case InstructionSet::AVX512_BF16:
      return dnnl::cpu_isa::avx512_core_bf16;
    case InstructionSet::AVX512_FP16:
      return dnnl::cpu_isa::avx512_core_fp16;
    case InstructionSet::AVX512_AMX:
      return dnnl::cpu_isa::avx512_core_amx;
  }
  return dnnl::cpu_isa::isa_default;
}

// Highway's targets above `isa`, among those our kernels are compiled for.
std::int64_t TargetsAbove(InstructionSet::Type isa) {
  switch (isa) {
    case InstructionSet::SSE41:
      return HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL;
    case InstructionSet::AVX2:
      return HWY_AVX3 | HWY_AVX3_DL;
    case InstructionSet::BEST:
    case InstructionSet::AVX512:
    case InstructionSet::AVX512_BF16:
    case InstructionSet::AVX512_FP16:
    case InstructionSet::AVX512_AMX:
      return 0;
  }
  return 0;
}

void RestrictLibrary(InstructionSet::Type isa) {
  // Fails where a first primitive exists; then the library has settled, and must have settled on
  // `isa`.
  if (dnnl::set_max_cpu_isa(LibraryName(isa)) != dnnl::status::success &&
      dnnl::get_effective_cpu_isa() != LibraryName(isa)) {
    throw EnvironmentError(fmt::format(
        "isa: {} asked for, but oneDNN in this process has settled on another; give all back ends "
        "of a process the same isa",
        InstructionSet::Type_Name(isa)));
  }
}

}  // namespace

void RestrictInstructionSet(InstructionSet::Type isa) {
  if (!CpuHas(isa)) {
    throw EnvironmentError(fmt::format(
        "isa: {} asked for, this CPU's best is {}; set isa to that "
        "or lower, or use another machine",
        InstructionSet::Type_Name(isa), InstructionSet::Type_Name(BestInstructionSet())));
  }
  RestrictLibrary(isa);
  // Not repeated where nothing changes: it resets the dispatch of kernels that may be running.
  if ((hwy::SupportedTargets() & TargetsAbove(isa)) != 0) {
    hwy::DisableTargets(TargetsAbove(isa));
  }
}

}  // namespace lockstep
