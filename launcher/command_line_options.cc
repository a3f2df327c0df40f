#include "launcher/command_line_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdint>

#include "core/graph/nearest_name.h"

namespace lockstep {

CLI::ValidationError Refusal(const std::string& expected, const std::string& got) {
  return CLI::ValidationError(fmt::format("{}, got '{}'", expected, got));
}

CLI::ValidationError ChoiceRefusal(const std::string& name, const std::vector<std::string>& words,
                                   const std::string& got) {
  return CLI::ValidationError(fmt::format("--{}: expected {}, got '{}'{}", name,
                                          fmt::join(words, ", "), got, DidYouMean(got, words)));
}

void AddOverrides(CLI::App& verb, std::vector<std::string>& overrides) {
  verb.add_option("--set", overrides, "Replaces a config value, e.g. optimizer.learning_rate=0.1")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

void AddConfig(CLI::App& verb, std::filesystem::path& config, std::vector<std::string>& overrides) {
  verb.add_option("CONFIG", config, "A recipe in Protobuf text format")->type_name("");
  AddOverrides(verb, overrides);
}

void RequireConfigOrPreset(CLI::App& verb) {
  verb.get_option("CONFIG")->excludes("--model");
  verb.callback([&verb] {
    if (verb.count("CONFIG") + verb.count("--model") == 0) {
      throw CLI::RequiredError("CONFIG or --model PRESET");
    }
  });
}

CLI::Validator Positive() {
  return CLI::Validator(
      [](std::string& text) {
        double value = 0;
        const bool number = CLI::detail::lexical_cast(text, value) && std::isfinite(value);
        return number && value > 0 ? "" : fmt::format("expected a number above 0, got '{}'", text);
      },
      "", "positive");
}

CLI::Validator NotNegative() {
  return CLI::Validator(
      [](std::string& text) {
        std::int64_t value = 0;
        const bool number = CLI::detail::lexical_cast(text, value);
        return number && value >= 0 ? ""
                                    : fmt::format("expected a whole number from 0, got '{}'", text);
      },
      "", "not negative");
}

}  // namespace lockstep
