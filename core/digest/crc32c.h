#pragma once

// CRC-32C (Castagnoli), the checksum of RFC 3720: reflected polynomial 0x82F63B78, start and final
// exclusive or 0xFFFFFFFF. Fast enough to check every byte that is loaded.

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep {

/// The checksum of what `previous` is the checksum of, followed by `bytes`. Uses the processor's
/// instruction where it has one. Thread-safe.
std::uint32_t Crc32c(std::span<const std::byte> bytes, std::uint32_t previous = 0);

/// The same without the instruction: the fallback, declared so that tests can compare the two.
std::uint32_t Crc32cByTable(std::span<const std::byte> bytes, std::uint32_t previous = 0);

}  // namespace lockstep
