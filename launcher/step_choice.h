#pragma once

// The words by which the command line names a checkpoint.

#include <optional>
#include <string_view>

#include "launcher/verbs/eval.h"
#include "launcher/verbs/train.h"

namespace lockstep {

/// "none", "auto", "step-200" or "200"; nothing for other texts.
std::optional<ResumeChoice> ParseResumeChoice(std::string_view text);

/// "latest", "best", "200" or "step-200"; nothing for other texts.
std::optional<CheckpointChoice> ParseCheckpointChoice(std::string_view text);

}  // namespace lockstep
