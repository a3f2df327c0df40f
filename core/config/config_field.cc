#include "core/config/config_field.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace lockstep {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A value within a message: a field, or entry `index` of a list.
struct Entry {
  const Message& message;
  const FieldDescriptor& field;
  int index = 0;

  template <typename One, typename Many>
  auto Get(One one, Many many) const {
    const Reflection& access = *message.GetReflection();
    return field.is_repeated() ? (access.*many)(message, &field, index)
                               : (access.*one)(message, &field);
  }
};

void SetReal(double number, std::string text, ConfigField& out) {
  out.real = number;
  out.value = std::move(text);
}

// Fills everything but path and is_default.
void ReadValue(const Entry& entry, ConfigField& out) {
  switch (entry.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      out.value = fmt::to_string(entry.Get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      out.value = fmt::to_string(entry.Get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      out.value = fmt::to_string(entry.Get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      out.value = fmt::to_string(entry.Get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
      break;
    case FieldDescriptor::CPPTYPE_FLOAT: {
      const float number = entry.Get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat);
      SetReal(number, fmt::to_string(number), out);
      break;
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double number = entry.Get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble);
      SetReal(number, fmt::to_string(number), out);
      break;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      out.value = entry.Get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      out.value = entry.Get(&Reflection::GetEnum, &Reflection::GetRepeatedEnum)->name();
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      out.value = entry.Get(&Reflection::GetString, &Reflection::GetRepeatedString);
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      out.value = "{}";
      break;
  }
}

class FieldLister {
 public:
  void ListMessage(const Message& message, const std::string& prefix) {
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::string path = prefix + field.name();
      if (field.is_repeated()) {
        ListEntries(message, field, path);
      } else if (field.message_type() != nullptr) {
        ListGroup(message, field, path);
      } else {
        ListScalar(message, field, path);
      }
    }
  }

  std::vector<ConfigField> Take() { return std::move(fields_); }

 private:
  void ListEntries(const Message& message, const FieldDescriptor& field, const std::string& path) {
    const Reflection& access = *message.GetReflection();
    for (int i = 0; i < access.FieldSize(message, &field); ++i) {
      const std::string entry = fmt::format("{}[{}]", path, i);
      if (field.message_type() != nullptr) {
        ListMessage(access.GetRepeatedMessage(message, &field, i), entry + ".");
      } else {
        Add({message, field, i}, entry, false);
      }
    }
  }

  // A message in a oneof says something by being there; another stands for its fields alone.
  void ListGroup(const Message& message, const FieldDescriptor& field, const std::string& path) {
    const Reflection& access = *message.GetReflection();
    if (field.containing_oneof() != nullptr) {
      if (!access.HasField(message, &field)) return;
      Add({message, field}, path, false);
    }
    ListMessage(access.GetMessage(message, &field), path + ".");
  }

  void ListScalar(const Message& message, const FieldDescriptor& field, const std::string& path) {
    const bool present = message.GetReflection()->HasField(message, &field);
    if (field.containing_oneof() != nullptr && !present) return;
    Add({message, field}, path, field.containing_oneof() == nullptr);
  }

  void Add(const Entry& entry, const std::string& path, bool may_be_default) {
    ConfigField out;
    out.path = path;
    ReadValue(entry, out);
    if (may_be_default) {
      const Message& empty = *google::protobuf::MessageFactory::generated_factory()->GetPrototype(
          entry.message.GetDescriptor());
      ConfigField absent;
      ReadValue({empty, entry.field}, absent);
      out.is_default = absent.value == out.value;
    }
    fields_.push_back(std::move(out));
  }

  std::vector<ConfigField> fields_;
};

}  // namespace

std::vector<ConfigField> ListFields(const Config& config) {
  FieldLister lister;
  lister.ListMessage(config, "");
  return lister.Take();
}

}  // namespace lockstep
