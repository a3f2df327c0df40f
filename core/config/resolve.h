#pragma once

// A config once a run has begun: what was left to the machine is decided, and what decides bits is
// fixed. A resume compares itself with it.

#include <optional>
#include <string>

#include "configs/config.pb.h"

namespace lockstep {

/// What the first start decides where the config leaves it open.
struct FirstStart {
  InstructionSet::Type isa = InstructionSet::BEST;
  int threads_per_rank = 0;
  BackendChoice::Type backend = BackendChoice::AUTO;
};

/// `config` with each value of `decided` in place of BEST, 0 and AUTO. A resume passes the stored
/// decisions.
Config Resolve(Config config, const FirstStart& decided);

/// The decisions that a resolved config holds.
FirstStart DecisionsOf(const Config& resolved);

/// SHA-256 (64 hexadecimal digits) over the values that decide the bits of a run. A value that is
/// written out and equals its default digests like one left out. The length of a run counts only
/// where the schedule of the learning rate reads it: else a finished run may be given more steps.
std::string ArithmeticDigest(const Config& config);

/// The first key, with both values, on which two resolved configs differ in what decides bits;
/// nothing where the digests are equal: "optimizer.momentum: the run has 0.9, the config has 0.8".
std::optional<std::string> FirstArithmeticDifference(const Config& stored, const Config& now);

/// Protobuf text format that LoadConfig reads back as the same config.
std::string ToText(const Config& config);

}  // namespace lockstep
