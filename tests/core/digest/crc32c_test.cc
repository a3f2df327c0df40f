#include "core/digest/crc32c.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace lockstep {
namespace {

std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span<const char>(text));
}

std::vector<std::byte> Ascending(int count) {
  std::vector<std::byte> bytes;
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(i));
  return bytes;
}

// RFC 3720, appendix B.4.
TEST(Crc32cTest, MatchesThePublishedVectors) {
  const std::vector<std::byte> zeros(32);
  const std::vector<std::byte> ones(32, std::byte{0xFF});
  std::vector<std::byte> descending = Ascending(32);
  std::reverse(descending.begin(), descending.end());
  for (const auto crc : {Crc32c, Crc32cByTable}) {
    EXPECT_EQ(crc(zeros, 0), 0x8A9136AAU);
    EXPECT_EQ(crc(ones, 0), 0x62A8AB43U);
    EXPECT_EQ(crc(Ascending(32), 0), 0x46DD794EU);
    EXPECT_EQ(crc(descending, 0), 0x113FDB5CU);
    EXPECT_EQ(crc(BytesOf("123456789"), 0), 0xE3069283U);
    EXPECT_EQ(crc({}, 0), 0U);
  }
}

TEST(Crc32cTest, TakesBytesInPieces) {
  const std::vector<std::byte> bytes = Ascending(101);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::span<const std::byte> all(bytes);
    EXPECT_EQ(Crc32c(all.subspan(cut), Crc32c(all.first(cut))), Crc32cByTable(all));
  }
}

}  // namespace
}  // namespace lockstep
