#include "core/digest/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace lockstep {
namespace {

constexpr std::array<std::uint32_t, 256> MakeTable() {
  std::array<std::uint32_t, 256> table = {};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1U) != 0 ? 0x82F63B78U : 0U);
    }
    table[byte] = remainder;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = MakeTable();

#if defined(__x86_64__)

bool HasInstruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) std::uint32_t Crc32cByInstruction(
    std::span<const std::byte> bytes, std::uint32_t previous) {
  std::uint64_t remainder = ~previous;
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    remainder = _mm_crc32_u64(remainder, word);
    bytes = bytes.subspan(sizeof(word));
  }
  auto narrow = static_cast<std::uint32_t>(remainder);
  for (const std::byte byte : bytes) {
    narrow = _mm_crc32_u8(narrow, std::to_integer<unsigned char>(byte));
  }
  return ~narrow;
}

#else

bool HasInstruction() { return false; }

std::uint32_t Crc32cByInstruction(std::span<const std::byte> bytes, std::uint32_t previous) {
  return Crc32cByTable(bytes, previous);
}

#endif

}  // namespace

std::uint32_t Crc32cByTable(std::span<const std::byte> bytes, std::uint32_t previous) {
  std::uint32_t remainder = ~previous;
  for (const std::byte byte : bytes) {
    remainder =
        (remainder >> 8) ^ kTable[(remainder ^ std::to_integer<std::uint32_t>(byte)) & 255U];
  }
  return ~remainder;
}

std::uint32_t Crc32c(std::span<const std::byte> bytes, std::uint32_t previous) {
  static const bool has_instruction = HasInstruction();
  return has_instruction ? Crc32cByInstruction(bytes, previous) : Crc32cByTable(bytes, previous);
}

}  // namespace lockstep
