#include "onednn_ops/dnnl_errors.h"

#include <fmt/format.h>
#include <oneapi/dnnl/dnnl_debug.h>

namespace lockstep {

void CheckDnnl(dnnl_status_t status, std::string_view call, const char* file, int line) {
  if (status != dnnl_success) {
    throw VendorError(
        fmt::format("oneDNN: {} failed: {} ({}:{})", call, dnnl_status2str(status), file, line));
  }
}

}  // namespace lockstep
