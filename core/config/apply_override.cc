#include "core/config/apply_override.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "core/config/field_names.h"
#include "core/errors.h"
#include "core/graph/nearest_name.h"

namespace lockstep {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// One `key=value`, and how to complain about it.
struct Override {
  std::string key;
  std::string value;

  [[noreturn]] void Refuse(const std::string& why) const {
    throw ConfigError(fmt::format("--set {}={}: {}", key, value, why));
  }
  [[noreturn]] void RefuseValue(const std::string& expected, const std::string& got,
                                const std::string& suggestion = "") const {
    Refuse(fmt::format("expected {}, got '{}'{}", expected, got, suggestion));
  }
};

Override SplitKeyAndValue(std::string_view key_and_value) {
  const std::size_t equals = key_and_value.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw ConfigError(fmt::format(
        "--set {}: expected KEY=VALUE, for example optimizer.learning_rate=0.1", key_and_value));
  }
  return {std::string(key_and_value.substr(0, equals)),
          std::string(key_and_value.substr(equals + 1))};
}

std::vector<std::string> SplitAt(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator, begin)) {
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.emplace_back(text.substr(begin));
  return parts;
}

std::string Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

// The message that holds a field, and the field.
struct Place {
  Message* message;
  const FieldDescriptor* field;
};

const FieldDescriptor& FindField(const Override& change, const Descriptor& type,
                                 const std::string& prefix, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  if (field != nullptr) return *field;
  std::vector<std::string> known = FieldNames(type);
  for (std::string& candidate : known) candidate.insert(0, prefix);
  const std::string unknown = prefix + name;
  const std::string nearest = DidYouMean(unknown, known);
  if (!nearest.empty()) change.Refuse(fmt::format("unknown key '{}'{}", unknown, nearest));
  change.Refuse(
      fmt::format("unknown key '{}', expected one of {}", unknown, fmt::join(known, ", ")));
}

// Walks the field path, making the messages on the way.
Place FindPlace(const Override& change, Message& root) {
  Place place{&root, nullptr};
  std::string prefix;
  for (const std::string& name : SplitAt(change.key, '.')) {
    if (place.field != nullptr) {
      if (place.field->message_type() == nullptr) {
        change.Refuse(fmt::format("'{}' is a value and has no fields", prefix));
      }
      place.message = place.message->GetReflection()->MutableMessage(place.message, place.field);
      prefix += '.';
    }
    place.field = &FindField(change, *place.message->GetDescriptor(), prefix, name);
    prefix += name;
    if (place.field->message_type() != nullptr && place.field->is_repeated()) {
      change.Refuse(fmt::format("'{}' is a list of messages; write it in the config file", prefix));
    }
  }
  if (place.field->message_type() != nullptr) {
    change.Refuse(fmt::format("'{}' is a group of fields; set one of {}.{{{}}}", prefix, prefix,
                              fmt::join(FieldNames(*place.field->message_type()), ", ")));
  }
  return place;
}

template <typename T>
std::optional<T> ParseNumber(const std::string& text) {
  T number{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

template <typename T>
T WholeNumber(const Override& change, const std::string& text) {
  const std::optional<T> number = ParseNumber<T>(text);
  if (!number) {
    change.RefuseValue(fmt::format("a whole number in [{}, {}]", std::numeric_limits<T>::min(),
                                   std::numeric_limits<T>::max()),
                       text);
  }
  return *number;
}

template <typename T>
T FiniteNumber(const Override& change, const std::string& text) {
  const std::optional<T> number = ParseNumber<T>(text);
  if (!number || !std::isfinite(*number)) change.RefuseValue("a finite number", text);
  return *number;
}

bool Truth(const Override& change, const std::string& text) {
  if (text != "true" && text != "false") change.RefuseValue("true or false", text);
  return text == "true";
}

const EnumValueDescriptor* NamedValue(const Override& change, const FieldDescriptor& field,
                                      const std::string& text) {
  const EnumValueDescriptor* value = field.enum_type()->FindValueByName(text);
  if (value == nullptr) {
    const std::vector<std::string> known = ValueNames(*field.enum_type());
    change.RefuseValue(fmt::format("one of {}", fmt::join(known, ", ")), text,
                       DidYouMean(text, known));
  }
  return value;
}

// Sets a field, or adds to it where it is a list.
void Store(const Override& change, const Place& place, const std::string& text) {
  Message* message = place.message;
  const FieldDescriptor* field = place.field;
  const Reflection& access = *message->GetReflection();
  const auto store = [&](auto set, auto add, const auto& value) {
    field->is_repeated() ? (access.*add)(message, field, value)
                         : (access.*set)(message, field, value);
  };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return store(&Reflection::SetInt32, &Reflection::AddInt32,
                   WholeNumber<std::int32_t>(change, text));
    case FieldDescriptor::CPPTYPE_INT64:
      return store(&Reflection::SetInt64, &Reflection::AddInt64,
                   WholeNumber<std::int64_t>(change, text));
    case FieldDescriptor::CPPTYPE_UINT32:
      return store(&Reflection::SetUInt32, &Reflection::AddUInt32,
                   WholeNumber<std::uint32_t>(change, text));
    case FieldDescriptor::CPPTYPE_UINT64:
      return store(&Reflection::SetUInt64, &Reflection::AddUInt64,
                   WholeNumber<std::uint64_t>(change, text));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return store(&Reflection::SetFloat, &Reflection::AddFloat, FiniteNumber<float>(change, text));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return store(&Reflection::SetDouble, &Reflection::AddDouble,
                   FiniteNumber<double>(change, text));
    case FieldDescriptor::CPPTYPE_BOOL:
      return store(&Reflection::SetBool, &Reflection::AddBool, Truth(change, text));
    case FieldDescriptor::CPPTYPE_ENUM:
      return store(&Reflection::SetEnum, &Reflection::AddEnum, NamedValue(change, *field, text));
    case FieldDescriptor::CPPTYPE_STRING:
      return store(&Reflection::SetString, &Reflection::AddString, text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;  // FindPlace refuses these
  }
}

void StoreList(const Override& change, const Place& place) {
  const std::string text = Trimmed(change.value);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    change.RefuseValue("a list like [0.1,0.2]", change.value);
  }
  place.message->GetReflection()->ClearField(place.message, place.field);
  const std::string inside = Trimmed(std::string_view(text).substr(1, text.size() - 2));
  if (inside.empty()) return;
  for (const std::string& item : SplitAt(inside, ',')) Store(change, place, Trimmed(item));
}

}  // namespace

void ApplyOverride(std::string_view key_and_value, Config& config) {
  const Override change = SplitKeyAndValue(key_and_value);
  Config changed = config;
  const Place place = FindPlace(change, changed);
  if (place.field->is_repeated()) {
    StoreList(change, place);
  } else {
    Store(change, place, change.value);
  }
  config = std::move(changed);
}

}  // namespace lockstep
