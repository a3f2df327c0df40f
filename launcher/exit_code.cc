#include "launcher/exit_code.h"

#include <new>
#include <system_error>

#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"

namespace lockstep {
namespace {

template <typename T>
bool Is(const std::exception& error) {
  return dynamic_cast<const T*>(&error) != nullptr;
}

ExitCode ExitCodeOfSystemError(const std::error_code& code) {
  if (code == std::errc::permission_denied || code == std::errc::operation_not_permitted ||
      code == std::errc::read_only_file_system) {
    return ExitCode::kPermission;
  }
  if (code == std::errc::no_such_file_or_directory) return ExitCode::kInputMissing;
  return ExitCode::kIo;
}

}  // namespace

ExitCode ExitCodeOf(const std::exception& error) {
  if (Is<ConfigError>(error) || Is<Unsupported>(error)) return ExitCode::kConfig;
  if (Is<DataError>(error)) return ExitCode::kData;
  if (Is<InputMissing>(error)) return ExitCode::kInputMissing;
  if (Is<Unavailable>(error)) return ExitCode::kUnavailable;
  if (Is<OutputError>(error)) return ExitCode::kOutput;
  if (const auto* call = dynamic_cast<const SystemCallError*>(&error)) {
    return ExitCodeOfSystemError(std::error_code(call->error_number(), std::generic_category()));
  }
  if (Is<IoError>(error)) return ExitCode::kIo;
  if (Is<EnvironmentError>(error)) return ExitCode::kEnvironment;
  if (Is<Diverged>(error)) return ExitCode::kDiverged;
  if (Is<ReplicasDiffer>(error)) return ExitCode::kReplicasDiffer;
  if (Is<Error>(error)) return ExitCode::kFailed;
  if (Is<std::bad_alloc>(error)) return ExitCode::kEnvironment;
  if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
    return ExitCodeOfSystemError(system->code());
  }
  return ExitCode::kBug;
}

std::string MessageOf(const std::exception& error) {
  if (ExitCodeOf(error) != ExitCode::kBug) return error.what();
  return std::string("a bug in Lockstep, please report it: ") + error.what();
}

}  // namespace lockstep
