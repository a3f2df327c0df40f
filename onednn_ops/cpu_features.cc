#include "onednn_ops/cpu_features.h"

#include <cpuid.h>
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace lockstep {
namespace {

// Layouts: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, CPUID.
struct Registers {
  std::uint32_t eax = 0;
  std::uint32_t ebx = 0;
  std::uint32_t ecx = 0;
  std::uint32_t edx = 0;
};

// Zeros where the CPU does not know the leaf.
Registers Cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) {
    return {};
  }
  return r;
}

constexpr std::uint32_t Bits(std::uint32_t word, int first, int count) {
  return (word >> first) & ((1U << count) - 1);
}

// Parts of the register file that the operating system saves: XCR0.
bool SystemSaves(std::uint32_t parts) {
  if (Bits(Cpuid(1).ecx, 27, 1) == 0) {
    return false;
  }
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & parts) == parts;
}

bool HasAvx2() {
  constexpr std::uint32_t kYmm = 0x6;
  const bool fma = Bits(Cpuid(1).ecx, 12, 1) != 0;
  return fma && Bits(Cpuid(7).ebx, 5, 1) != 0 && SystemSaves(kYmm);
}

// F, DQ, BW and VL, as oneDNN and Highway both ask for.
bool HasAvx512() {
  constexpr std::uint32_t kZmm = 0xE6;
  constexpr std::uint32_t kParts = 1U << 16 | 1U << 17 | 1U << 30 | 1U << 31;
  return HasAvx2() && (Cpuid(7).ebx & kParts) == kParts && SystemSaves(kZmm);
}

// oneDNN's levels above include VNNI.
bool HasAvx512Bf16() {
  return HasAvx512() && Bits(Cpuid(7).ecx, 11, 1) != 0 && Bits(Cpuid(7, 1).eax, 5, 1) != 0;
}

bool HasAvx512Fp16() { return HasAvx512Bf16() && Bits(Cpuid(7).edx, 23, 1) != 0; }

bool HasAmx() {
  constexpr std::uint32_t kTiles = 0x60000;
  constexpr std::uint32_t kBf16TileInt8 = 1U << 22 | 1U << 24 | 1U << 25;
  return HasAvx512Fp16() && (Cpuid(7).edx & kBf16TileInt8) == kBf16TileInt8 && SystemSaves(kTiles);
}

// Deterministic cache parameters: leaf 4 of Intel, which AMD has at 0x8000001D. Empty at the end of
// the list.
struct Cache {
  enum class Kind { kNone, kData, kOther };
  Kind kind = Kind::kNone;
  std::uint64_t bytes = 0;
  std::uint32_t sharing = 0;
};

Cache CacheAt(std::uint32_t leaf, std::uint32_t index) {
  const Registers r = Cpuid(leaf, index);
  constexpr std::uint32_t kInstruction = 2;
  const std::uint32_t type = Bits(r.eax, 0, 5);
  if (type == 0) {
    return {};
  }
  const std::uint64_t lines = std::uint64_t{Bits(r.ebx, 22, 10) + 1} * (r.ecx + std::uint64_t{1});
  const std::uint64_t line_bytes =
      std::uint64_t{Bits(r.ebx, 12, 10) + 1} * (Bits(r.ebx, 0, 12) + 1);
  return {type == kInstruction ? Cache::Kind::kOther : Cache::Kind::kData, lines * line_bytes,
          Bits(r.eax, 14, 12) + 1};
}

std::vector<Cache> DataCaches(std::uint32_t leaf) {
  std::vector<Cache> caches;
  constexpr std::uint32_t kMost = 8;
  for (std::uint32_t index = 0; index < kMost; ++index) {
    const Cache cache = CacheAt(leaf, index);
    if (cache.kind == Cache::Kind::kNone) {
      break;
    }
    if (cache.kind == Cache::Kind::kData) {
      caches.push_back(cache);
    }
  }
  return caches;
}

std::string BrandName() {
  std::array<char, 49> text = {};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Registers r = Cpuid(0x80000002 + i);
    std::memcpy(text.data() + std::size_t{16} * i, &r, sizeof(r));
  }
  const std::string name(text.data());
  const std::size_t first = name.find_first_not_of(' ');
  return first == std::string::npos ? "unknown CPU"
                                    : name.substr(first, name.find_last_not_of(' ') - first + 1);
}

}  // namespace

bool CpuHas(InstructionSet::Type isa) {
  switch (isa) {
    case InstructionSet::BEST:
      return true;
    case InstructionSet::SSE41:
      return Bits(Cpuid(1).ecx, 19, 1) != 0;
    case InstructionSet::AVX2:
      return HasAvx2();
    case InstructionSet::AVX512:
      return HasAvx512();
    case InstructionSet::AVX512_BF16:
      return HasAvx512Bf16();
    case InstructionSet::AVX512_FP16:
      return HasAvx512Fp16();
    case InstructionSet::AVX512_AMX:
      return HasAmx();
  }
  return false;
}

std::string CpuModel() {
  const std::uint32_t signature = Cpuid(1).eax;
  const std::uint32_t family = Bits(signature, 8, 4) + Bits(signature, 20, 8);
  const std::uint32_t model = Bits(signature, 4, 4) | Bits(signature, 16, 4) << 4;
  return fmt::format("{}, family {} model {} stepping {}", BrandName(), family, model,
                     Bits(signature, 0, 4));
}

std::string CpuCaches() {
  constexpr std::uint32_t kIntelLeaf = 4;
  constexpr std::uint32_t kAmdLeaf = 0x8000001D;
  std::vector<Cache> caches = DataCaches(kIntelLeaf);
  if (caches.empty()) {
    caches = DataCaches(kAmdLeaf);
  }
  std::string text;
  for (const Cache& cache : caches) {
    text += fmt::format("{}{} KiB/{}", text.empty() ? "" : ", ", cache.bytes / 1024, cache.sharing);
  }
  return text;
}

}  // namespace lockstep
