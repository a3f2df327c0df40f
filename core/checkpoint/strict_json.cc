#include "core/checkpoint/strict_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "core/errors.h"

namespace lockstep {
namespace {

constexpr int kMaxDepth = 32;

/// Follows the parser and throws at the first repeated key.
class KeyWatch {
 public:
  explicit KeyWatch(std::string where) : where_(std::move(where)) {}

  void See(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > kMaxDepth) {
      throw DataError(fmt::format("{}: nested deeper than {} levels", where_, kMaxDepth));
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      throw DataError(fmt::format("{}: the key {} comes twice", where_, parsed.dump()));
    }
  }

 private:
  std::string where_;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

nlohmann::json ParseStrictJson(std::string_view text, const std::string& where) {
  KeyWatch watch(where);
  const auto callback = [&](int depth, nlohmann::json::parse_event_t event,
                            nlohmann::json& parsed) {
    watch.See(depth, event, parsed);
    return true;
  };
  try {
    return nlohmann::json::parse(text.begin(), text.end(), callback);
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{}: expected a JSON document, got: {}", where, error.what()));
  }
}

}  // namespace lockstep
