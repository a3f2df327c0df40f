#pragma once

// The words of the schema, for error messages that list or suggest them.

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace lockstep {

/// In the order of the schema.
inline std::vector<std::string> FieldNames(const google::protobuf::Descriptor& message) {
  std::vector<std::string> names;
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  return names;
}

/// In the order of the schema.
inline std::vector<std::string> ValueNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return names;
}

}  // namespace lockstep
