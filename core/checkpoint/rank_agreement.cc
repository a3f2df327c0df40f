#include "core/checkpoint/rank_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"

namespace lockstep {
namespace {

/// What a rank tells the others; of one size on all.
struct Outcome {
  std::int32_t failed = 0;
  std::int32_t error_number = 0;  ///< 0 where no system call failed
  char text[1016] = {};           ///< ends with a zero byte; cut where it is longer

  void SetText(const std::string& message) {
    std::memcpy(text, message.data(), std::min(message.size(), sizeof(text) - 1));
  }
};
static_assert(sizeof(Outcome) == 1024);

Outcome OutcomeOf(const std::exception_ptr& error) {
  Outcome outcome;
  if (error == nullptr) return outcome;
  outcome.failed = 1;
  try {
    std::rethrow_exception(error);
  } catch (const SystemCallError& failure) {
    outcome.error_number = failure.error_number();
    outcome.SetText(failure.what());
  } catch (const std::exception& failure) {
    outcome.SetText(failure.what());
  } catch (...) {
    outcome.SetText("an exception of unknown type");
  }
  return outcome;
}

}  // namespace

void AgreeOnSuccess(Communicator& communicator, const std::exception_ptr& error) {
  std::vector<Outcome> outcomes(static_cast<std::size_t>(communicator.size()));
  outcomes[static_cast<std::size_t>(communicator.rank())] = OutcomeOf(error);
  const auto bytes = static_cast<std::int64_t>(outcomes.size() * sizeof(Outcome));
  communicator.AllGather(Tensor(outcomes.data(), Shape{bytes}, DataType::kU8));
  const auto first = std::find_if(outcomes.begin(), outcomes.end(),
                                  [](const Outcome& outcome) { return outcome.failed != 0; });
  if (first == outcomes.end()) return;
  const std::string message = fmt::format("rank {}: {}", first - outcomes.begin(), first->text);
  if (first->error_number != 0) throw SystemCallError(message, first->error_number);
  throw OutputError(message);
}

}  // namespace lockstep
