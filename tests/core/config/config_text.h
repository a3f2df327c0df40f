#pragma once

// The smallest config that is valid, for tests that change one thing in it.

#include <string>

#include "configs/config.pb.h"
#include "tests/core/parse_message.h"

namespace lockstep {

inline std::string ValidConfigText() {
  return R"(batch: 64 shards: 4 epochs: 2 model { preset: "lenet" } data { path: "data/glyphs" }
            optimizer { learning_rate: 0.1 momentum: 0.9 })";
}

inline Config ValidConfig() { return ParseMessage<Config>(ValidConfigText()); }

}  // namespace lockstep
