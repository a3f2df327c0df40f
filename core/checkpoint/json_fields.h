#pragma once

// The fields of one JSON object, read by name and type; whatever is left unread is an error.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

namespace lockstep {

/// Reads an object that outlives it. Every call throws DataError naming place, field, expected and
/// got. Not thread-safe.
class JsonFields {
 public:
  JsonFields(const nlohmann::json& object, std::string where);

  bool Has(const std::string& key) const;
  /// An integer in [0, 2^64).
  std::uint64_t Unsigned(const std::string& key);
  /// An integer in [0, 2^63).
  std::int64_t Count(const std::string& key);
  double Number(const std::string& key);
  /// A number, or one of the texts "nan", "inf", "-inf".
  double NumberOrText(const std::string& key);
  std::string Text(const std::string& key);
  const nlohmann::json& Object(const std::string& key);
  const nlohmann::json& Array(const std::string& key);
  /// Call last: throws where the object has a field that nobody read.
  void RefuseUnread() const;

 private:
  const nlohmann::json& Take(const std::string& key);
  [[noreturn]] void Refuse(const std::string& key, const std::string& expected) const;

  const nlohmann::json& object_;
  std::string where_;
  std::set<std::string> read_;
};

}  // namespace lockstep
