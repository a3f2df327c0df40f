#include "comm/message_pieces.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockstep {
namespace {

std::vector<std::int64_t> LengthsOf(const Tensor& data, std::int64_t piece_bytes) {
  std::vector<std::int64_t> lengths;
  std::byte* next = static_cast<std::byte*>(data.data());
  ForEachPiece(data, piece_bytes, [&](const Tensor& piece) {
    EXPECT_EQ(piece.data(), next);
    next += piece.bytes();
    lengths.push_back(piece.elements());
  });
  return lengths;
}

TEST(MessagePiecesTest, CutsAtThePieceLength) {
  std::vector<float> values(10);
  const Tensor data(values.data(), Shape{10}, DataType::kF32);
  EXPECT_EQ(LengthsOf(data, 16), (std::vector<std::int64_t>{16, 16, 8}));
  EXPECT_EQ(LengthsOf(data, 20), (std::vector<std::int64_t>{20, 20}));
  EXPECT_EQ(LengthsOf(data, 100), (std::vector<std::int64_t>{40}));
}

TEST(MessagePiecesTest, AnEmptyMessageHasNone) { EXPECT_TRUE(LengthsOf(Tensor(), 16).empty()); }

// Counts beyond 2^31 bytes; the memory is never touched.
TEST(MessagePiecesTest, CoversMoreThanAnIntCounts) {
  std::byte start{};
  const Tensor data(&start, Shape{std::int64_t{1} << 32}, DataType::kU8);
  std::int64_t total = 0;
  ForEachPiece(data, std::int64_t{1} << 30,
               [&](const Tensor& piece) { total += piece.elements(); });
  EXPECT_EQ(total, std::int64_t{1} << 32);
}

}  // namespace
}  // namespace lockstep
