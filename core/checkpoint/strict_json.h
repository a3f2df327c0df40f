#pragma once

// JSON that came from a file, read without forgiveness: what a parser would repair or ignore is an
// error here.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace lockstep {

/// Throws DataError beginning with `where` at wrong syntax, bytes behind the document, a key that
/// comes twice in one object, and nesting deeper than 32.
nlohmann::json ParseStrictJson(std::string_view text, const std::string& where);

}  // namespace lockstep
