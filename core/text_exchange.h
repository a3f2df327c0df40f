#pragma once

// Short texts between ranks at start and at the end of a phase: contracts, error messages, what a
// log step gathers. Not for the step.

#include <optional>
#include <string>
#include <vector>

#include "core/communicator.h"

namespace lockstep {

/// The text of rank `root`, on all ranks. Collective.
std::string BroadcastText(Communicator& communicator, const std::string& text, int root);

/// What one rank has to say.
struct RankText {
  int rank = 0;
  std::string text;
};

/// The text of the lowest rank that has one, on all ranks; nothing where none has. Collective.
std::optional<RankText> LowestText(Communicator& communicator,
                                   const std::optional<std::string>& text);

/// The texts of all ranks by rank, on all ranks; cheap where all are empty. Collective.
std::vector<std::string> AllTexts(Communicator& communicator, const std::string& text);

}  // namespace lockstep
