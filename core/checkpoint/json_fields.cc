#include "core/checkpoint/json_fields.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/errors.h"

namespace lockstep {

JsonFields::JsonFields(const nlohmann::json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) {
    throw DataError(fmt::format("{}: expected an object, got {}", where_, object.type_name()));
  }
}

bool JsonFields::Has(const std::string& key) const { return object_.contains(key); }

std::uint64_t JsonFields::Unsigned(const std::string& key) {
  const nlohmann::json& field = Take(key);
  if (!field.is_number_unsigned()) Refuse(key, "an integer that is not negative");
  return field.get<std::uint64_t>();
}

std::int64_t JsonFields::Count(const std::string& key) {
  const std::uint64_t value = Unsigned(key);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    Refuse(key, "an integer below 2^63");
  }
  return static_cast<std::int64_t>(value);
}

double JsonFields::Number(const std::string& key) {
  const nlohmann::json& field = Take(key);
  if (!field.is_number()) Refuse(key, "a number");
  return field.get<double>();
}

double JsonFields::NumberOrText(const std::string& key) {
  const nlohmann::json& field = Take(key);
  if (field == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (field == "inf") return std::numeric_limits<double>::infinity();
  if (field == "-inf") return -std::numeric_limits<double>::infinity();
  return Number(key);
}

std::string JsonFields::Text(const std::string& key) {
  const nlohmann::json& field = Take(key);
  if (!field.is_string()) Refuse(key, "a string");
  return field.get<std::string>();
}

const nlohmann::json& JsonFields::Object(const std::string& key) {
  const nlohmann::json& field = Take(key);
  if (!field.is_object()) Refuse(key, "an object");
  return field;
}

const nlohmann::json& JsonFields::Array(const std::string& key) {
  const nlohmann::json& field = Take(key);
  if (!field.is_array()) Refuse(key, "an array");
  return field;
}

void JsonFields::RefuseUnread() const {
  for (const auto& [key, value] : object_.items()) {
    if (read_.count(key) == 0) {
      throw DataError(fmt::format("{}: the field \"{}\" is unknown", where_, key));
    }
  }
}

const nlohmann::json& JsonFields::Take(const std::string& key) {
  const auto found = object_.find(key);
  if (found == object_.end()) {
    throw DataError(fmt::format("{}: the field \"{}\" is missing", where_, key));
  }
  read_.insert(key);
  return *found;
}

void JsonFields::Refuse(const std::string& key, const std::string& expected) const {
  throw DataError(fmt::format("{}: expected {} in \"{}\", got {}", where_, expected, key,
                              object_.at(key).dump()));
}

}  // namespace lockstep
