#pragma once

// The position of a run, beside its weights and moments: state.json of a checkpoint. Together they
// are all that a resume needs; nothing in here tells the number of ranks.
//
// state.json = { "format": 1, "step": n, "samples": n, "seed": n,
//                "digests": { "arithmetic": text, "data_index": text, "engine_table": text },
//                "loss_scale": { "scale": x, "good_steps": n },
//                "metrics": { name: x, ... },
//                optionally "best": { "metric": name, "value": x, "step": n },
//                optionally "plateau": { "best": x, "bad_evaluations": n, "factor": x },
//                optionally "early_stopping": { "best": x, "bad_evaluations": n } };
//   x is a number, or "nan", "inf", "-inf"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// What the bits of the run depend on, as SHA-256 in hexadecimal; empty where there is none.
struct RunDigests {
  std::string arithmetic;    ///< of the config's fields that decide the bits
  std::string data_index;    ///< of the list of samples
  std::string engine_table;  ///< of the device's chosen engines

  friend bool operator==(const RunDigests&, const RunDigests&) = default;
};

struct LossScaleState {
  double scale = 1;
  std::int64_t good_steps = 0;  ///< steps since the scale last changed

  friend bool operator==(const LossScaleState&, const LossScaleState&) = default;
};

struct BestMetric {
  std::string metric;
  double value = 0;
  std::int64_t step = 0;  ///< of the checkpoint that has it

  friend bool operator==(const BestMetric&, const BestMetric&) = default;
};

/// Of the learning rate that falls when a metric stops to improve.
struct PlateauState {
  double best = 0;
  std::int64_t bad_evaluations = 0;
  double factor = 1;

  friend bool operator==(const PlateauState&, const PlateauState&) = default;
};

struct EarlyStoppingState {
  double best = 0;
  std::int64_t bad_evaluations = 0;

  friend bool operator==(const EarlyStoppingState&, const EarlyStoppingState&) = default;
};

struct RunState {
  static constexpr std::uint64_t kFormat = 1;
  static constexpr std::string_view kFileName = "state.json";

  std::int64_t step = 0;     ///< steps completed
  std::int64_t samples = 0;  ///< samples consumed: the whole position in the data
  std::uint64_t seed = 0;
  RunDigests digests;
  LossScaleState loss_scale;
  std::map<std::string, double> metrics;  ///< of the last evaluation
  std::optional<BestMetric> best;
  std::optional<PlateauState> plateau;
  std::optional<EarlyStoppingState> early_stopping;

  friend bool operator==(const RunState&, const RunState&) = default;
};

/// The text of state.json. Throws std::invalid_argument at a number that is not finite: JSON has
/// none.
std::string ToJson(const RunState& state);

/// Throws DataError beginning with `where` at another format, missing, unknown or wrong fields.
RunState ParseRunState(std::string_view text, const std::string& where);

}  // namespace lockstep
