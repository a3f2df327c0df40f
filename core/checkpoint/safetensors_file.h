#pragma once

// A safetensors file in memory, checked as a whole before any tensor is handed out. The format
// stands in core/checkpoint/safetensors_layout.h. Files of other programs come through here, so
// nothing in them is trusted.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/safetensors_layout.h"

namespace lockstep {

/// Holds the bytes rather than mapping the file: those that were checked against a checksum are
/// those that are used, and a file that somebody truncates meanwhile raises no signal. Thread-safe
/// once made.
class SafetensorsFile {
 public:
  /// `where` begins every message. Throws DataError at anything that the format forbids, at element
  /// types that Lockstep does not have, and at shapes of more than Shape::kMaxRank extents.
  SafetensorsFile(std::vector<std::byte> bytes, std::string where);

  /// Throws InputMissing where the file is not there.
  static SafetensorsFile Read(const std::filesystem::path& path);

  /// In the order of the data.
  const std::vector<SafetensorsTensor>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Null where there is none of that name.
  const SafetensorsTensor* Find(std::string_view name) const;
  /// The elements; not aligned for their type. `tensor` is one of tensors().
  std::span<const std::byte> Bytes(const SafetensorsTensor& tensor) const;
  /// Throws DataError naming the tensor where it is missing, of another type than F32 or of another
  /// shape.
  std::vector<float> Floats(std::string_view name, const Shape& shape) const;

 private:
  std::uint64_t ReadHeaderLength() const;
  void ReadHeader(std::string_view json);
  void CheckCover();
  [[noreturn]] void Refuse(const std::string& what) const;

  std::vector<std::byte> bytes_;
  std::string where_;
  std::size_t data_start_ = 0;
  std::vector<SafetensorsTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace lockstep
