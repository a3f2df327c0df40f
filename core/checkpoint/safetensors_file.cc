#include "core/checkpoint/safetensors_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "core/checkpoint/file_system.h"
#include "core/checkpoint/json_fields.h"
#include "core/checkpoint/strict_json.h"
#include "core/errors.h"

namespace lockstep {
namespace {

constexpr std::size_t kLengthBytes = 8;

std::optional<DataType> TypeNamed(std::string_view name) {
  for (const DataType type : {DataType::kF32, DataType::kBF16, DataType::kF16, DataType::kF64,
                              DataType::kI32, DataType::kI64, DataType::kU8}) {
    if (NameOf(type) == name) return type;
  }
  return std::nullopt;
}

std::uint64_t UnsignedOf(const nlohmann::json& value, const std::string& where) {
  if (!value.is_number_unsigned()) {
    throw DataError(
        fmt::format("{}: expected an integer that is not negative, got {}", where, value.dump()));
  }
  return value.get<std::uint64_t>();
}

Shape ShapeOf(const nlohmann::json& array, const std::string& where) {
  if (array.size() > Shape::kMaxRank) {
    throw DataError(
        fmt::format("{}: at most {} extents, got {}", where, Shape::kMaxRank, array.size()));
  }
  std::vector<std::int64_t> extents;
  for (const nlohmann::json& extent : array) {
    const std::uint64_t value = UnsignedOf(extent, where);
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      throw DataError(fmt::format("{}: the extent {} is too large", where, value));
    }
    extents.push_back(static_cast<std::int64_t>(value));
  }
  return Shape(extents);
}

/// Nothing where the product passes 2^64.
std::optional<std::uint64_t> BytesOf(const Shape& shape, DataType type) {
  std::uint64_t bytes = SizeOf(type);
  for (const std::int64_t extent : shape.extents()) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes)) {
      return std::nullopt;
    }
  }
  return bytes;
}

SafetensorsTensor TensorOf(const std::string& name, const nlohmann::json& entry,
                           const std::string& where) {
  JsonFields fields(entry, where);
  const std::string type_name = fields.Text("dtype");
  const std::optional<DataType> type = TypeNamed(type_name);
  if (!type) throw DataError(fmt::format("{}: the type {} is not supported", where, type_name));
  const Shape shape = ShapeOf(fields.Array("shape"), where);
  const nlohmann::json& offsets = fields.Array("data_offsets");
  fields.RefuseUnread();
  if (offsets.size() != 2) {
    throw DataError(fmt::format("{}: expected two data_offsets, got {}", where, offsets.size()));
  }
  const std::uint64_t begin = UnsignedOf(offsets[0], where);
  const std::uint64_t end = UnsignedOf(offsets[1], where);
  const std::optional<std::uint64_t> bytes = BytesOf(shape, *type);
  if (begin > end || !bytes || end - begin != *bytes) {
    throw DataError(fmt::format("{}: data_offsets [{}, {}] do not fit {} of shape {}", where, begin,
                                end, type_name, ToText(shape)));
  }
  return {name, *type, shape, begin, end};
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::vector<std::byte> bytes, std::string where)
    : bytes_(std::move(bytes)), where_(std::move(where)) {
  const std::uint64_t header_bytes = ReadHeaderLength();
  data_start_ = kLengthBytes + header_bytes;
  ReadHeader({reinterpret_cast<const char*>(bytes_.data()) + kLengthBytes, header_bytes});
  CheckCover();
}

SafetensorsFile SafetensorsFile::Read(const std::filesystem::path& path) {
  return SafetensorsFile(ReadBytes(path), path.string());
}

std::uint64_t SafetensorsFile::ReadHeaderLength() const {
  if (bytes_.size() < kLengthBytes) {
    Refuse(fmt::format("expected at least {} bytes, got {}", kLengthBytes, bytes_.size()));
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes_.data(), sizeof(length));
  const std::uint64_t available = bytes_.size() - kLengthBytes;
  if (length > std::min<std::uint64_t>(available, SafetensorsLayout::kMaxHeaderBytes)) {
    Refuse(fmt::format("a header of {} bytes does not fit a file of {} bytes and the limit of {}",
                       length, bytes_.size(), SafetensorsLayout::kMaxHeaderBytes));
  }
  return length;
}

void SafetensorsFile::ReadHeader(std::string_view json) {
  if (json.empty() || json.front() != '{') Refuse("the header does not begin with {");
  const nlohmann::json header = ParseStrictJson(json, where_);
  for (const auto& [name, entry] : header.items()) {
    const std::string place = fmt::format("{}: tensor \"{}\"", where_, name);
    if (name != SafetensorsLayout::kMetadataName) {
      tensors_.push_back(TensorOf(name, entry, place));
      continue;
    }
    JsonFields fields(entry, place);
    for (const auto& [key, value] : entry.items()) metadata_[key] = fields.Text(key);
  }
}

void SafetensorsFile::CheckCover() {
  std::sort(tensors_.begin(), tensors_.end(),
            [](const SafetensorsTensor& a, const SafetensorsTensor& b) {
              return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
            });
  std::uint64_t covered = 0;
  for (const SafetensorsTensor& tensor : tensors_) {
    if (tensor.begin != covered) {
      Refuse(fmt::format("tensor \"{}\" begins at byte {}, expected {}: a hole or an overlap",
                         tensor.name, tensor.begin, covered));
    }
    covered = tensor.end;
  }
  const std::uint64_t data_bytes = bytes_.size() - data_start_;
  if (covered != data_bytes) {
    Refuse(fmt::format("the tensors cover {} bytes, the file holds {}", covered, data_bytes));
  }
}

const SafetensorsTensor* SafetensorsFile::Find(std::string_view name) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(),
                                  [&](const SafetensorsTensor& t) { return t.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

std::span<const std::byte> SafetensorsFile::Bytes(const SafetensorsTensor& tensor) const {
  return std::span(bytes_).subspan(data_start_ + tensor.begin, tensor.end - tensor.begin);
}

std::vector<float> SafetensorsFile::Floats(std::string_view name, const Shape& shape) const {
  const SafetensorsTensor* tensor = Find(name);
  if (tensor == nullptr) {
    Refuse(fmt::format("the tensor \"{}\" of shape {} is missing", name, ToText(shape)));
  }
  if (tensor->type != DataType::kF32 || tensor->shape != shape) {
    Refuse(fmt::format("tensor \"{}\": expected F32 {}, got {} {}", name, ToText(shape),
                       NameOf(tensor->type), ToText(tensor->shape)));
  }
  std::vector<float> floats(static_cast<std::size_t>(shape.elements()));
  const std::span<const std::byte> bytes = Bytes(*tensor);
  if (!bytes.empty()) std::memcpy(floats.data(), bytes.data(), bytes.size());
  return floats;
}

void SafetensorsFile::Refuse(const std::string& what) const {
  throw DataError(fmt::format("{} is not a safetensors file that can be used: {}", where_, what));
}

}  // namespace lockstep
