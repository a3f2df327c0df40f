#pragma once

// A picture as every reader of pictures returns it.

#include <cstdint>
#include <vector>

namespace lockstep {

struct Image {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;         ///< 1: grey, 3: red, green, blue
  std::vector<std::uint8_t> pixels;  ///< [height, width, channels]
};

}  // namespace lockstep
