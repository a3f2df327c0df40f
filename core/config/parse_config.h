#pragma once

// A config from Protobuf text format (protobuf.dev/reference/protobuf/textformat-spec), with errors
// that say where and what to write instead.

#include <string>

#include "configs/config.pb.h"

namespace lockstep {

/// Throws ConfigError `where:line:column: ...`, both counted from 1, for the first thing that is
/// wrong. Unknown fields and values of enumerations name the nearest known one. Thread-safe.
Config ParseConfig(const std::string& text, const std::string& where);

}  // namespace lockstep
