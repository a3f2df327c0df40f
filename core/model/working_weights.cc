#include "core/model/working_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/errors.h"
#include "core/graph/bfloat16.h"

namespace lockstep {
namespace {

void Round(std::span<const float> masters, Tensor weights) {
  if (weights.type() == DataType::kBF16) {
    std::transform(masters.begin(), masters.end(), weights.As<Bfloat16>().begin(), ToBfloat16);
  } else {
    std::copy(masters.begin(), masters.end(), weights.As<float>().begin());
  }
}

}  // namespace

WorkingWeights::WorkingWeights(const Plan& plan, Backend& backend) {
  if (plan.working_type != DataType::kF32 && plan.working_type != DataType::kBF16) {
    throw Unsupported(fmt::format("precision: working weights of {}; use BF16 or F32",
                                  NameOf(plan.working_type)));
  }
  for (const Bucket& bucket : plan.buckets) {
    Add(bucket.working, plan.working_type);
    Add(bucket.small, DataType::kF32);
  }
  buffer_ = backend.Allocate(next_byte_);
}

// Regions are whole blocks, so that any type keeps the next one aligned.
void WorkingWeights::Add(const Region& region, DataType type) {
  if (region.elements == 0) return;
  regions_.push_back({region, type, next_byte_});
  next_byte_ += static_cast<std::size_t>(region.elements) * SizeOf(type);
}

const WorkingWeights::TypedRegion& WorkingWeights::RegionOf(std::int64_t offset,
                                                            std::int64_t elements) const {
  const auto behind = std::upper_bound(
      regions_.begin(), regions_.end(), offset,
      [](std::int64_t sought, const TypedRegion& region) { return sought < region.region.offset; });
  if (behind != regions_.begin()) {
    const TypedRegion& found = *(behind - 1);
    if (offset + elements <= found.region.offset + found.region.elements) return found;
  }
  throw std::logic_error(fmt::format(
      "elements [{}, {}) of the gradient buffer are not of one region", offset, offset + elements));
}

Tensor WorkingWeights::Range(std::int64_t offset, std::int64_t elements) const {
  const TypedRegion& found = RegionOf(offset, elements);
  const auto within = static_cast<std::size_t>(offset - found.region.offset);
  return buffer_.View(found.first_byte + within * SizeOf(found.type), Shape{elements}, found.type);
}

Tensor WorkingWeights::Of(const ParameterPlace& place) const {
  return Range(place.offset, place.elements).Reshaped(place.shape);
}

void WorkingWeights::Load(Stream& stream, std::span<const float> masters) {
  std::vector<std::byte> rounded(bytes());
  for (const TypedRegion& region : regions_) {
    Round(masters.subspan(static_cast<std::size_t>(region.region.offset),
                          static_cast<std::size_t>(region.region.elements)),
          Tensor(rounded.data() + region.first_byte, Shape{region.region.elements}, region.type));
  }
  const Shape all{static_cast<std::int64_t>(rounded.size())};
  stream.Copy(buffer_.View(0, all, DataType::kU8), Tensor(rounded.data(), all, DataType::kU8));
  stream.Synchronize();
}

}  // namespace lockstep
