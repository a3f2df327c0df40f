#pragma once

// An open file descriptor, owned: the one place where a raw one lives.

#include <unistd.h>

#include <utility>

namespace lockstep {

/// Move-only. -1 is "none".
class UniqueFileDescriptor {
 public:
  UniqueFileDescriptor() = default;
  explicit UniqueFileDescriptor(int descriptor) : descriptor_(descriptor) {}
  UniqueFileDescriptor(UniqueFileDescriptor&& other) noexcept : descriptor_(other.Release()) {}
  UniqueFileDescriptor& operator=(UniqueFileDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  /// Closes without a report; callers that must know call PosixFile::Close.
  ~UniqueFileDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int get() const { return descriptor_; }
  /// Gives up ownership.
  int Release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

}  // namespace lockstep
