#include "launcher/heartbeat_page.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/checkpoint/process_identity.h"
#include "core/errors.h"

namespace lockstep {
namespace {

/// Tells a page of this version from anything else that may be at its address.
constexpr std::uint64_t kMagic = 0x4c4b535450414731;  // "LKSTPAG1"

static_assert(std::atomic<std::int64_t>::is_always_lock_free);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace

struct HeartbeatPage::Header {
  std::uint64_t magic;
  std::int32_t ranks;
  std::int32_t supervisor;                   ///< 0: private
  std::atomic<std::uint64_t> first_failure;  ///< rank + 1 above the exit code; 0: none
};

void HeartbeatPage::Unmap::operator()(Header* header) const { munmap(header, bytes); }

std::size_t HeartbeatPage::BytesFor(int ranks) {
  static_assert(sizeof(Header) <= sizeof(HeartbeatSlot));
  return sizeof(HeartbeatSlot) *
         (static_cast<std::size_t>(ranks) + 1);  // the header's place is one
}

HeartbeatPage::HeartbeatPage(UniqueFileDescriptor file, std::size_t bytes)
    : file_(std::move(file)), header_(Map(file_, bytes), Unmap{bytes}) {}

HeartbeatPage::Header* HeartbeatPage::Map(const UniqueFileDescriptor& file, std::size_t bytes) {
  const int kind = file.get() >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind, file.get(), 0);
  if (memory != MAP_FAILED) return static_cast<Header*>(memory);
  throw EnvironmentError(
      fmt::format("mmap of {} bytes for heartbeats failed: {}", bytes, std::strerror(errno)));
}

HeartbeatPage HeartbeatPage::MakeShared(int ranks) {
  UniqueFileDescriptor file(memfd_create("lockstep-heartbeats", MFD_CLOEXEC));
  const auto bytes = static_cast<off_t>(BytesFor(ranks));
  if (file.get() < 0 || ftruncate(file.get(), bytes) != 0) {
    throw EnvironmentError(
        fmt::format("memfd_create for heartbeats failed: {}", std::strerror(errno)));
  }
  HeartbeatPage page(std::move(file), BytesFor(ranks));
  page.header_->ranks = ranks;
  page.header_->supervisor = getpid();
  page.header_->magic = kMagic;
  return page;
}

HeartbeatPage HeartbeatPage::MakePrivate(int ranks) {
  HeartbeatPage page(UniqueFileDescriptor(), BytesFor(ranks));
  page.header_->ranks = ranks;
  return page;
}

HeartbeatPage HeartbeatPage::OfRank(int rank) {
  const char* address = std::getenv(kHeartbeatVariable);
  if (address != nullptr) {
    std::optional<HeartbeatPage> page = Open(address);
    if (page && rank < page->ranks()) return *std::move(page);
  }
  return MakePrivate(rank + 1);
}

// Another host, or a container with process numbers of its own, may have something else there:
// nothing is believed before it has been checked, and opening it does not wait.
std::optional<HeartbeatPage> HeartbeatPage::Open(const std::string& address) {
  const std::size_t space = address.find(' ');
  if (space == std::string::npos || address.substr(0, space) != ThisProcess().host) return {};
  UniqueFileDescriptor file(
      open(address.substr(space + 1).c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status = {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < BytesFor(1)) return {};
  HeartbeatPage page(std::move(file), bytes);
  const Header& header = *page.header_;
  if (header.magic != kMagic || header.ranks < 1 || BytesFor(header.ranks) != bytes) return {};
  return page;
}

std::string HeartbeatPage::address() const {
  return fmt::format("{} /proc/{}/fd/{}", ThisProcess().host, getpid(), file_.get());
}

int HeartbeatPage::ranks() const { return header_->ranks; }

std::optional<int> HeartbeatPage::supervisor() const {
  if (header_->supervisor == 0) return std::nullopt;
  return header_->supervisor;
}

HeartbeatSlot* HeartbeatPage::slots() const {
  return reinterpret_cast<HeartbeatSlot*>(header_.get()) + 1;
}

RankSign HeartbeatPage::Sign(int rank) const {
  const HeartbeatSlot& slot = slots()[rank];
  RankSign sign;
  sign.rank = rank;
  sign.pid = slot.pid.load(std::memory_order_acquire);
  if (sign.pid == 0) return sign;
  sign.host.assign(slot.host, strnlen(slot.host, sizeof(slot.host)));
  sign.time = std::chrono::nanoseconds(slot.time.load(std::memory_order_relaxed));
  sign.step = slot.step.load(std::memory_order_relaxed);
  sign.phase = static_cast<RankPhase>(slot.phase.load(std::memory_order_relaxed));
  // Ended is read first: an exchange that ends in between is not taken for one that goes on.
  const std::uint64_t ended = slot.ended.load(std::memory_order_acquire);
  sign.collective = slot.begun.load(std::memory_order_relaxed);
  if (sign.phase == RankPhase::kStepping && sign.collective > ended) {
    sign.phase = RankPhase::kExchanging;
  }
  const std::int32_t exit_code = slot.exit_code.load(std::memory_order_acquire);
  if (exit_code != 0) sign.exit_code = exit_code - 1;
  return sign;
}

void HeartbeatPage::RecordFailure(const FirstFailure& failure) {
  std::uint64_t none = 0;
  const auto rank = static_cast<std::uint64_t>(failure.rank) + 1;
  header_->first_failure.compare_exchange_strong(
      none, rank << 32 | static_cast<std::uint32_t>(failure.exit_code));
}

std::optional<FirstFailure> HeartbeatPage::first_failure() const {
  const std::uint64_t word = header_->first_failure.load();
  if (word == 0) return std::nullopt;
  return FirstFailure{static_cast<int>(word >> 32) - 1, static_cast<int>(word & 0xffffffffU)};
}

}  // namespace lockstep
