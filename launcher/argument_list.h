#pragma once

// Command lines as lists of words, for a program that starts itself again.

#include <string>
#include <vector>

namespace lockstep {

/// `arguments`, which the command line's parser has accepted, with `option value` in place of what
/// they say of that option as two words or as `option=value`.
std::vector<std::string> WithOption(const std::vector<std::string>& arguments,
                                    const std::string& option, const std::string& value);

}  // namespace lockstep
