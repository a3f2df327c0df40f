#include "core/files/gzip_source.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "core/errors.h"

namespace lockstep {

namespace {

constexpr std::size_t kPackedBytes = 64 * 1024;
// zlib: 15 bits of window, and 16 for a gzip header.
constexpr int kGzipWindowBits = 15 + 16;

}  // namespace

void GzipSource::EndInflate::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

GzipSource::GzipSource(const std::filesystem::path& path)
    : path_(path), file_(path), packed_(kPackedBytes), stream_(new z_stream_s()) {
  if (inflateInit2(stream_.get(), kGzipWindowBits) != Z_OK) {
    throw VendorError("zlib: inflateInit2 failed");
  }
}

std::size_t GzipSource::Read(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size() && !ended_) {
    const std::size_t wanted =
        std::min<std::size_t>(out.size() - done, std::numeric_limits<uInt>::max());
    stream_->next_out = out.data() + done;
    stream_->avail_out = static_cast<uInt>(wanted);
    ended_ = !InflateSome();
    done += wanted - stream_->avail_out;
  }
  return done;
}

bool GzipSource::InflateSome() {
  if (stream_->avail_in == 0 && !Refill()) {
    throw DataError(
        fmt::format("{}: the gzip stream is cut: the file ends at byte {} without the stream's end",
                    path_.string(), file_.max_bytes()));
  }
  const int result = inflate(stream_.get(), Z_NO_FLUSH);
  if (result == Z_STREAM_END) return BeginNextMember();
  if (result == Z_OK || result == Z_BUF_ERROR) return true;
  if (result == Z_MEM_ERROR) throw VendorError("zlib: inflate had no memory");
  throw DataError(fmt::format("{}: the gzip stream is damaged: {}", path_.string(),
                              stream_->msg != nullptr ? stream_->msg : "needs a dictionary"));
}

bool GzipSource::Refill() {
  stream_->next_in = packed_.data();
  stream_->avail_in = static_cast<uInt>(file_.Read(packed_));
  return stream_->avail_in > 0;
}

bool GzipSource::BeginNextMember() {
  if (stream_->avail_in == 0 && !Refill()) return false;
  if (*stream_->next_in != 0x1f) {
    throw DataError(fmt::format(
        "{}: expected the end of the file behind the gzip stream, got more bytes", path_.string()));
  }
  inflateReset(stream_.get());
  return true;
}

}  // namespace lockstep
