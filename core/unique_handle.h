#pragma once

// The owner of a C library's handle: the one place where raw handles live.

#include <memory>

namespace lockstep {

/// Calls `Destroy` on a handle; its result is ignored.
template <auto Destroy>
struct HandleDestroyer {
  template <typename T>
  void operator()(T* handle) const {
    Destroy(handle);
  }
};

/// Move-only; Destroy(handle) runs once, unless the handle is null. Example: UniqueHandle<FILE,
/// fclose>.
template <typename T, auto Destroy>
using UniqueHandle = std::unique_ptr<T, HandleDestroyer<Destroy>>;

}  // namespace lockstep
