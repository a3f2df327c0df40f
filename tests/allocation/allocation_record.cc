#include "tests/allocation/allocation_record.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <string_view>

// The allocator of glibc, under the names that stay when a program replaces malloc.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* memory);
}

namespace lockstep {
namespace {

constexpr int kMostFrames = 12;
constexpr std::size_t kMostPlaces = 8;

std::atomic<bool> recording{false};
std::atomic<std::int64_t> by_us{0};
std::atomic<std::int64_t> by_others{0};
std::atomic<std::int64_t> largest{0};
std::atomic<std::int64_t> growth{0};
std::array<std::atomic<void*>, kMostPlaces> places{};
thread_local bool looking = false;  // what the search itself allocates does not count

enum class Code : std::uint8_t { kOurs, kLanguage, kOther };

/// Whose code stands at `address`. dladdr would do, but takes its time with the symbols of a large
/// library.
Code CodeAt(void* address) {
  dl_find_object object;
  if (_dl_find_object(address, &object) != 0) return Code::kOther;
  const std::string_view file(object.dlfo_link_map->l_name);
  if (file.empty()) return Code::kOurs;  // the program itself
  for (std::string_view library : {"/libstdc++.", "/libc.", "/libgcc_s.", "/ld-linux"}) {
    if (file.find(library) != std::string_view::npos) return Code::kLanguage;
  }
  return Code::kOther;
}

/// Where our code wanted the allocation that `caller` asked for: the first frame up the stack
/// outside the language's libraries, if it is ours, else null. Where the stack is too deep to tell,
/// the caller itself.
void* OurCodeBehind(void* caller) {
  if (CodeAt(caller) == Code::kOther) return nullptr;
  std::array<void*, kMostFrames> stack{};
  const int depth = backtrace(stack.data(), kMostFrames);
  const std::span frames(stack.data(), static_cast<std::size_t>(depth));
  for (auto frame = std::find(frames.begin(), frames.end(), caller); frame != frames.end();
       ++frame) {
    const Code code = CodeAt(*frame);
    if (code == Code::kOurs) return *frame;
    if (code == Code::kOther) return nullptr;
  }
  return caller;
}

std::int64_t BytesAt(void* memory) { return static_cast<std::int64_t>(malloc_usable_size(memory)); }

void Attribute(void* caller) {
  looking = true;
  if (void* place = OurCodeBehind(caller)) {
    const auto number = static_cast<std::size_t>(by_us++);
    if (number < kMostPlaces) places[number] = place;
  } else {
    ++by_others;
  }
  looking = false;
}

void* Allocated(void* memory, std::size_t bytes, void* caller) {
  if (!recording || looking || memory == nullptr) return memory;
  growth += BytesAt(memory);
  auto most = largest.load();
  while (most < static_cast<std::int64_t>(bytes) &&
         !largest.compare_exchange_weak(most, static_cast<std::int64_t>(bytes))) {
  }
  Attribute(caller);
  return memory;
}

void Freed(void* memory) {
  if (recording && !looking && memory != nullptr) growth -= BytesAt(memory);
}

std::string PlacesText(std::size_t count) {
  std::array<void*, kMostPlaces> addresses{};
  std::copy(places.begin(), places.end(), addresses.begin());
  char** names = backtrace_symbols(addresses.data(), static_cast<int>(count));
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::string("\n  ") + names[i];
  std::free(names);
  return text;
}

}  // namespace

void StartRecording() {
  OurCodeBehind(reinterpret_cast<void*>(&StartRecording));  // backtrace loads what it needs
  for (auto* counter : {&by_us, &by_others, &largest, &growth}) *counter = 0;
  recording = true;
}

AllocationRecord StopRecording() {
  recording = false;
  AllocationRecord record;
  record.by_us = by_us;
  record.by_others = by_others;
  record.largest = largest;
  record.growth = growth;
  record.places = PlacesText(std::min(kMostPlaces, static_cast<std::size_t>(record.by_us)));
  return record;
}

}  // namespace lockstep

extern "C" {

void* malloc(std::size_t bytes) noexcept {
  return lockstep::Allocated(__libc_malloc(bytes), bytes, __builtin_return_address(0));
}

void* calloc(std::size_t count, std::size_t bytes) noexcept {
  return lockstep::Allocated(__libc_calloc(count, bytes), count * bytes,
                             __builtin_return_address(0));
}

void* realloc(void* memory, std::size_t bytes) noexcept {
  lockstep::Freed(memory);
  return lockstep::Allocated(__libc_realloc(memory, bytes), bytes, __builtin_return_address(0));
}

void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  return lockstep::Allocated(__libc_memalign(alignment, bytes), bytes, __builtin_return_address(0));
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return lockstep::Allocated(__libc_memalign(alignment, bytes), bytes, __builtin_return_address(0));
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  *memory =
      lockstep::Allocated(__libc_memalign(alignment, bytes), bytes, __builtin_return_address(0));
  return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) noexcept {
  lockstep::Freed(memory);
  __libc_free(memory);
}
}
