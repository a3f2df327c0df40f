#include "comm/handshake.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "core/errors.h"
#include "core/text_exchange.h"

namespace lockstep {
namespace {

using Contract = std::map<std::string, std::string>;

/// Fields and values in turn, each ended by a zero byte.
std::string Serialized(const Contract& contract) {
  std::string text;
  for (const auto& [field, value] : contract) {
    text.append(field).push_back('\0');
    text.append(value).push_back('\0');
  }
  return text;
}

std::string TakePart(const std::string& text, std::size_t& position) {
  const std::size_t end = text.find('\0', position);
  std::string part = text.substr(position, end - position);
  position = end + 1;
  return part;
}

Contract Deserialized(const std::string& text) {
  Contract contract;
  std::size_t position = 0;
  while (position < text.size()) {
    const std::string field = TakePart(text, position);
    contract[field] = TakePart(text, position);
  }
  return contract;
}

std::string ValueIn(const Contract& contract, const std::string& field) {
  const auto found = contract.find(field);
  return found == contract.end() ? "(nothing)" : found->second;
}

std::optional<std::string> FirstDifference(const Contract& own, const Contract& of_root) {
  std::set<std::string> fields;
  for (const auto& [field, value] : own) fields.insert(field);
  for (const auto& [field, value] : of_root) fields.insert(field);
  for (const std::string& field : fields) {
    const std::string mine = ValueIn(own, field);
    const std::string expected = ValueIn(of_root, field);
    if (mine != expected) {
      return fmt::format("{}: expected {} as on rank 0, got {}", field, expected, mine);
    }
  }
  return std::nullopt;
}

}  // namespace

void Handshake(Communicator& communicator, const Contract& contract) {
  const Contract of_root = Deserialized(BroadcastText(communicator, Serialized(contract), 0));
  const std::optional<RankText> difference =
      LowestText(communicator, FirstDifference(contract, of_root));
  if (!difference) return;
  throw EnvironmentError(fmt::format(
      "ranks would not compute the same bits: rank {}: {}; start all ranks from one installation "
      "on machines of one kind with the same config and data, or set the field in the config",
      difference->rank, difference->text));
}

}  // namespace lockstep
