#include "core/checkpoint/safetensors_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace lockstep {
namespace {

static_assert(std::endian::native == std::endian::little,
              "tensors are written as they stand in memory");

constexpr std::size_t kAlignment = 8;

std::string LengthBytes(std::uint64_t length) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) {
    bytes.push_back(static_cast<char>((length >> shift) & 255U));
  }
  return bytes;
}

std::string JsonOf(const SafetensorsTensor& tensor) {
  return fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                     nlohmann::json(tensor.name).dump(), NameOf(tensor.type),
                     fmt::join(tensor.shape.extents(), ","), tensor.begin, tensor.end);
}

std::string HeaderOf(const std::vector<SafetensorsTensor>& tensors) {
  std::vector<std::string> entries;
  for (const SafetensorsTensor& tensor : tensors) entries.push_back(JsonOf(tensor));
  std::string json = fmt::format("{{{}}}", fmt::join(entries, ","));
  json.resize((json.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return LengthBytes(json.size()) + json;
}

}  // namespace

SafetensorsLayout::SafetensorsLayout(const std::vector<SafetensorsSpec>& specs) {
  std::uint64_t end = 0;
  for (const SafetensorsSpec& spec : specs) {
    const std::uint64_t begin = end;
    end += static_cast<std::uint64_t>(spec.shape.elements()) * SizeOf(spec.type);
    if (spec.name == kMetadataName || !by_name_.emplace(spec.name, tensors_.size()).second) {
      throw std::invalid_argument(
          fmt::format("a safetensors file cannot hold another tensor named {}", spec.name));
    }
    tensors_.push_back({spec.name, spec.type, spec.shape, begin, end});
  }
  header_ = HeaderOf(tensors_);
}

std::uint64_t SafetensorsLayout::file_bytes() const {
  return header_.size() + (tensors_.empty() ? 0 : tensors_.back().end);
}

std::uint64_t SafetensorsLayout::OffsetOf(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    throw std::out_of_range(fmt::format("the layout has no tensor {}", name));
  }
  return header_.size() + tensors_[found->second].begin;
}

}  // namespace lockstep
