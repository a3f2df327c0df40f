#include "core/checkpoint/tensor_file_writer.h"

#include <utility>

#include "core/checkpoint/tensor_permutation.h"
#include "core/errors.h"

namespace lockstep {

TensorFileWriter::TensorFileWriter(const std::filesystem::path& path, SafetensorsLayout layout,
                                   TensorCompletion completion)
    : layout_(std::move(layout)), completion_(std::move(completion)) {
  try {
    file_.emplace(path, PosixFile::Mode::kWrite);
  } catch (const Error&) {
    error_ = std::current_exception();
  }
}

void TensorFileWriter::Write(const std::string& name, const ParameterPlace& place,
                             std::span<const float> packed) {
  const std::vector<float> whole = completion_.Complete(place, packed);
  if (whole.empty() || error_ != nullptr) return;
  try {
    const std::vector<float> in_file_order = ToFileOrder(place.layout, whole);
    file_->WriteAt(std::as_bytes(std::span(in_file_order)), layout_.OffsetOf(name));
  } catch (const Error&) {
    error_ = std::current_exception();
  }
}

void TensorFileWriter::Finish() {
  if (error_ != nullptr) std::rethrow_exception(error_);
  file_->Sync();
  file_->Close();
}

}  // namespace lockstep
