#pragma once

// Protobuf messages written as text within tests.

#include <google/protobuf/text_format.h>

#include <stdexcept>
#include <string>

namespace lockstep {

/// The message that `text` describes; throws std::invalid_argument where it describes none.
template <typename Message>
Message ParseMessage(const std::string& text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
    throw std::invalid_argument("not a " + message.GetTypeName() + ": " + text);
  }
  return message;
}

}  // namespace lockstep
