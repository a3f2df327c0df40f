#pragma once

// `lockstep predict`: the classes that a trained model sees in pictures.

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/console.h"
#include "launcher/exit_code.h"

namespace lockstep {

struct PredictOptions {
  std::filesystem::path model_source;  ///< a run directory or a .safetensors file
  std::string model_preset;            ///< of a .safetensors file; else empty
  /// PGM or PPM files; `FILE:17` is record 17 of an IDX file. Answered in this order.
  std::vector<std::string> images;
  int top = 5;          ///< classes shown an image, the likeliest first
  bool logits = false;  ///< show the logits too
  bool json = false;
};

/// Throws the errors of core/errors.h.
ExitCode RunPredict(const PredictOptions& options, Console& console);

}  // namespace lockstep
