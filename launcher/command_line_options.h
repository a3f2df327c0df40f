#pragma once

// The kinds of options that verbs have in common. The command line alone includes this: no other
// file knows the parser.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// Names of a setting's values, as the command line spells them.
template <typename T>
using Choices = std::vector<std::pair<std::string, T>>;

/// The refusal of `got`; `expected` names the option and what it takes.
CLI::ValidationError Refusal(const std::string& expected, const std::string& got);
/// The refusal of `got` for option `--name`, with the nearest of `words`.
CLI::ValidationError ChoiceRefusal(const std::string& name, const std::vector<std::string>& words,
                                   const std::string& got);

/// The value of an option, or its refusal.
template <typename T>
T Expect(const std::optional<T>& value, const std::string& expected, const std::string& got) {
  if (!value) throw Refusal(expected, got);
  return *value;
}

/// An option `--name` whose value is one of `choices`, in any case.
template <typename T>
CLI::Option* AddChoice(CLI::App& verb, const std::string& name, T& value,
                       const Choices<T>& choices) {
  const auto choose = [=, &value](const std::string& text) {
    std::vector<std::string> words;
    for (const auto& [word, choice] : choices) {
      if (CLI::detail::to_lower(text) == CLI::detail::to_lower(word)) {
        value = choice;
        return;
      }
      words.push_back(word);
    }
    throw ChoiceRefusal(name, words, text);
  };
  return verb.add_option_function<std::string>("--" + name, choose)->type_name("WHICH");
}

/// `--set`, which may be repeated and takes one value each, so that what follows it is not
/// swallowed.
void AddOverrides(CLI::App& verb, std::vector<std::string>& overrides);

/// `CONFIG` and `--set`.
void AddConfig(CLI::App& verb, std::filesystem::path& config, std::vector<std::string>& overrides);

/// `CONFIG` and `--model`, which the verb has, are two ways to say what it works on: exactly one is
/// needed.
void RequireConfigOrPreset(CLI::App& verb);

/// Numbers above 0.
CLI::Validator Positive();

/// Whole numbers from 0.
CLI::Validator NotNegative();

}  // namespace lockstep
