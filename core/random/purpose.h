#pragma once

// The second word of a Philox counter: what a draw is for. Draws that belong to a node carry the
// node's number; all others one of these, so that no two ever share a counter.

#include <cstdint>

namespace lockstep {

/// Values are part of the contract of a run: never renumber. A purpose may use the 255 values
/// behind its own.
enum class Purpose : std::uint32_t {
  kPermutation = 0x80000000,   ///< order of the samples of an epoch; plus the round
  kGlyphs = 0x80000100,        ///< the generated data set
  kAugmentation = 0x80000200,  ///< random changes of training images
};

constexpr std::uint32_t PurposeWord(Purpose purpose) { return static_cast<std::uint32_t>(purpose); }

/// The word for parameter `index` of node `node`; equal to the node's number for its first
/// parameter. `node` below 2^24, `index` below 128.
constexpr std::uint32_t PurposeOfParameter(int node, int index) {
  return static_cast<std::uint32_t>(index) << 24 | static_cast<std::uint32_t>(node);
}

}  // namespace lockstep
