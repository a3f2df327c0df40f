#pragma once

// What a call that must fail says, so that tests can hold messages to what users need.

#include <gtest/gtest.h>

#include <string>

namespace lockstep {

/// The message of the `Exception` that `call` throws; a failed expectation and "" where it throws
/// none.
template <typename Exception, typename Call>
std::string ThrownMessage(Call call) {
  try {
    call();
  } catch (const Exception& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace lockstep
