#include "core/digest/sha256.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

// FIPS 180-4, examples of appendix B.
TEST(Sha256Test, MatchesThePublishedExamples) {
  Sha256 empty;
  EXPECT_EQ(empty.Hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 abc;
  abc.Add("a");
  abc.Add("bc");
  EXPECT_EQ(abc.Hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256Test, AddsNumbersLowestByteFirst) {
  Sha256 number;
  number.Add(std::uint64_t{0x0807060504030201});
  Sha256 bytes;
  bytes.Add("\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(number.Hex(), bytes.Hex());
}

}  // namespace
}  // namespace lockstep
