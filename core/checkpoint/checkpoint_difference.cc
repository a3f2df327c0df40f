#include "core/checkpoint/checkpoint_difference.h"

#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "core/checkpoint/checkpoint_layout.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/safetensors_file.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// One tensor and its bytes.
struct StoredTensor {
  DataType type = DataType::kF32;
  Shape shape;
  std::span<const std::byte> bytes;
};

// All tensors of a checkpoint by "<file> <name>".
class StoredTensors {
 public:
  explicit StoredTensors(const fs::path& checkpoint) {
    const Manifest manifest = Manifest::Read(checkpoint);
    for (const ManifestFile& file : manifest.files()) {
      if (file.name != kModelFile && file.name != kOptimizerFile && file.name != kEmaFile) continue;
      const fs::path path = checkpoint / file.name;
      files_.emplace_back(manifest.ReadFile(checkpoint, file.name), path.string());
      stems_.push_back(path.stem().string());
    }
    for (std::size_t i = 0; i < files_.size(); ++i) {
      for (const SafetensorsTensor& tensor : files_[i].tensors()) {
        tensors_[stems_[i] + " " + tensor.name] = {tensor.type, tensor.shape,
                                                   files_[i].Bytes(tensor)};
      }
    }
  }

  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  const StoredTensor* Find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }

 private:
  std::vector<SafetensorsFile> files_;
  std::vector<std::string> stems_;
  std::map<std::string, StoredTensor> tensors_;
};

// The distance of element `i`, whose bits differ.
double DistanceAt(const StoredTensor& a, const StoredTensor& b, std::size_t i) {
  float x = 0;
  float y = 0;
  std::memcpy(&x, a.bytes.data() + i * sizeof(float), sizeof(float));
  std::memcpy(&y, b.bytes.data() + i * sizeof(float), sizeof(float));
  return std::fabs(static_cast<double>(x) - static_cast<double>(y));
}

// Counts into `difference`.
void CompareElements(const StoredTensor& a, const StoredTensor& b, TensorDifference& difference) {
  const std::size_t size = SizeOf(a.type);
  for (std::size_t i = 0; i < a.bytes.size() / size; ++i) {
    if (std::memcmp(a.bytes.data() + i * size, b.bytes.data() + i * size, size) == 0) continue;
    ++difference.differing;
    if (a.type != DataType::kF32) continue;
    const double distance = DistanceAt(a, b, i);
    if (std::isnan(distance) || distance > difference.largest) difference.largest = distance;
  }
}

std::optional<TensorDifference> Compare(const std::string& name, const StoredTensor* a,
                                        const StoredTensor* b) {
  TensorDifference difference;
  difference.tensor = name;
  if (a == nullptr || b == nullptr) {
    difference.why = a == nullptr ? "only in the second" : "only in the first";
    return difference;
  }
  difference.elements = a->shape.elements();
  if (a->type != b->type || !(a->shape == b->shape)) {
    difference.why = "another shape or type";
    return difference;
  }
  CompareElements(*a, *b, difference);
  if (difference.differing == 0) return std::nullopt;
  return difference;
}

}  // namespace

std::vector<TensorDifference> DifferencesBetween(const fs::path& first, const fs::path& second) {
  const StoredTensors a(first);
  const StoredTensors b(second);
  std::vector<TensorDifference> differences;
  for (const auto& [name, tensor] : a.tensors()) {
    if (auto difference = Compare(name, &tensor, b.Find(name))) differences.push_back(*difference);
  }
  for (const auto& [name, tensor] : b.tensors()) {
    if (a.Find(name) == nullptr) differences.push_back(*Compare(name, nullptr, &tensor));
  }
  return differences;
}

}  // namespace lockstep
