#pragma once

// The start of a job: ranks that would compute other bits than their peers are refused before step
// 0.

#include <map>
#include <string>

#include "core/communicator.h"

namespace lockstep {

/// Compares `contract` (field to value: Backend::Contract, digests of config and data) with rank
/// 0's. Throws the same EnvironmentError on every rank, naming the lowest rank that differs, its
/// first field that does and both values. Collective.
void Handshake(Communicator& communicator, const std::map<std::string, std::string>& contract);

}  // namespace lockstep
