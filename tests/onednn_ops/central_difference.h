#pragma once

// The slope of a function of one number by finite differences: what gradients of references are
// held against.

namespace lockstep {

/// (f(x + step) - f(x - step)) / (2 step), where `objective()` reads x from `varied`, which keeps
/// its value.
template <typename Objective>
double CentralDifference(const Objective& objective, double& varied, double step) {
  const double value = varied;
  varied = value + step;
  const double above = objective();
  varied = value - step;
  const double below = objective();
  varied = value;
  return (above - below) / (2 * step);
}

}  // namespace lockstep
