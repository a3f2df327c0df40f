#pragma once

// Memory that the ranks of a host share with their supervisor: a slot a rank for its signs of life,
// and a word for the first rank that fails. The page has no name in any file system: it is gone
// with the last process that maps it, however that ends.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/checkpoint/unique_file_descriptor.h"
#include "launcher/rank_sign.h"

namespace lockstep {

/// The environment variable in which a supervisor hands its ranks the page's address.
inline constexpr const char* kHeartbeatVariable = "LOCKSTEP_HEARTBEATS";

/// What one rank writes and others read. Cache lines of its own, so that ranks do not wait for each
/// other's writes.
struct alignas(128) HeartbeatSlot {
  std::atomic<std::int64_t> time;  ///< nanoseconds
  std::atomic<std::int64_t> step;
  std::atomic<std::uint64_t> begun;  ///< exchanges
  std::atomic<std::uint64_t> ended;
  std::atomic<std::uint32_t> phase;
  std::atomic<std::int32_t> exit_code;  ///< plus 1; 0: none yet
  std::atomic<std::int32_t> pid;        ///< written last: what precedes is then there
  char host[64];
};

/// How the first rank that failed did so.
struct FirstFailure {
  int rank = 0;
  int exit_code = 0;
};

/// Move-only. All that is shared are atomic words without locks; thread-safe.
class HeartbeatPage {
 public:
  /// A page for `ranks` that other processes can open. Throws EnvironmentError where the system
  /// refuses.
  static HeartbeatPage MakeShared(int ranks);
  /// A page of this process alone.
  static HeartbeatPage MakePrivate(int ranks);
  /// The page whose address is in the environment, if it is that of a supervisor on this host and
  /// has a slot for `rank`; else a private one, as for ranks without a supervisor or on another
  /// host.
  static HeartbeatPage OfRank(int rank);

  /// "HOST /proc/PID/fd/N": valid while this process lives and keeps the page.
  std::string address() const;
  int ranks() const;
  /// The process that made a shared page; nothing for a private one.
  std::optional<int> supervisor() const;

  HeartbeatSlot& slot(int rank) { return slots()[rank]; }
  RankSign Sign(int rank) const;

  /// Keeps the first failure of any rank; later ones are passed over.
  void RecordFailure(const FirstFailure& failure);
  std::optional<FirstFailure> first_failure() const;

 private:
  struct Header;
  struct Unmap {
    std::size_t bytes = 0;
    void operator()(Header* header) const;
  };

  HeartbeatPage(UniqueFileDescriptor file, std::size_t bytes);
  /// New memory, that of `file` or, where there is none, of this process alone.
  static Header* Map(const UniqueFileDescriptor& file, std::size_t bytes);
  static std::optional<HeartbeatPage> Open(const std::string& address);
  static std::size_t BytesFor(int ranks);
  HeartbeatSlot* slots() const;

  UniqueFileDescriptor file_;
  std::unique_ptr<Header, Unmap> header_;
};

}  // namespace lockstep
