#pragma once

// What every op of this back end is made with: the library's engine and the size of the OpenMP
// team.

#include <oneapi/dnnl/dnnl.hpp>

namespace lockstep {

/// A value; copies share the engine.
struct CpuDevice {
  dnnl::engine engine;
  int threads = 1;
};

}  // namespace lockstep
