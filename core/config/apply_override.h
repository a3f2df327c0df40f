#pragma once

// What `--set key=value` does to a config.

#include <string_view>

#include "configs/config.pb.h"

namespace lockstep {

/// Sets one field. `key` is a field path (`optimizer.learning_rate`), `value` a number, `true` or
/// `false`, the name of an enumeration's value, a text as it is, or for a list of these
/// `[0.1,0.2]`, which replaces the whole list. A member of a oneof replaces the other members:
/// `steps=10` removes `epochs`. Numbers are decimal and finite. Throws ConfigError that names key,
/// value, what is expected, and the nearest known word; `config` is then as it was. Thread-safe for
/// distinct configs.
void ApplyOverride(std::string_view key_and_value, Config& config);

}  // namespace lockstep
