#include "core/checkpoint/system_call_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace lockstep {
namespace {

std::string_view AdviceFor(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free space or choose a folder on another disk";
    case EFBIG:
      return "raise the limit of the file size (ulimit -f)";
    case EACCES:
    case EPERM:
      return "check the owner and the mode of the path";
    case EROFS:
      return "the file system is read-only: choose another folder";
    case ENOENT:
    case ENOTDIR:
      return "check that every folder of the path exists";
    case EEXIST:
    case ENOTEMPTY:
      return "move what is there away or choose another name";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "check the file system and its log";
  }
}

}  // namespace

void ThrowSystemCallError(const std::string& call, const std::string& path, int error_number) {
  throw SystemCallError(fmt::format("{} of {} failed: {} (error {}); {}", call, path,
                                    std::generic_category().message(error_number), error_number,
                                    AdviceFor(error_number)),
                        error_number);
}

}  // namespace lockstep
