#pragma once

// SHA-256 (FIPS 180-4) of bytes that come in pieces: digests of data sets, weights and files.

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/unique_handle.h"

namespace lockstep {

namespace internal {
void FreeDigestContext(EVP_MD_CTX* context);
}

/// Not thread-safe. Throws VendorError where libcrypto fails.
class Sha256 {
 public:
  Sha256();

  void Add(std::span<const std::byte> bytes);
  void Add(std::string_view text);
  /// The eight bytes of `value`, lowest first.
  void Add(std::uint64_t value);

  /// 64 lower-case hexadecimal digits. Ends the digest: call once, last.
  std::string Hex();

 private:
  UniqueHandle<EVP_MD_CTX, internal::FreeDigestContext> context_;
};

/// The digest of one piece.
std::string Sha256Hex(std::span<const std::byte> bytes);

}  // namespace lockstep
