#include "launcher/run_on_ranks.h"

#include <chrono>
#include <csignal>
#include <exception>
#include <thread>

#include "comm/communicators.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

/// Leaves launchers the time to see the other ranks end well before rank 0 tells them a code.
constexpr milliseconds kGrace{500};
/// Leaves rank 0 the time to say what all ranks have met: mpirun kills the others a second after
/// its abort.
constexpr milliseconds kSilence{3000};

/// The launcher's SIGTERM after an abort is no wish to stop well: it ends this rank at once.
void LetTerminationKill() {
  sigset_t termination;
  sigemptyset(&termination);
  sigaddset(&termination, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &termination, nullptr);
}

ExitCode EndTogether(const Communicator& communicator, ExitCode code) {
  if (communicator.rank() != 0) return ExitCode::kDone;
  if (communicator.size() > 1 && code != ExitCode::kDone) std::this_thread::sleep_for(kGrace);
  return code;
}

void Announce(const RankBody& body, ExitCode code) {
  if (body.on_end) body.on_end(code);
}

[[noreturn]] void AbortWith(Communicator& communicator, Console& console,
                            const std::exception& error) {
  LetTerminationKill();
  if (communicator.rank() != 0) std::this_thread::sleep_for(kSilence);
  console.Error(MessageOf(error));
  communicator.Abort(error.what(), static_cast<int>(ExitCodeOf(error)));
  std::terminate();
}

}  // namespace

std::unique_ptr<Communicator> JoinRanks(Console& console) {
  auto communicator = StartedByLauncher() ? MakeMpiCommunicator() : MakeSelfCommunicator();
  console.set_rank(communicator->rank());
  return communicator;
}

ExitCode RunOnRanks(Communicator& communicator, Console& console, const RankBody& body) {
  try {
    body.start();
  } catch (const std::exception& error) {
    Announce(body, ExitCodeOf(error));
    if (communicator.rank() == 0) console.Error(MessageOf(error));
    return EndTogether(communicator, ExitCodeOf(error));
  }
  try {
    const ExitCode code = body.run();
    Announce(body, code);
    return EndTogether(communicator, code);
  } catch (const std::exception& error) {
    Announce(body, ExitCodeOf(error));
    // Nobody waits for a rank that is alone; an abort would cost it its way to the end.
    if (communicator.size() > 1) AbortWith(communicator, console, error);
    console.Error(MessageOf(error));
    return ExitCodeOf(error);
  }
}

}  // namespace lockstep
