#include "core/checkpoint/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checkpoint/file_system.h"
#include "core/checkpoint/posix_file.h"
#include "core/digest/sha256.h"
#include "core/errors.h"
#include "tests/temporary_folder.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using Level = Manifest::Level;

void WriteText(const std::filesystem::path& path, const std::string& text) {
  PosixFile(path, PosixFile::Mode::kCreateOrReplace).WriteAt(text, 0);
}

/// A sealed folder with an empty, a small and (by its name) a file in the middle.
class ManifestTest : public testing::Test {
 protected:
  ManifestTest() {
    WriteText(folder_ / "model.safetensors", std::string(300, 'm') + '\x01');
    WriteText(folder_ / "empty", "");
    WriteText(folder_ / "state.json", "{}\n");
    WriteText(folder_ / "MANIFEST", Manifest::OfFolder(folder_.path()).ToText());
  }

  std::string ErrorAt(Level level) const {
    try {
      Manifest::Read(folder_.path()).Verify(folder_.path(), level);
    } catch (const Error& error) {
      return error.what();
    }
    return "valid";
  }

  TemporaryFolder folder_;
};

TEST_F(ManifestTest, AcceptsWhatItSealed) {
  EXPECT_EQ(ErrorAt(Level::kCrc), "valid");
  EXPECT_EQ(ErrorAt(Level::kSha256), "valid");
}

TEST_F(ManifestTest, RefusesEveryFlippedBit) {
  for (const std::filesystem::path& path : ListFolder(folder_.path())) {
    const std::string text = ReadText(path);
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
      WriteText(path, changed);
      ASSERT_NE(ErrorAt(Level::kCrc), "valid") << path << " byte " << i;
    }
    WriteText(path, text);
  }
  EXPECT_EQ(ErrorAt(Level::kSha256), "valid");
}

TEST_F(ManifestTest, RefusesEveryTruncationAndEveryAddedByte) {
  for (const std::filesystem::path& path : ListFolder(folder_.path())) {
    const std::string text = ReadText(path);
    for (std::size_t size = 0; size < text.size(); ++size) {
      WriteText(path, text.substr(0, size));
      ASSERT_NE(ErrorAt(Level::kCrc), "valid") << path << " of " << size << " bytes";
    }
    for (const char* added : {"x", "\n", " "}) {
      WriteText(path, text + added);
      ASSERT_NE(ErrorAt(Level::kCrc), "valid") << path << " with an added byte";
    }
    WriteText(path, text);
  }
  EXPECT_EQ(ErrorAt(Level::kSha256), "valid");
}

TEST_F(ManifestTest, RefusesMissingAndAddedFiles) {
  WriteText(folder_ / "added", "");
  EXPECT_THAT(ErrorAt(Level::kCrc), HasSubstr("added is not in the manifest"));
  RemoveTree(folder_ / "added");
  RemoveTree(folder_ / "empty");
  EXPECT_THAT(ErrorAt(Level::kCrc), HasSubstr("empty is missing"));
  WriteText(folder_ / "empty", "");
  CreateFolders(folder_ / "folder");
  EXPECT_THAT(ErrorAt(Level::kCrc), HasSubstr("folder is not a plain file"));
  RemoveTree(folder_ / "folder");
  std::filesystem::create_symlink("state.json", folder_ / "link");
  EXPECT_THAT(ErrorAt(Level::kCrc), HasSubstr("link is not a plain file"));
  RemoveTree(folder_ / "link");
  RemoveTree(folder_ / "MANIFEST");
  EXPECT_THAT(ErrorAt(Level::kCrc), HasSubstr("has no MANIFEST"));
}

