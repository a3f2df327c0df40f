#pragma once

// Loops that do one thing as fast as the CPU can: what MeasureCpuCeilings times.

#include <cstdint>
#include <span>

namespace lockstep {

/// What a loop on registers did.
struct MultiplyAdds {
  std::int64_t flops = 0;  ///< multiply-adds times 2
  float sum = 0;           ///< of all registers: the proof that the work was done
};

/// `rounds` multiply-adds in each of as many independent chains as keep the units busy; touches no
/// memory.
MultiplyAdds MultiplyAddOnRegisters(std::int64_t rounds);

/// out = a + factor * b, McCalpin's STREAM triad (https://www.cs.virginia.edu/stream/ref.html): 12
/// bytes of traffic an element. All have the same number of elements.
void Triad(std::span<const float> a, std::span<const float> b, float factor, std::span<float> out);

}  // namespace lockstep
