#include "core/config/resolve.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "core/config/config_field.h"
#include "core/digest/sha256.h"
#include "core/errors.h"

namespace lockstep {
namespace {

// The fields that decide no bits: a resume may change them. A message stands for all its fields.
constexpr std::array<std::string_view, 13> kOutsideArithmetic = {
    "communicator",
    "allow_shared_device",
    "bucket_kib",
    "log_every",
    "verify_every",
    "hang_timeout",
    "checkpoint",
    "evaluation",
    "data.path",
    "data.train_path",
    "data.validation_path",
    "data.threads",
    "data.bad_record_limit",
};

constexpr std::array<std::string_view, 3> kLengthFields = {"epochs", "steps", "samples"};

bool IsAtOrBelow(std::string_view path, std::string_view field) {
  return path.substr(0, field.size()) == field &&
         (path.size() == field.size() || path[field.size()] == '.');
}

bool ScheduleReadsLength(const Config& config) {
  switch (config.schedule().type()) {
    case ScheduleConfig::CONSTANT:
    case ScheduleConfig::STEP:
      return false;
    case ScheduleConfig::COSINE:
    case ScheduleConfig::LINEAR:
    case ScheduleConfig::POLYNOMIAL:
      return true;
  }
  return true;
}

bool DecidesBits(const std::string& path, const Config& config) {
  const auto is_above = [&](std::string_view field) { return IsAtOrBelow(path, field); };
  if (std::any_of(kLengthFields.begin(), kLengthFields.end(), is_above)) {
    return ScheduleReadsLength(config);
  }
  return std::none_of(kOutsideArithmetic.begin(), kOutsideArithmetic.end(), is_above);
}

// Defaults are left out, so that a field added to the schema later leaves the digests of old runs
// as they are.
std::vector<ConfigField> ArithmeticFields(const Config& config) {
  std::vector<ConfigField> fields = ListFields(config);
  fields.erase(std::remove_if(fields.begin(), fields.end(),
                              [&](const ConfigField& field) {
                                return field.is_default || !DecidesBits(field.path, config);
                              }),
               fields.end());
  return fields;
}

std::string ValueOf(const std::string& path, const Config& config) {
  for (const ConfigField& field : ListFields(config)) {
    if (field.path == path) return field.value.empty() ? "''" : field.value;
  }
  return "none";
}

std::string Difference(const std::string& path, const Config& stored, const Config& now) {
  return fmt::format("{}: the run has {}, the config has {}", path, ValueOf(path, stored),
                     ValueOf(path, now));
}

}  // namespace

Config Resolve(Config config, const FirstStart& decided) {
  if (config.isa() == InstructionSet::BEST) config.set_isa(decided.isa);
  if (config.threads_per_rank() == 0) config.set_threads_per_rank(decided.threads_per_rank);
  if (config.backend() == BackendChoice::AUTO) config.set_backend(decided.backend);
  return config;
}

FirstStart DecisionsOf(const Config& resolved) {
  return {resolved.isa(), resolved.threads_per_rank(), resolved.backend()};
}

std::string ArithmeticDigest(const Config& config) {
  Sha256 digest;
  for (const ConfigField& field : ArithmeticFields(config)) {
    // Lengths keep two lists of fields from reading as the same bytes.
    digest.Add(static_cast<std::uint64_t>(field.path.size()));
    digest.Add(field.path);
    digest.Add(static_cast<std::uint64_t>(field.value.size()));
    digest.Add(field.value);
  }
  return digest.Hex();
}

std::optional<std::string> FirstArithmeticDifference(const Config& stored, const Config& now) {
  const std::vector<ConfigField> before = ArithmeticFields(stored);
  const std::vector<ConfigField> after = ArithmeticFields(now);
  const auto same = [](const ConfigField& a, const ConfigField& b) {
    return a.path == b.path && a.value == b.value;
  };
  const auto [old_field, new_field] =
      std::mismatch(before.begin(), before.end(), after.begin(), after.end(), same);
  if (old_field == before.end() && new_field == after.end()) return std::nullopt;
  // Where a field is absent on one side, the other side's field is the one that differs.
  const auto has = [](const std::vector<ConfigField>& fields, const std::string& path) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const ConfigField& field) { return field.path == path; });
  };
  const bool added =
      old_field == before.end() || (new_field != after.end() && !has(before, new_field->path));
  return Difference(added ? new_field->path : old_field->path, stored, now);
}

std::string ToText(const Config& config) {
  google::protobuf::TextFormat::Printer printer;
  std::string text;
  if (!printer.PrintToString(config, &text)) throw ConfigError("the config cannot be written");
  return text;
}

}  // namespace lockstep
