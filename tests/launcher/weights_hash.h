#pragma once

// What a rank has learnt, as one text to compare.

#include <cstddef>
#include <string>

#include "core/digest/sha256.h"
#include "launcher/replica.h"

namespace lockstep {

/// SHA-256 of working weights, statistics and control words without padding, which differs by the
/// number of ranks.
inline std::string WeightsHash(const Replica& replica) {
  Sha256 digest;
  for (const ParameterPlace& place : replica.plan().parameters) {
    const Tensor weights = replica.working().Of(place);
    digest.Add({static_cast<const std::byte*>(weights.data()), weights.bytes()});
  }
  return digest.Hex();
}

}  // namespace lockstep
