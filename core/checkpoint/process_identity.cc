#include "core/checkpoint/process_identity.h"

#include <unistd.h>

#include <array>

namespace lockstep {

ProcessIdentity ThisProcess() {
  std::array<char, 256> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {::getpid(), "unknown"};
  return {::getpid(), name.data()};
}

}  // namespace lockstep
