#include "onednn_ops/cpu_stream.h"

#include <omp.h>

#include <cstring>
#include <stdexcept>

namespace lockstep {

void CpuStream::Copy(Tensor to, Tensor from) {
  if (to.bytes() != from.bytes()) {
    throw std::logic_error("a copy needs as many bytes in its target as in its source");
  }
  if (to.bytes() > 0) {
    std::memmove(to.data(), from.data(), to.bytes());
  }
}

const dnnl::stream& CpuStream::Enter() const {
  SetTeamSize(threads_);
  return stream_;
}

void SetTeamSize(int threads) {
  omp_set_dynamic(0);
  omp_set_num_threads(threads);
}

}  // namespace lockstep
