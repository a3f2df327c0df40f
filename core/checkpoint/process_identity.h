#pragma once

// Which process this is, for lock files and status files that people and other machines read.

#include <string>

namespace lockstep {

struct ProcessIdentity {
  int pid = 0;
  std::string host;
};

/// Of the calling process.
ProcessIdentity ThisProcess();

}  // namespace lockstep
