#pragma once

// One SHA-256 over all weights and states of a checkpoint: `lockstep checkpoint hash`. Two runs
// have the same bits where these are equal, whatever their number of ranks, folders and file order.

#include <filesystem>
#include <string>

namespace lockstep {

/// 64 lower-case hexadecimal digits. For each of model, optimizer and, where there is one, ema, and
/// for each tensor of that file by ascending name, the digest takes "<file> <name> <type> <shape>"
/// LF, for example "model conv1.weight F32 [6, 1, 5, 5]", and the elements' bytes. Checks CRC-32C
/// as it reads; throws DataError where a byte differs.
std::string WeightsDigest(const std::filesystem::path& checkpoint);

}  // namespace lockstep
