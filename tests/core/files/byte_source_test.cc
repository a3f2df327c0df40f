#include "core/files/byte_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "core/errors.h"
#include "tests/core/gzip.h"
#include "tests/core/thrown_message.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

/// Reads in pieces of 1,000 bytes until the source ends.
std::string ReadAll(const std::filesystem::path& path) {
  const auto source = OpenByteSource(path);
  std::string all;
  std::vector<std::uint8_t> piece(1000);
  std::size_t count = 0;
  do {
    count = source->Read(piece);
    all.append(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
  } while (count == piece.size());
  return all;
}

std::string SomeBytes(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i * i / 7);
  return bytes;
}

TEST(ByteSourceTest, ReadsPlainAndPackedFilesAlike) {
  const TemporaryFolder folder;
  const std::string bytes = SomeBytes(300000);
  EXPECT_EQ(ReadAll(folder.Write("plain", bytes)), bytes);
  EXPECT_EQ(ReadAll(folder.Write("packed", Gzip(bytes))), bytes);
  EXPECT_EQ(ReadAll(folder.Write("empty", "")), "");
  EXPECT_EQ(ReadAll(folder.Write("packed_empty", Gzip(""))), "");
}

TEST(ByteSourceTest, ReadsMembersThatFollowEachOther) {
  const TemporaryFolder folder;
  EXPECT_EQ(ReadAll(folder.Write("two", Gzip("first ") + Gzip("second"))), "first second");
}

TEST(ByteSourceTest, RefusesBytesBehindTheStream) {
  const TemporaryFolder folder;
  EXPECT_THROW(ReadAll(folder.Write("tail", Gzip("bytes") + "x")), DataError);
  EXPECT_THROW(ReadAll(folder.Write("tail", Gzip("bytes") + "\x1f")), DataError);
}

TEST(ByteSourceTest, RefusesEveryTruncationOfAStream) {
  const TemporaryFolder folder;
  const std::string packed = Gzip(SomeBytes(200));
  for (std::size_t size = 2; size < packed.size(); ++size) {
    EXPECT_THROW(ReadAll(folder.Write("cut", packed.substr(0, size))), DataError) << size;
  }
}

// Some bits of a stream say nothing, so a few changes may go unnoticed, but none may yield other
// bytes.
TEST(ByteSourceTest, NeverReadsOtherBytesFromADamagedStream) {
  const TemporaryFolder folder;
  const std::string bytes = SomeBytes(200);
  const std::string packed = Gzip(bytes);
  std::size_t refused = 0;
  for (std::size_t i = 2; i < packed.size(); ++i) {
    std::string damaged = packed;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    try {
      EXPECT_EQ(ReadAll(folder.Write("damaged", damaged)), bytes) << i;
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, packed.size() - 12);
}

TEST(ByteSourceTest, TellsMissingFilesFromUnreadableOnes) {
  const TemporaryFolder folder;
  EXPECT_THROW(OpenByteSource(folder.path() / "none"), InputMissing);
  EXPECT_THROW(OpenByteSource(folder.Write("file", "") / "below"), InputMissing);
  EXPECT_THAT(ThrownMessage<InputMissing>([&] { OpenByteSource(folder.path()); }),
              HasSubstr("expected a file, got a folder"));
  const std::filesystem::path pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ThrownMessage<InputMissing>([&] { OpenByteSource(pipe); }), HasSubstr("a pipe"));
}

}  // namespace
}  // namespace lockstep
