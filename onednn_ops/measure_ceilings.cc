// What the cores of one back end can do at most: MeasureCpuCeilings of onednn_backend.h.

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <oneapi/dnnl/dnnl.hpp>

#include "onednn_ops/aligned_memory.h"
#include "onednn_ops/bound_primitive.h"
#include "onednn_ops/cpu_device.h"
#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/instruction_set.h"
#include "onednn_ops/kernels/ceiling_loops.h"
#include "onednn_ops/onednn_backend.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {
namespace {

using dnnl::memory;

// The most units a second over half a second of repeated calls of `work`, which returns its units:
// what disturbs a call makes it slower, never faster.
template <typename Work>
double MostPerSecond(const Work& work) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kLong(500);
  double most = 0;
  const auto begun = Clock::now();
  for (auto start = begun; start - begun < kLong;) {
    const double units = work();
    const auto end = Clock::now();
    most = std::max(most, units / std::chrono::duration<double>(end - start).count());
    start = end;
  }
  return most;
}

double MeasureF32Flops() {
  constexpr std::int64_t kRounds = 1 << 20;
  return MostPerSecond([] {
    double flops = 0;
    float sum = 0;
#pragma omp parallel reduction(+ : flops, sum)
    {
      const MultiplyAdds done = MultiplyAddOnRegisters(kRounds);
      flops += static_cast<double>(done.flops);
      sum += done.sum;
    }
    return sum > 0 ? flops : 0;
  });
}

// A matrix product that is large enough to hide its edges and small enough for the second cache.
double MeasureBf16Flops(const CpuDevice& device) {
  constexpr memory::dim kExtent = 1024;
  const memory::desc matrix({kExtent, kExtent}, memory::data_type::bf16, memory::format_tag::any);
  const dnnl::matmul::primitive_desc planned(device.engine, matrix, matrix, matrix,
                                             dnnl::primitive_attr(), /*allow_empty=*/true);
  if (!planned) {
    return 0;
  }
  const memory a(planned.src_desc(), device.engine);
  const memory b(planned.weights_desc(), device.engine);
  const memory product(planned.dst_desc(), device.engine);
  const CpuStream stream(device);
  const BoundPrimitive multiply(
      dnnl::matmul(planned), {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, product}});
  return MostPerSecond([&] {
    multiply.Run(stream.Enter());
    return 2.0 * kExtent * kExtent * kExtent;
  });
}

// Over more memory than caches hold.
double MeasureBytesPerSecond() {
  constexpr std::int64_t kElements = std::int64_t{32} << 20;
  constexpr std::size_t kBytes = kElements * sizeof(float);
  const Buffer buffers[] = {AllocateAligned(kBytes), AllocateAligned(kBytes),
                            AllocateAligned(kBytes)};
  return MostPerSecond([&] {
    SplitElements(kElements, [&](ElementRange range) {
      const auto part = [&](const Buffer& buffer) {
        return buffer.View(0, Shape{kElements}, DataType::kF32)
            .Range(range.first, range.count)
            .As<float>();
      };
      Triad(part(buffers[0]), part(buffers[1]), 0.5F, part(buffers[2]));
    });
    return 3.0 * kBytes;
  });
}

}  // namespace

Ceilings MeasureCpuCeilings(const CpuOptions& options) {
  RestrictInstructionSet(options.isa == InstructionSet::BEST ? BestInstructionSet() : options.isa);
  CpuDevice device;
  device.engine = dnnl::engine(dnnl::engine::kind::cpu, 0);
  device.threads = options.threads;
  SetTeamSize(device.threads);
  Ceilings ceilings;
  ceilings.f32_flops = MeasureF32Flops();
  ceilings.bf16_flops = MeasureBf16Flops(device);
  ceilings.bytes_per_second = MeasureBytesPerSecond();
  return ceilings;
}

}  // namespace lockstep
