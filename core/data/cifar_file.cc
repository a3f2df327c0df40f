#include "core/data/cifar_file.h"

#include <fmt/format.h>

#include "core/errors.h"

namespace lockstep {

namespace {

constexpr std::size_t kPlaneBytes = 32 * 32;
constexpr std::size_t kPlanes = 3;

std::size_t LabelsOf(CifarVersion version) {
  switch (version) {
    case CifarVersion::kCifar10:
      return 1;
    case CifarVersion::kCifar100:
      return 2;
  }
  throw std::logic_error("unknown version of CIFAR");
}

const char* NameOf(CifarVersion version) {
  return version == CifarVersion::kCifar10 ? "CIFAR-10" : "CIFAR-100";
}

void InterleavePlanes(std::span<const std::uint8_t> planes, std::span<std::uint8_t> pixels) {
  for (std::size_t i = 0; i < kPlaneBytes; ++i) {
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      pixels[kPlanes * i + plane] = planes[kPlaneBytes * plane + i];
    }
  }
}

}  // namespace

CifarFile::CifarFile(const std::filesystem::path& path, CifarVersion version)
    : path_(path),
      version_(version),
      source_(OpenByteSource(path)),
      record_(LabelsOf(version) + kPlanes * kPlaneBytes) {}

std::optional<int> CifarFile::Next(std::span<std::uint8_t> pixels) {
  const std::size_t count = source_->Read(record_);
  if (count == 0 && records_ > 0) return std::nullopt;
  if (count < record_.size()) {
    throw DataError(fmt::format(
        "{}, record {}: expected {} bytes, as every record of a binary file of {} has, got {}",
        path_.string(), records_, record_.size(), NameOf(version_), count));
  }
  ++records_;
  const std::size_t labels = LabelsOf(version_);
  InterleavePlanes(std::span(record_).subspan(labels), pixels);
  return record_[labels - 1];
}

}  // namespace lockstep
