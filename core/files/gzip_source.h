#pragma once

// A file packed with gzip (RFC 1952), unpacked as it is read.

#include <memory>
#include <vector>

#include "core/files/file_source.h"

struct z_stream_s;

namespace lockstep {

/// Members that follow each other are read as one stream, as the RFC wants; anything else behind a
/// member, a wrong checksum and a missing end are DataError. Checksums are checked when the end is
/// reached.
class GzipSource final : public ByteSource {
 public:
  /// Throws as FileSource does, VendorError where zlib fails.
  explicit GzipSource(const std::filesystem::path& path);

  std::size_t Read(std::span<std::uint8_t> out) override;
  /// Deflate packs at most 1,032 to 1 (zlib's technical details).
  std::uint64_t max_bytes() const override { return 1032 * file_.max_bytes(); }

 private:
  struct EndInflate {
    void operator()(z_stream_s* stream) const;
  };

  /// Reads more of the file; false at its end.
  bool Refill();
  /// Moves on to the next member; false where there is none.
  bool BeginNextMember();
  /// Unpacks what is at hand; true while the stream goes on.
  bool InflateSome();

  std::filesystem::path path_;
  FileSource file_;
  std::vector<std::uint8_t> packed_;
  std::unique_ptr<z_stream_s, EndInflate> stream_;
  bool ended_ = false;
};

}  // namespace lockstep
