#pragma once

// What the program's exit status tells a script: the numbers of sysexits.h where they fit, and our
// own from 85.

#include <exception>
#include <string>

namespace lockstep {

/// A process that a signal n killed has 128 + n in its shell.
enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,           ///< failed in the run: a vendor library, a check that found something
  kUsage = 2,            ///< the command line is wrong
  kConfig = 64,          ///< the configuration is wrong
  kData = 65,            ///< a record, data file or checkpoint does not hold what its format says
  kInputMissing = 66,    ///< a file that the user named is not there
  kUnavailable = 69,     ///< a peer or a device is not there
  kBug = 70,             ///< a bug of Lockstep
  kOutput = 73,          ///< an output cannot be made
  kIo = 74,              ///< a system call on a file failed
  kPermission = 77,      ///< the system refused access
  kEnvironment = 78,     ///< the machine or its launcher is not set up for the job
  kPreempted = 85,       ///< told to stop, with a checkpoint written: start it again to go on
  kDiverged = 86,        ///< the loss or a gradient is not finite
  kHang = 87,            ///< no progress
  kReplicasDiffer = 88,  ///< replicas that must be equal differ
};

/// The exit code that tells what kind of failure `error` is. Thread-safe.
ExitCode ExitCodeOf(const std::exception& error);

/// What to tell a person of `error`: its text, and for what only a bug of ours can throw, that it
/// is one. Thread-safe.
std::string MessageOf(const std::exception& error);

}  // namespace lockstep
