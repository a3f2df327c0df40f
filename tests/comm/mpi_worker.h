#pragma once

// What a rank does that a test has started under mpirun: this test program again, as `comm_tests
// mpi-worker JOB`.

#include <string>

namespace lockstep {

/// Jobs:
///   check            CheckCommunicator
///   reduce SHARDS    RunReduction; rank 0 prints the hash of the weights
///   fast SHARDS      the same with Reduction::FAST
///   die              the last rank kills itself in the middle of a run
///   unwind           the last rank throws past its communicator
///   abort            rank 0 interrupts a call that waits for ever and aborts with exit code 65
/// Returns the exit code.
int RunMpiWorker(const std::string& job, int shards);

}  // namespace lockstep
