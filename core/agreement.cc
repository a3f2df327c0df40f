#include "core/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <new>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "core/checkpoint/system_call_error.h"
#include "core/errors.h"
#include "core/text_exchange.h"

namespace lockstep {
namespace {

/// A class of exception and what it becomes on other ranks.
struct ErrorClass {
  bool (*holds)(const std::exception&);
  void (*raise)(const std::string&);
};

template <typename Held, typename Raised = Held>
constexpr ErrorClass ErrorClassOf() {
  return {[](const std::exception& error) { return dynamic_cast<const Held*>(&error) != nullptr; },
          [](const std::string& text) { throw Raised(text); }};
}

/// The first that holds an exception is its class; one that none holds is a bug.
constexpr std::array kErrorClasses = {
    ErrorClassOf<ConfigError>(),
    ErrorClassOf<DataError>(),
    ErrorClassOf<InputMissing>(),
    ErrorClassOf<Unavailable>(),
    ErrorClassOf<OutputError>(),
    ErrorClassOf<IoError>(),
    ErrorClassOf<Diverged>(),
    ErrorClassOf<EnvironmentError>(),
    ErrorClassOf<ReplicasDiffer>(),
    ErrorClassOf<VendorError>(),
    ErrorClassOf<Unsupported>(),
    ErrorClassOf<Error>(),
    ErrorClassOf<std::bad_alloc, EnvironmentError>(),
};

/// The value of errno behind `error`; 0 where no system call failed.
int ErrorNumberOf(const std::exception& error) {
  if (const auto* call = dynamic_cast<const SystemCallError*>(&error)) return call->error_number();
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  if (system == nullptr) return 0;
  const std::error_condition condition = system->code().default_error_condition();
  return condition.category() == std::generic_category() ? condition.value() : EIO;
}

/// The position in kErrorClasses, the error number and the text, each after a space.
std::string Encoded(const std::exception& error) {
  const auto found = std::find_if(kErrorClasses.begin(), kErrorClasses.end(),
                                  [&](const ErrorClass& c) { return c.holds(error); });
  return fmt::format("{} {} {}", found - kErrorClasses.begin(), ErrorNumberOf(error), error.what());
}

[[noreturn]] void Raise(const RankText& report) {
  std::istringstream fields(report.text);
  std::size_t position = 0;
  int error_number = 0;
  fields >> position >> error_number;
  const auto text_begin = static_cast<std::size_t>(fields.tellg()) + 1;
  const std::string text = fmt::format("rank {}: {}", report.rank, report.text.substr(text_begin));
  if (error_number != 0) throw SystemCallError(text, error_number);
  if (position < kErrorClasses.size()) kErrorClasses[position].raise(text);
  throw std::runtime_error(text);
}

}  // namespace

void AgreeOnErrors(Communicator& communicator, const std::function<void()>& body) {
  if (communicator.size() == 1) return body();
  std::optional<std::string> failure;
  std::exception_ptr own;
  try {
    body();
  } catch (const std::exception& error) {
    failure = Encoded(error);
    own = std::current_exception();
  } catch (...) {
    failure = Encoded(std::runtime_error("an exception of unknown type"));
    own = std::current_exception();
  }
  const std::optional<RankText> report = LowestText(communicator, failure);
  if (!report) return;
  if (report->rank == communicator.rank()) std::rethrow_exception(own);
  Raise(*report);
}

}  // namespace lockstep
