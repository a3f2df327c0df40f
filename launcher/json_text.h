#pragma once

// How every verb writes the document that its --json promises: one line on standard output that any
// reader of JSON takes.

#include <nlohmann/json.hpp>
#include <string>

namespace lockstep {

/// One line of JSON. Bytes of names that are not UTF-8 become U+FFFD: file names may hold anything,
/// JSON may not.
inline std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace lockstep
