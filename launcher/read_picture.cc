#include "launcher/read_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "core/data/idx_file.h"
#include "core/errors.h"
#include "core/image/pnm.h"

namespace lockstep {
namespace {

/// A record of an IDX file, as the command line names it.
struct IdxRecord {
  std::filesystem::path file;
  std::int64_t record = 0;
};

/// Nothing where `name` is a file by itself or does not end in a colon and a number.
std::optional<IdxRecord> ParseIdxRecord(const std::string& name) {
  const std::size_t colon = name.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(name)) return std::nullopt;
  IdxRecord record{name.substr(0, colon), 0};
  const char* last = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + colon + 1, last, record.record);
  if (parsed.ec != std::errc() || parsed.ptr != last) return std::nullopt;
  return record;
}

Image ReadIdxRecord(const IdxRecord& record) {
  const IdxArray array = ReadIdxFile(record.file, 3);
  if (record.record < 0 || record.record >= array.extents[0]) {
    throw DataError(fmt::format("{}: expected a record from 0 to {}, got {}", record.file.string(),
                                array.extents[0] - 1, record.record));
  }
  Image image{array.extents[1], array.extents[2], 1, {}};
  const std::int64_t bytes = image.height * image.width;
  const auto first = array.values.begin() + record.record * bytes;
  image.pixels.assign(first, first + bytes);
  return image;
}

std::vector<std::uint8_t> GreyToRgb(const std::vector<std::uint8_t>& grey) {
  std::vector<std::uint8_t> rgb;
  rgb.reserve(grey.size() * 3);
  for (std::uint8_t value : grey) rgb.insert(rgb.end(), 3, value);
  return rgb;
}

/// L = (19595 R + 38470 G + 7471 B + 2^15) / 2^16: ITU-R BT.601 as Pillow's convert("L") computes
/// it.
std::vector<std::uint8_t> RgbToGrey(const std::vector<std::uint8_t>& rgb) {
  std::vector<std::uint8_t> grey(rgb.size() / 3);
  for (std::size_t pixel = 0; pixel < grey.size(); ++pixel) {
    const std::uint32_t luma = 19595U * rgb[3 * pixel] + 38470U * rgb[3 * pixel + 1] +
                               7471U * rgb[3 * pixel + 2] + 0x8000U;
    grey[pixel] = static_cast<std::uint8_t>(luma >> 16);
  }
  return grey;
}

}  // namespace

std::vector<std::uint8_t> ReadPicture(const std::string& name, const ImageShape& shape) {
  const auto record = ParseIdxRecord(name);
  Image image = record ? ReadIdxRecord(*record) : ReadPnm(name);
  if (image.height != shape.height || image.width != shape.width) {
    throw DataError(
        fmt::format("{}: expected a picture of {} x {} pixels (height x width), got {} x "
                    "{}; resize it first",
                    name, shape.height, shape.width, image.height, image.width));
  }
  if (image.channels == shape.channels) return std::move(image.pixels);
  return shape.channels == 3 ? GreyToRgb(image.pixels) : RgbToGrey(image.pixels);
}

}  // namespace lockstep
