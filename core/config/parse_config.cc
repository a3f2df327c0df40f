#include "core/config/parse_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <set>
#include <vector>

#include "core/config/field_names.h"
#include "core/errors.h"
#include "core/graph/nearest_name.h"

namespace lockstep {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Far above the depth of the schema; keeps a hostile file from using up the stack.
constexpr int kDeepestNesting = 32;

// The words between quotation marks in one of Protobuf's messages.
std::vector<std::string> QuotedWords(const std::string& message) {
  std::vector<std::string> words;
  std::size_t begin = message.find('"');
  while (begin != std::string::npos) {
    const std::size_t end = message.find('"', begin + 1);
    if (end == std::string::npos) break;
    words.push_back(message.substr(begin + 1, end - begin - 1));
    begin = message.find('"', end + 1);
  }
  return words;
}

// The values of all enumerations that a field called `name` can have anywhere below `message`:
// Protobuf's error does not tell which of them it was.
void CollectEnumValues(const Descriptor& message, const std::string& name,
                       std::set<const Descriptor*>& seen, std::vector<std::string>& values) {
  if (!seen.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.message_type() != nullptr) {
      CollectEnumValues(*field.message_type(), name, seen, values);
    } else if (field.enum_type() != nullptr && field.name() == name) {
      for (const std::string& value : ValueNames(*field.enum_type())) values.push_back(value);
    }
  }
}

// 'Message type "lockstep.Config" has no field named "bach".'
std::string ExplainUnknownField(const std::string& type_name, const std::string& field_name) {
  const Descriptor* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type_name);
  if (type == nullptr) return fmt::format("unknown field '{}'", field_name);
  const std::vector<std::string> known = FieldNames(*type);
  const std::string nearest = DidYouMean(field_name, known);
  if (!nearest.empty()) return fmt::format("unknown field '{}'{}", field_name, nearest);
  return fmt::format("unknown field '{}'; {} has: {}", field_name, type->name(),
                     fmt::join(known, ", "));
}

// 'Unknown enumeration value of "FP32" for field "precision".'
std::string ExplainUnknownValue(const std::string& value, const std::string& field_name) {
  std::set<const Descriptor*> seen;
  std::vector<std::string> known;
  CollectEnumValues(*Config::descriptor(), field_name, seen, known);
  return fmt::format("{}: expected one of {}, got '{}'{}", field_name, fmt::join(known, ", "),
                     value, DidYouMean(value, known));
}

// Protobuf's wording, made to say what to do where it does not.
std::string Explain(const std::string& message) {
  const std::vector<std::string> words = QuotedWords(message);
  if (words.size() == 2 && message.find("has no field named") != std::string::npos) {
    return ExplainUnknownField(words[0], words[1]);
  }
  if (words.size() == 2 && message.rfind("Unknown enumeration value", 0) == 0) {
    return ExplainUnknownValue(words[0], words[1]);
  }
  if (words.size() == 1 && message.find("specified multiple times") != std::string::npos) {
    return fmt::format("field '{}' is there twice; keep one", words[0]);
  }
  if (words.size() == 3 && message.find("another member of oneof") != std::string::npos) {
    return fmt::format("'{}' and '{}' exclude each other; keep one", words[0], words[1]);
  }
  return message;
}

// Keeps the first error: later ones are often consequences of it.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(const std::string& where) : where_(where) {}

  // `line` and `column` count from 0; a negative line is an error of the whole.
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    text_ = line < 0 ? fmt::format("{}: {}", where_, Explain(message))
                     : fmt::format("{}:{}:{}: {}", where_, line + 1, column + 1, Explain(message));
  }
  const std::string& text() const { return text_; }

 private:
  std::string where_;
  std::string text_;
};

}  // namespace

Config ParseConfig(const std::string& text, const std::string& where) {
  FirstError error(where);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kDeepestNesting);
  Config config;
  if (!parser.ParseFromString(text, &config)) {
    throw ConfigError(error.text().empty() ? fmt::format("{}: not a config", where) : error.text());
  }
  return config;
}

}  // namespace lockstep
