#include "core/data/memory_dataset.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "core/digest/sha256.h"
#include "core/errors.h"

namespace lockstep {

namespace {

std::string DigestOf(const LabelledImages& images, int classes) {
  Sha256 digest;
  for (const std::int64_t number :
       {images.shape.height, images.shape.width, images.shape.channels,
        static_cast<std::int64_t>(images.labels.size()), static_cast<std::int64_t>(classes)}) {
    digest.Add(static_cast<std::uint64_t>(number));
  }
  digest.Add(std::as_bytes(std::span(images.labels)));
  digest.Add(std::as_bytes(std::span(images.pixels)));
  return digest.Hex();
}

void CheckSizes(const std::string& name, const LabelledImages& images) {
  if (images.labels.empty()) {
    throw DataError(fmt::format("{}: expected at least one record, got none", name));
  }
  const std::size_t expected = images.labels.size() * BytesOf(images.shape);
  if (images.pixels.size() != expected) {
    throw DataError(fmt::format("{}: expected {} bytes of pixels for {} labels, got {}", name,
                                expected, images.labels.size(), images.pixels.size()));
  }
}

}  // namespace

MemoryDataset::MemoryDataset(std::string name, LabelledImages images, int classes)
    : name_(std::move(name)), images_(std::move(images)), classes_(classes) {
  CheckSizes(name_, images_);
  for (std::size_t i = 0; i < images_.labels.size(); ++i) {
    if (images_.labels[i] < 0 || images_.labels[i] >= classes_) {
      throw DataError(fmt::format("{}, record {}: expected a label from 0 to {}, got {}", name_, i,
                                  classes_ - 1, images_.labels[i]));
    }
  }
  digest_ = DigestOf(images_, classes_);
}

std::int64_t MemoryDataset::size() const {
  return static_cast<std::int64_t>(images_.labels.size());
}

ImageShape MemoryDataset::image_shape() const { return images_.shape; }

int MemoryDataset::classes() const { return classes_; }

std::int32_t MemoryDataset::Read(std::int64_t record, std::span<std::uint8_t> pixels) const {
  const std::size_t bytes = BytesOf(images_.shape);
  std::memcpy(pixels.data(), images_.pixels.data() + static_cast<std::size_t>(record) * bytes,
              bytes);
  return LabelOf(record);
}

std::int32_t MemoryDataset::LabelOf(std::int64_t record) const {
  return images_.labels[static_cast<std::size_t>(record)];
}

std::string MemoryDataset::Describe(std::int64_t record) const {
  return fmt::format("{}, record {}", name_, record);
}

std::string MemoryDataset::digest() const { return digest_; }

}  // namespace lockstep