TEST_F(ManifestTest, FindsAChangeThatKeepsTheChecksum) {
  // A manifest whose CRC-32C fits the file and whose SHA-256 does not, as after a forged change.
  const std::string text = Manifest::Read(folder_.path()).ToText();
  std::string body = text.substr(0, text.rfind("sha256 "));
  const std::size_t digest = body.rfind(' ') + 1;
  body[digest] = body[digest] == '0' ? '1' : '0';
  const std::string seal = Sha256Hex(std::as_bytes(std::span<const char>(body)));
  WriteText(folder_ / "MANIFEST", body + "sha256 " + seal + "\n");
  EXPECT_EQ(ErrorAt(Level::kCrc), "valid");
  EXPECT_THAT(ErrorAt(Level::kSha256), HasSubstr("its SHA-256 differs"));
}

TEST_F(ManifestTest, ReadsFilesChecked) {
  const Manifest manifest = Manifest::Read(folder_.path());
  EXPECT_EQ(manifest.ReadFile(folder_.path(), "state.json").size(), 3U);
  EXPECT_THROW(manifest.ReadFile(folder_.path(), "absent"), DataError);
  WriteText(folder_ / "state.json", "{} ");
  EXPECT_THROW(manifest.ReadFile(folder_.path(), "state.json"), DataError);
}

TEST(ManifestTextTest, DigestsFilesInChunks) {
  const TemporaryFolder folder;
  WriteText(folder / "whole", std::string(Manifest::kChunkBytes, 'w'));
  WriteText(folder / "more", std::string(Manifest::kChunkBytes + 1, 'w'));
  const Manifest manifest = Manifest::OfFolder(folder.path());
  ASSERT_EQ(manifest.files().size(), 2U);
  EXPECT_EQ(manifest.files()[0].chunks.size(), 2U);
  ASSERT_EQ(manifest.files()[1].chunks.size(), 1U);
  EXPECT_EQ(manifest.files()[0].chunks[0], manifest.files()[1].chunks[0]);
  EXPECT_EQ(Manifest::Parse(manifest.ToText(), "m"), manifest);
  manifest.ReadFile(folder.path(), "more");
  PosixFile(folder / "more", PosixFile::Mode::kWrite).WriteAt("x", Manifest::kChunkBytes);
  EXPECT_THROW(manifest.ReadFile(folder.path(), "more"), DataError);
}

TEST(ManifestTextTest, RefusesTextsOfAnotherSpellingThoughTheirSealFits) {
  const std::string chunk = "chunk 00000000 " + std::string(64, '0') + "\n";
  const auto accepts = [](const std::string& body) {
    const std::string seal = Sha256Hex(std::as_bytes(std::span<const char>(body)));
    try {
      Manifest::Parse(body + "sha256 " + seal + "\n", "m");
      return true;
    } catch (const DataError&) {
      return false;
    }
  };
  const std::string first = "lockstep manifest 1\n";
  EXPECT_TRUE(accepts(first));
  EXPECT_TRUE(accepts(first + "file a 0\nfile b 5\n" + chunk));
  EXPECT_FALSE(accepts("lockstep manifest 2\n"));
  EXPECT_FALSE(accepts(first + "\n"));
  EXPECT_FALSE(accepts(first + "file b 0\nfile a 0\n"));
  EXPECT_FALSE(accepts(first + "file a 0\nfile a 0\n"));
  EXPECT_FALSE(accepts(first + "file a 00\n"));
  EXPECT_FALSE(accepts(first + "file a -1\n"));
  EXPECT_FALSE(accepts(first + "file a 99999999999999999999\n"));
  EXPECT_FALSE(accepts(first + "file ../a 0\n"));
  EXPECT_FALSE(accepts(first + "file .a 0\n"));
  EXPECT_FALSE(accepts(first + "file MANIFEST 0\n"));
  EXPECT_FALSE(accepts(first + "file a 0\n" + chunk));
  EXPECT_FALSE(accepts(first + "file a 5\n"));
  EXPECT_FALSE(accepts(first + "file a 5\nchunk 0 " + std::string(64, '0') + "\n"));
  EXPECT_FALSE(accepts(first + "file a 5\nchunk 00000000 00\n"));
}

}  // namespace
}  // namespace lockstep
