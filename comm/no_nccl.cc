// Stands in for NCCL in builds without CUDA.

#include "comm/communicators.h"
#include "core/errors.h"

namespace lockstep {

std::unique_ptr<Communicator> MakeNcclCommunicator(Communicator&, int) {
  throw Unavailable(
      "communicator: NCCL was asked for, but this build of Lockstep has no NCCL; use "
      "communicator: MPI, or a build made where the CUDA toolkit and NCCL are installed");
}

std::string NcclLibrary() { return ""; }

}  // namespace lockstep
