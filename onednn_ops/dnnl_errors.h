#pragma once

// oneDNN's failures as errors of ours.

#include <oneapi/dnnl/dnnl.hpp>
#include <string_view>

#include "core/errors.h"

namespace lockstep {

/// Throws VendorError naming library, call, the library's text, file and line unless `status` is
/// success.
void CheckDnnl(dnnl_status_t status, std::string_view call, const char* file = __builtin_FILE(),
               int line = __builtin_LINE());

}  // namespace lockstep
