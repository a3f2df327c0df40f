#pragma once

// Where each tensor stands in a safetensors file, known before any is written, so that several
// ranks can write their own tensors into one file.
//
// The format, from the README of https://github.com/huggingface/safetensors ("Format"):
//   file    = length header data
//   length  = number of bytes of header, unsigned 64 bit, lowest byte first; at most 100,000,000
//   header  = JSON object, begins with "{", padded at its end with spaces (0x20); here to a
//             multiple of 8
//   object  = { name: tensor, ..., optionally "__metadata__": { string: string, ... } }; no name
//             twice
//   tensor  = { "dtype": type, "shape": [extent, ...], "data_offsets": [begin, end] }
//   data    = elements in C order, lowest byte first; begin and end count bytes from the start of
//             data; the tensors cover data without holes and without overlaps; a scalar has the
//             shape []

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/data_type.h"
#include "core/graph/shape.h"

namespace lockstep {

/// A tensor to be laid into a file.
struct SafetensorsSpec {
  std::string name;
  DataType type = DataType::kF32;
  Shape shape;
};

/// A tensor in a file. `begin` and `end` are bytes from the start of the data.
struct SafetensorsTensor {
  std::string name;
  DataType type = DataType::kF32;
  Shape shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  friend bool operator==(const SafetensorsTensor&, const SafetensorsTensor&) = default;
};

/// A value. Tensors stand in the order given.
class SafetensorsLayout {
 public:
  static constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
  static constexpr std::string_view kMetadataName = "__metadata__";

  /// Throws std::invalid_argument where a name comes twice or is the reserved one.
  explicit SafetensorsLayout(const std::vector<SafetensorsSpec>& specs);

  const std::vector<SafetensorsTensor>& tensors() const { return tensors_; }
  /// The first bytes of the file: length and header.
  const std::string& header() const { return header_; }
  std::uint64_t file_bytes() const;
  /// Bytes from the start of the file. Throws std::out_of_range for a name that is not in the
  /// layout.
  std::uint64_t OffsetOf(std::string_view name) const;

 private:
  std::vector<SafetensorsTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::string header_;
};

}  // namespace lockstep
