#pragma once

// Whether a config makes sense by itself, before any data set, model or machine is looked at.

#include <cstdint>
#include <string>
#include <vector>

#include "configs/config.pb.h"

namespace lockstep {

/// Whether what is checked reads the data set that the config names.
enum class DataUse : std::uint8_t { kReads, kNeedsNone };

/// Throws ConfigError with a line for everything that is wrong, each naming the key, what is
/// expected and what was got: missing keys, counts of 0 or below, negative rates, numbers that are
/// not finite, shards that do not divide the batch, and what the schema knows but this version does
/// not do. Thread-safe.
void ValidateConfig(const Config& config, DataUse data_use = DataUse::kReads);

/// What is allowed but probably not meant, a sentence each. `config` is valid. Thread-safe.
std::vector<std::string> Warnings(const Config& config);

}  // namespace lockstep
