#pragma once

// What a device can do at most, measured: what the times of ops are held against. A back end's
// folder measures its own.

namespace lockstep {

struct Ceilings {
  double f32_flops = 0;         ///< multiply-adds in float32, times 2, per second
  double bf16_flops = 0;        ///< the same of bfloat16 factors; 0 where the device has no such
  double bytes_per_second = 0;  ///< to and from memory that no cache holds
};

}  // namespace lockstep
