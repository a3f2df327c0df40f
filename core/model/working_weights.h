#pragma once

// The weights that ops read: the rounding of the masters, on every rank whole. Written by the
// update and the gathers of the reducer, shared by the models of both phases.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/device/backend.h"
#include "core/plan/plan.h"

namespace lockstep {

/// The regions of the plan's buckets one behind the other, each at a multiple of 64 bytes: working
/// ones in Plan::working_type, small ones in float32. Allocates only when made; zero until loaded.
/// Not thread-safe; distinct ranges do not touch each other.
class WorkingWeights {
 public:
  WorkingWeights(const Plan& plan, Backend& backend);

  /// One parameter under its shape.
  Tensor Of(const ParameterPlace& place) const;
  /// `elements` from element `offset` of the gradient buffer on, in the type of their region.
  /// Throws std::logic_error unless one region holds them all.
  Tensor Range(std::int64_t offset, std::int64_t elements) const;
  /// Rounds `masters`, [gradient_elements] in host memory, to the nearest, ties to even. Returns
  /// when they are there.
  void Load(Stream& stream, std::span<const float> masters);

  std::size_t bytes() const { return buffer_.bytes(); }

 private:
  struct TypedRegion {
    Region region;
    DataType type = DataType::kF32;
    std::size_t first_byte = 0;
  };

  void Add(const Region& region, DataType type);
  const TypedRegion& RegionOf(std::int64_t offset, std::int64_t elements) const;

  std::vector<TypedRegion> regions_;  ///< in the order of the gradient buffer
  std::size_t next_byte_ = 0;
  Buffer buffer_;
};

}  // namespace lockstep
