#include "onednn_ops/cpu_backend.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <omp.h>

#include "core/errors.h"
#include "onednn_ops/adam_update_rule.h"
#include "onednn_ops/aligned_memory.h"
#include "onednn_ops/block_update.h"
#include "onednn_ops/cpu_event.h"
#include "onednn_ops/cpu_features.h"
#include "onednn_ops/cpu_stream.h"
#include "onednn_ops/instruction_set.h"
#include "onednn_ops/kernels/block_norm.h"
#include "onednn_ops/kernels/ordered_sum.h"
#include "onednn_ops/make_op.h"
#include "onednn_ops/sgd_update_rule.h"
#include "onednn_ops/split_elements.h"

namespace lockstep {
namespace {

InstructionSet::Type Resolve(InstructionSet::Type isa) {
  const InstructionSet::Type resolved = isa == InstructionSet::BEST ? BestInstructionSet() : isa;
  RestrictInstructionSet(resolved);
  return resolved;
}

Bf16Products Resolve(Bf16Products products, InstructionSet::Type isa) {
  if (products != Bf16Products::kFastest) {
    return products;
  }
  switch (isa) {
    case InstructionSet::AVX512_BF16:
    case InstructionSet::AVX512_AMX:
      return Bf16Products::kInBf16;
    case InstructionSet::BEST:
    case InstructionSet::SSE41:
    case InstructionSet::AVX2:
    case InstructionSet::AVX512:
    case InstructionSet::AVX512_FP16:
      return Bf16Products::kInFloat32;
  }
  return Bf16Products::kInFloat32;
}

int CheckedThreads(int threads) {
  const int cores = CoresInAffinityMask();
  if (threads < 1 || threads > cores) {
    throw EnvironmentError(fmt::format(
        "threads_per_rank: {} asked for, the affinity mask of this process holds {} cores; start "
        "mpirun with --bind-to none, or set threads_per_rank to at most {}",
        threads, cores, cores));
  }
  if (threads > omp_get_thread_limit()) {
    throw EnvironmentError(
        fmt::format("threads_per_rank: {} asked for, OMP_THREAD_LIMIT is {}; unset it", threads,
                    omp_get_thread_limit()));
  }
  return threads;
}

std::string LibraryVersion() {
  const dnnl::version_t* version = dnnl::version();
  return fmt::format("{}.{}.{} {}", version->major, version->minor, version->patch, version->hash);
}

}  // namespace

CpuBackend::CpuBackend(const CpuOptions& options) : isa_(Resolve(options.isa)) {
  device_.threads = CheckedThreads(options.threads);
  device_.engine = dnnl::engine(dnnl::engine::kind::cpu, 0);
  device_.bf16_products = Resolve(options.bf16_products, isa_);
}

Buffer CpuBackend::Allocate(std::size_t bytes) { return AllocateAligned(bytes); }

Buffer CpuBackend::AllocateHost(std::size_t bytes) { return AllocateAligned(bytes); }

// The stream of the communication thread: what it sums must not wake a second team beside that of
// the compute thread.
std::unique_ptr<Stream> CpuBackend::NewStream(Priority priority) {
  CpuDevice device = device_;
  device.threads = priority == Priority::kHigh ? 1 : device_.threads;
  return std::make_unique<CpuStream>(device);
}

std::unique_ptr<Event> CpuBackend::NewEvent() { return std::make_unique<CpuEvent>(); }

std::unique_ptr<Op> CpuBackend::MakeOp(const NodeSpec& node) {
  SetTeamSize(device_.threads);  // the library plans for the caller's team
  return lockstep::MakeOp(node, device_);
}

std::unique_ptr<UpdateRule> CpuBackend::MakeUpdateRule(const OptimizerConfig& optimizer) {
  switch (optimizer.type()) {
    case OptimizerConfig::SGD:
      return std::make_unique<SgdUpdateRule>(optimizer);
    case OptimizerConfig::ADAM:
    case OptimizerConfig::ADAMW:
      return std::make_unique<AdamUpdateRule>(optimizer);
  }
  throw Unsupported(fmt::format("optimizer.type: {} has no form on back end onednn",
                                OptimizerConfig::Type_Name(optimizer.type())));
}

void CpuBackend::Sum(Stream& stream, Tensor out, std::span<const Tensor> terms,
                     const SumOrder& order) {
  CheckSum(out, terms, order);
  CpuStreamOf(stream).Enter();
  SplitElements(out.elements(), [&](ElementRange range) { SumInOrder(out, terms, order, range); });
}

void CpuBackend::SumSquaresOfBlocks(Stream& stream, Tensor sums, Tensor values) {
  const auto all = values.As<const float>();
  const auto out = sums.As<double>();
  if (all.size() != out.size() * kElementsOfBlock) {
    throw std::logic_error("sums of squares are one for each block of 1,024 elements");
  }
  CpuStreamOf(stream).Enter();
  SplitUnits(sums.elements(), kElementsOfBlock, [&](ElementRange blocks) {
    for (std::int64_t block = blocks.first; block < blocks.first + blocks.count; ++block) {
      const auto b = static_cast<std::size_t>(block);
      out[b] = SumSquares(all.subspan(b * kElementsOfBlock, kElementsOfBlock));
    }
  });
}

void CpuBackend::Replay(int /*stage*/, const std::function<void()>& enqueue) { enqueue(); }

std::map<std::string, std::string> CpuBackend::Contract() const {
  return {{"onednn", LibraryVersion()},
          {"cpu", CpuModel()},
          {"caches", CpuCaches()},
          {"isa", InstructionSet::Type_Name(isa_)},
          {"threads", std::to_string(device_.threads)},
          {"libc", gnu_get_libc_version()},
          {"build", fmt::format("{} {}", __VERSION__, LOCKSTEP_COMPILER_FLAGS)}};
}

}  // namespace lockstep
