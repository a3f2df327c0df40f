#pragma once

// What every thread of this process is doing, for a process that does nothing any more.

namespace lockstep {

/// Writes number, name and stack of all threads but the calling one to the file `descriptor`. Each
/// thread is asked by a real-time signal whose handler only walks its stack; one that does not
/// answer within half a second is named without. Takes no lock of ours and allocates little, so
/// that it works where other threads wait for each other. For a process about to end: the handler
/// stays. One call at a time.
void WriteThreadStacks(int descriptor);

/// Makes the stack walker load what it needs, which must not happen within a signal handler. Call
/// it once, while all is well.
void PrepareThreadStacks();

}  // namespace lockstep
