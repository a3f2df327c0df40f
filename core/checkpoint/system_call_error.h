#pragma once

// What a failed system call on a file becomes. Keeps the error number, so that the launcher can
// tell a missing permission from a full disk.

#include <string>

#include "core/errors.h"

namespace lockstep {

class SystemCallError : public IoError {
 public:
  SystemCallError(const std::string& message, int error_number)
      : IoError(message), error_number_(error_number) {}

  /// The value of errno, for example EACCES or ENOSPC.
  int error_number() const { return error_number_; }

 private:
  int error_number_;
};

/// Throws a SystemCallError that names `call` ("pwrite"), `path`, the system's text and what to do.
[[noreturn]] void ThrowSystemCallError(const std::string& call, const std::string& path,
                                       int error_number);

}  // namespace lockstep
