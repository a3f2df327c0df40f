#include "launcher/rank_observer.h"

#include <fstream>
#include <string>
#include <tuple>

#include "launcher/exit_code.h"

namespace lockstep {
namespace {

/// The ranks' own watchdogs know more of a hang than can be seen from outside: they come first.
constexpr std::chrono::milliseconds kLaterThanRanks(500);

/// The letter of proc(5): 'T' for a stopped process, 'Z' for one that has ended; 0 where there is
/// none.
char StateOf(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || text.size() < name_end + 3 ? '\0' : text[name_end + 2];
}

bool IsStopped(const RankSign& sign) { return StateOf(sign.pid) == 'T'; }

bool HasEnded(const RankSign& sign) {
  const char state = StateOf(sign.pid);
  return state == '\0' || state == 'Z';
}

}  // namespace

int RankObserver::CountPresent() const {
  int count = 0;
  for (int rank = 0; rank < page_.ranks(); ++rank) count += page_.Sign(rank).pid == 0 ? 0 : 1;
  return count;
}

// A rank that dies may be the cause of another's failure, never the other way round within the time
// between two looks: so death is looked for first.
std::optional<RankTrouble> RankObserver::Look() {
  const bool failed = page_.first_failure().has_value();
  if (!trouble_ && !failed) Suspect();
  if (!trouble_) trouble_ = FindDead();
  if (!trouble_) trouble_ = FindFailed();
  if (!trouble_) trouble_ = FindHanging();
  return trouble_;
}

std::optional<RankTrouble> RankObserver::FindDead() const {
  for (int rank = 0; rank < page_.ranks(); ++rank) {
    const RankSign before = page_.Sign(rank);
    if (before.pid == 0 || !HasEnded(before)) continue;
    // Read again: it may have said so right before its end.
    const RankSign sign = page_.Sign(rank);
    if (!sign.exit_code) return RankTrouble{RankTrouble::Kind::kDied, sign, {}};
  }
  return std::nullopt;
}

std::optional<RankTrouble> RankObserver::FindFailed() const {
  const std::optional<FirstFailure> failure = page_.first_failure();
  if (!failure) return std::nullopt;
  if (failure->exit_code == static_cast<int>(ExitCode::kHang)) {
    return RankTrouble{RankTrouble::Kind::kHangs, suspect_.value_or(Laggard()), failure->exit_code};
  }
  return RankTrouble{RankTrouble::Kind::kFailed, page_.Sign(failure->rank), failure->exit_code};
}

std::optional<RankTrouble> RankObserver::FindHanging() const {
  if (hang_timeout_.count() <= 0 || !AnyIdleFor(hang_timeout_ + kLaterThanRanks)) return {};
  return RankTrouble{RankTrouble::Kind::kHangs, suspect_.value_or(Laggard()), {}};
}

bool RankObserver::AnyIdleFor(std::chrono::duration<double> time) const {
  for (int rank = 0; rank < page_.ranks(); ++rank) {
    const RankSign sign = page_.Sign(rank);
    if (sign.pid != 0 && !sign.exit_code && MonotonicTime() - sign.time >= time) return true;
  }
  return false;
}

// Long before a hang is certain: a rank that reports it aborts the job, which lets a stopped
// process go on before it ends, and who was to blame is seen no more.
void RankObserver::Suspect() {
  if (hang_timeout_.count() <= 0 || !AnyIdleFor(hang_timeout_ / 2)) {
    suspect_.reset();
  } else if (!suspect_) {
    suspect_ = Laggard();
  }
}

RankSign RankObserver::Laggard() const {
  // False sorts first: a stopped rank, then the one with the fewest steps and exchanges.
  const auto position = [](const RankSign& sign) {
    return std::make_tuple(!IsStopped(sign), sign.step, sign.collective, sign.time);
  };
  std::optional<RankSign> last;
  for (int rank = 0; rank < page_.ranks(); ++rank) {
    const RankSign sign = page_.Sign(rank);
    if (sign.pid == 0) continue;
    if (!last || position(sign) < position(*last)) last = sign;
  }
  return last.value_or(RankSign());
}

}  // namespace lockstep
