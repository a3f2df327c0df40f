#include "core/config/parse_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
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

struct Explanation {
  std::string text;
  // The word that is wrong. Protobuf has read it when it complains and points at what follows it.
  // Empty: it points at the right place.
  std::string word;
};

// Protobuf's wording, made to say what to do where it does not.
Explanation Explain(const std::string& message) {
  const std::vector<std::string> words = QuotedWords(message);
  if (words.size() == 2 && message.find("has no field named") != std::string::npos) {
    return {ExplainUnknownField(words[0], words[1]), words[1]};
  }
  if (words.size() == 2 && message.rfind("Unknown enumeration value", 0) == 0) {
    return {ExplainUnknownValue(words[0], words[1]), words[0]};
  }
  if (words.size() == 1 && message.find("specified multiple times") != std::string::npos) {
    return {fmt::format("field '{}' is there twice; keep one", words[0]), words[0]};
  }
  if (words.size() == 3 && message.find("another member of oneof") != std::string::npos) {
    return {fmt::format("'{}' and '{}' exclude each other; keep one", words[0], words[1]),
            words[0]};
  }
  return {message, ""};
}

// A place in a text. `line` and `column` count from 0; a column is a character.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;
};

// The offset of a place as Protobuf's tokenizer counts it: a tab goes on to the next multiple of 8.
std::size_t OffsetOf(const std::string& text, const Position& place) {
  std::size_t offset = 0;
  for (std::size_t line = 0; line < place.line && offset < text.size(); ++line) {
    offset = std::min(text.find('\n', offset), text.size() - 1) + 1;
  }
  for (std::size_t column = 0; column < place.column && offset < text.size(); ++offset) {
    column += text[offset] == '\t' ? 8 - column % 8 : 1;
  }
  return offset;
}

Position PositionOf(const std::string& text, std::size_t offset) {
  const std::string before = text.substr(0, offset);
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  return {lines, lines == 0 ? offset : offset - before.rfind('\n') - 1};
}

// Keeps the first error: later ones are often consequences of it.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  FirstError(const std::string& config, const std::string& where)
      : config_(config), where_(where) {}

  // `line` and `column` count from 0; a negative line is an error of the whole.
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    const Explanation explanation = Explain(message);
    if (line < 0) {
      text_ = fmt::format("{}: {}", where_, explanation.text);
      return;
    }
    std::size_t offset =
        OffsetOf(config_, {static_cast<std::size_t>(line), static_cast<std::size_t>(column)});
    if (!explanation.word.empty()) {
      offset = std::min(offset, config_.rfind(explanation.word, offset - 1));
    }
    const Position place = PositionOf(config_, offset);
    text_ = fmt::format("{}:{}:{}: {}", where_, place.line + 1, place.column + 1, explanation.text);
  }
  const std::string& text() const { return text_; }

 private:
  const std::string& config_;
  std::string where_;
  std::string text_;
};

}  // namespace

Config ParseConfig(const std::string& text, const std::string& where) {
  FirstError error(text, where);
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
