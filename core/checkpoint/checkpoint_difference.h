#pragma once

// Where two checkpoints differ, tensor by tensor: `lockstep checkpoint diff`, the first question
// when two runs that must be equal are not.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

struct TensorDifference {
  std::string tensor;          ///< "model conv1.weight": stem of the file, name in it
  std::int64_t elements = 0;   ///< of the tensor; 0 where it is in one checkpoint alone
  std::int64_t differing = 0;  ///< elements whose bits differ
  double largest = 0;          ///< largest |a - b| of the float32 elements; NaN where one side is
  std::string why;             ///< "only in the first", "another shape or type"; else empty

  friend bool operator==(const TensorDifference&, const TensorDifference&) = default;
};

/// The tensors of model, optimizer and ema that are not the same bits in both folders, by file and
/// name; none where all are. Checks CRC-32C as it reads; throws DataError where a byte differs from
/// the manifest.
std::vector<TensorDifference> DifferencesBetween(const std::filesystem::path& first,
                                                 const std::filesystem::path& second);

}  // namespace lockstep
