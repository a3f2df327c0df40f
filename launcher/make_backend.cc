#include "launcher/make_backend.h"

#include <fmt/format.h>

#include "core/errors.h"
#include "cudnn_ops/cuda_backend.h"
#include "onednn_ops/onednn_backend.h"

namespace lockstep {
namespace {

bool UsesGpu(const Config& config) {
  switch (config.backend()) {
    case BackendChoice::AUTO:
      return HasCuda();
    case BackendChoice::ONEDNN:
      return false;
    case BackendChoice::CUDNN:
      return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Backend> MakeBackend(const Config& config, int local_rank) {
  if (UsesGpu(config)) return MakeCudaBackend(local_rank);
  return MakeOnednnBackend({config.threads_per_rank(), config.isa()});
}

Ceilings MeasureCeilings(const Config& config) {
  if (UsesGpu(config)) {
    throw Unsupported("--per-op: the ceilings of a GPU are not measured yet; use backend: ONEDNN");
  }
  return MeasureCpuCeilings({config.threads_per_rank(), config.isa()});
}

void CheckCommunicator(const Config& config, const Communicator& communicator) {
  switch (config.communicator()) {
    case CommunicatorChoice::AUTO:
      return;
    case CommunicatorChoice::SELF:
      if (communicator.size() == 1) return;
      throw ConfigError(
          fmt::format("communicator: SELF is for one rank, but a launcher started {}; "
                      "use AUTO or MPI",
                      communicator.size()));
    case CommunicatorChoice::MPI:
      if (communicator.name() == "mpi") return;
      throw EnvironmentError(
          "communicator: MPI needs ranks that a launcher started; run under "
          "`mpirun -n RANKS lockstep ...`, or use AUTO");
    case CommunicatorChoice::NCCL:
      throw Unavailable(
          "communicator: NCCL was asked for, but this build of Lockstep has no NCCL; "
          "use communicator: MPI, or a build made with the CUDA toolkit and NCCL");
  }
}

}  // namespace lockstep
