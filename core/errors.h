#pragma once

// The exceptions of Lockstep. Each ends the job; the launcher turns its kind into an exit code of
// the sysexits family. A message says what, where, expected, got, and what to do.

#include <stdexcept>
#include <string>

namespace lockstep {

/// Base of all errors that Lockstep throws on purpose.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The configuration is wrong; found before step 0.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A record, data file or checkpoint does not hold what its format says.
class DataError : public Error {
 public:
  using Error::Error;
};

/// A file that the user named is not there.
class InputMissing : public Error {
 public:
  using Error::Error;
};

/// A peer or a device is not there.
class Unavailable : public Error {
 public:
  using Error::Error;
};

/// An output cannot be made, for example a run directory that is in use.
class OutputError : public Error {
 public:
  using Error::Error;
};

/// A system call on a file failed. The message names call, path and the system's text.
class IoError : public Error {
 public:
  using Error::Error;
};

/// The machine or its launcher is not set up for the job.
class EnvironmentError : public Error {
 public:
  using Error::Error;
};

/// The loss or a gradient is not finite.
class Diverged : public Error {
 public:
  using Error::Error;
};

/// Replicas that must be equal differ.
class ReplicasDiffer : public Error {
 public:
  using Error::Error;
};

/// A vendor library reported a failure. The message names library, call, its text, file and line.
class VendorError : public Error {
 public:
  using Error::Error;
};

/// A back end has no form of an op, or a library is not in this build.
class Unsupported : public Error {
 public:
  using Error::Error;
};

}  // namespace lockstep
