// Stands in for the GPU back end in builds without CUDA.

#include "core/errors.h"
#include "cudnn_ops/cuda_backend.h"

namespace lockstep {

std::unique_ptr<Backend> MakeCudaBackend(int) {
  throw Unavailable(
      "backend: CUDNN was asked for, but this build of Lockstep has no CUDA; use backend: ONEDNN "
      "or a build made where the CUDA toolkit is installed");
}

bool HasCuda() { return false; }

}  // namespace lockstep
