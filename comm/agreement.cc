#include "comm/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string>

#include "comm/text_exchange.h"
#include "core/errors.h"

namespace lockstep {
namespace {

/// A class of exception that keeps its kind on its way to other ranks.
struct ErrorClass {
  bool (*holds)(const std::exception&);
  void (*raise)(const std::string&);
};

template <typename E>
constexpr ErrorClass ErrorClassOf() {
  return {[](const std::exception& error) { return dynamic_cast<const E*>(&error) != nullptr; },
          [](const std::string& text) { throw E(text); }};
}

constexpr std::array kErrorClasses = {
    ErrorClassOf<ConfigError>(), ErrorClassOf<DataError>(),        ErrorClassOf<InputMissing>(),
    ErrorClassOf<Unavailable>(), ErrorClassOf<OutputError>(),      ErrorClassOf<IoError>(),
    ErrorClassOf<Diverged>(),    ErrorClassOf<EnvironmentError>(), ErrorClassOf<ReplicasDiffer>(),
    ErrorClassOf<VendorError>(), ErrorClassOf<Unsupported>(),
};

/// The position in kErrorClasses as one character, then the text.
std::string Encoded(const std::exception& error) {
  const auto found = std::find_if(kErrorClasses.begin(), kErrorClasses.end(),
                                  [&](const ErrorClass& c) { return c.holds(error); });
  return static_cast<char>('a' + (found - kErrorClasses.begin())) + std::string(error.what());
}

[[noreturn]] void Raise(const RankText& report) {
  const auto position = static_cast<std::size_t>(report.text.front() - 'a');
  const std::string text = fmt::format("rank {}: {}", report.rank, report.text.substr(1));
  if (position < kErrorClasses.size()) kErrorClasses[position].raise(text);
  throw Error(text);
}

}  // namespace

void AgreeOnErrors(Communicator& communicator, const std::function<void()>& body) {
  std::optional<std::string> failure;
  std::exception_ptr own;
  try {
    body();
  } catch (const std::exception& error) {
    failure = Encoded(error);
    own = std::current_exception();
  }
  const std::optional<RankText> report = LowestText(communicator, failure);
  if (!report) return;
  if (report->rank == communicator.rank()) std::rethrow_exception(own);
  Raise(*report);
}

}  // namespace lockstep
