#include "core/checkpoint/manifest_text.h"

#include <fmt/format.h>

#include <charconv>
#include <span>

#include "core/digest/sha256.h"
#include "core/errors.h"

namespace lockstep {
namespace {

constexpr std::string_view kFirstLine = "lockstep manifest 1";
constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

std::string SealOf(std::string_view body) {
  return fmt::format("sha256 {}\n", Sha256Hex(std::as_bytes(std::span<const char>(body))));
}

/// Walks over the words of a text, line by line.
class ManifestWords {
 public:
  ManifestWords(std::string_view text, const std::string& where) : rest_(text), where_(where) {}

  bool done() const { return rest_.empty(); }
  bool StartsWith(std::string_view word) const { return rest_.substr(0, word.size()) == word; }

  void Expect(std::string_view word) {
    if (!StartsWith(word)) Refuse(fmt::format("expected \"{}\"", word));
    rest_.remove_prefix(word.size());
  }

  /// Everything up to `end`, which is taken as well.
  std::string_view Until(char end) {
    const std::size_t length = rest_.find(end);
    if (length == std::string_view::npos) Refuse("a line has no end");
    const std::string_view word = rest_.substr(0, length);
    rest_.remove_prefix(length + 1);
    return word;
  }

  std::uint64_t NumberUntil(char end, int base) {
    const std::string_view word = Until(end);
    std::uint64_t number = 0;
    const auto result = std::from_chars(word.data(), word.data() + word.size(), number, base);
    if (result.ec != std::errc() || result.ptr != word.data() + word.size()) {
      Refuse(fmt::format("\"{}\" is not a number", word));
    }
    return number;
  }

  /// A SHA-256 and the end of its line.
  std::string Digest() {
    const std::string_view word = Until('\n');
    if (word.size() != 64 || word.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
      Refuse(fmt::format("\"{}\" is not a SHA-256", word));
    }
    return std::string(word);
  }

  [[noreturn]] void Refuse(const std::string& what) const {
    throw DataError(fmt::format("{} is not a manifest: {}", where_, what));
  }

 private:
  std::string_view rest_;
  const std::string& where_;
};

ManifestFile ReadFileEntry(ManifestWords& words, const std::string& where) {
  ManifestFile file;
  words.Expect("file ");
  file.name = std::string(words.Until(' '));
  CheckManifestName(file.name, where);
  file.size = words.NumberUntil('\n', 10);
  while (words.StartsWith("chunk ")) {
    words.Expect("chunk ");
    const auto crc32c = static_cast<std::uint32_t>(words.NumberUntil(' ', 16));
    file.chunks.push_back({crc32c, words.Digest()});
  }
  const std::uint64_t whole_chunks = file.size / Manifest::kChunkBytes;
  if (file.chunks.size() != whole_chunks + (file.size % Manifest::kChunkBytes != 0 ? 1 : 0)) {
    words.Refuse(fmt::format("{} bytes of {} do not make {} chunks", file.size, file.name,
                             file.chunks.size()));
  }
  return file;
}

}  // namespace

std::string ManifestText(const std::vector<ManifestFile>& files) {
  std::string body = fmt::format("{}\n", kFirstLine);
  for (const ManifestFile& file : files) {
    body += fmt::format("file {} {}\n", file.name, file.size);
    for (const ManifestChunk& chunk : file.chunks) {
      body += fmt::format("chunk {:08x} {}\n", chunk.crc32c, chunk.sha256);
    }
  }
  return body + SealOf(body);
}

std::vector<ManifestFile> ParseManifestText(std::string_view text, const std::string& where) {
  const std::size_t seal_bytes = SealOf("").size();
  if (text.size() < seal_bytes) throw DataError(fmt::format("{} is truncated", where));
  const std::string_view body = text.substr(0, text.size() - seal_bytes);
  if (text.substr(body.size()) != SealOf(body)) {
    throw DataError(fmt::format("{} is damaged: its own digest differs", where));
  }
  ManifestWords words(body, where);
  words.Expect(fmt::format("{}\n", kFirstLine));
  std::vector<ManifestFile> files;
  while (!words.done()) {
    files.push_back(ReadFileEntry(words, where));
    if (files.size() > 1 && files[files.size() - 2].name >= files.back().name) {
      words.Refuse("its files are not sorted");
    }
  }
  // Catches every second spelling of the same content: leading zeros, capital digits, short
  // digests.
  if (ManifestText(files) != text) words.Refuse("its spelling is not the one of the format");
  return files;
}

void CheckManifestName(std::string_view name, const std::string& where) {
  if (name.empty() || name.front() == '.' || name == Manifest::kFileName ||
      name.find_first_not_of(kNameCharacters) != std::string_view::npos) {
    throw DataError(fmt::format("{}: \"{}\" is no name for a file of a checkpoint", where, name));
  }
}

}  // namespace lockstep
