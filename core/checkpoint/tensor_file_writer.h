#pragma once

// Fills one safetensors file by all ranks: each tensor is written whole, by one of them.

#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/checkpoint/posix_file.h"
#include "core/checkpoint/safetensors_layout.h"
#include "core/checkpoint/tensor_completion.h"

namespace lockstep {

/// One a rank. A failed system call is kept until Finish, since the exchange needs this rank to the
/// end. Not thread-safe.
class TensorFileWriter {
 public:
  /// The file is there, with its header and full length.
  TensorFileWriter(const std::filesystem::path& path, SafetensorsLayout layout,
                   TensorCompletion completion);

  /// Collective. `packed` is this rank's packed slices; the tensor goes to its place in file order.
  void Write(const std::string& name, const ParameterPlace& place, std::span<const float> packed);
  /// Syncs and closes. Throws the first error of this rank.
  void Finish();

 private:
  SafetensorsLayout layout_;
  TensorCompletion completion_;
  std::optional<PosixFile> file_;
  std::exception_ptr error_;
};

}  // namespace lockstep
