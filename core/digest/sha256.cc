#include "core/digest/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "core/errors.h"

namespace lockstep {

namespace {

void Check(int result, const char* call) {
  if (result != 1) throw VendorError(fmt::format("libcrypto: {} failed", call));
}

}  // namespace

void internal::FreeDigestContext(EVP_MD_CTX* context) { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Check(context_ != nullptr, "EVP_MD_CTX_new");
  Check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr), "EVP_DigestInit_ex");
}

void Sha256::Add(std::span<const std::byte> bytes) {
  Check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()), "EVP_DigestUpdate");
}

void Sha256::Add(std::string_view text) { Add(std::as_bytes(std::span(text))); }

void Sha256::Add(std::uint64_t value) {
  std::array<std::byte, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(value >> (8 * i));
  Add(std::span<const std::byte>(bytes));
}

std::string Sha256::Hex() {
  std::array<unsigned char, 32> digest;
  Check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr), "EVP_DigestFinal_ex");
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

std::string Sha256Hex(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.Add(bytes);
  return digest.Hex();
}

}  // namespace lockstep
