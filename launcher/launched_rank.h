#pragma once

// Who this process is in its job before there is a communicator: for messages about the command
// line.

namespace lockstep {

/// The rank that mpirun or srun gave this process, by its environment; 0 without them. Known before
/// MPI is up, so that an error of the command line is told once.
int LaunchedRank();

}  // namespace lockstep
