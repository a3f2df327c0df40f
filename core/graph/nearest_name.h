#pragma once

// The "did you mean" of error messages: finds what the user probably meant to write.

#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// The candidate with the smallest edit distance (Levenshtein 1966) to `name`, the first of equals.
/// Empty where none is near: more than half of the letters of `name`, and at least 2, would have to
/// change. Thread-safe.
std::string NearestName(std::string_view name, std::span<const std::string> candidates);

/// ", did you mean 'X'?" with the nearest name, or nothing where none is near: the end of an error
/// message.
std::string DidYouMean(std::string_view name, std::span<const std::string> candidates);

}  // namespace lockstep
