#pragma once

// The groups of ranks there are: one process, threads of one process, MPI, NCCL. No vendor header
// shows through.

#include <functional>
#include <memory>
#include <string>

#include "core/communicator.h"

namespace lockstep {

/// A group of one: every call is a copy or nothing.
std::unique_ptr<Communicator> MakeSelfCommunicator();

/// Runs `body` as `size` ranks on as many threads of this process and returns when all have ended.
/// A rank that throws wakes the others with Unavailable; the exception of the rank that threw first
/// is rethrown. A rank that ends while another waits for it wakes that one likewise.
void RunAsThreads(int size, const std::function<void(Communicator&)>& body);

/// Whether a launcher (mpirun, srun with PMI) started this process. Throws EnvironmentError naming
/// `--mpi=pmix` where Slurm started several tasks without PMI.
bool StartedByLauncher();

/// All ranks that the launcher started. Calls MPI_Init_thread; the destructor calls MPI_Finalize,
/// or MPI_Abort where an exception is passing through, since peers would not follow: hold it
/// outside the try block that reports errors. At most one a process. Throws EnvironmentError where
/// MPI and the launcher did not find each other.
std::unique_ptr<Communicator> MakeMpiCommunicator();

/// Throws Unavailable where this build has no NCCL. `host` carries the unique id.
std::unique_ptr<Communicator> MakeNcclCommunicator(Communicator& host, int device);

/// What the MPI library says of itself, "Open MPI v4.1.4". May be called before and after
/// MPI_Init. Thread-safe.
std::string MpiLibrary();

/// The NCCL of this build, "2.28.3"; empty where there is none.
std::string NcclLibrary();

}  // namespace lockstep
