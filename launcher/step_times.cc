#include "launcher/step_times.h"

#include <algorithm>

namespace lockstep {
namespace {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double Milliseconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

StepTimes::StepTimes(Model& model)
    : model_(model),
      tasks_(model.plan().forward.size() + model.plan().backward.size()),
      current_(tasks_ + kParts + 1),
      steps_(current_.size()) {
  model_.Observe(this);
}

StepTimes::~StepTimes() { model_.Observe(nullptr); }

void StepTimes::BeginStep() {
  std::fill(current_.begin(), current_.end(), 0.0);
  next_task_ = 0;
  in_tasks_ = false;
  step_begin_ = mark_ = Clock::now();
}

void StepTimes::EndStep() {
  AddToPart(StepPart::kFinish, Lap());
  current_.back() = Milliseconds(mark_ - step_begin_);
  for (std::size_t i = 0; i < current_.size(); ++i) steps_[i].push_back(current_[i]);
}

void StepTimes::Exchange(ExchangePhase phase) {
  const auto now = Clock::now();
  if (phase == ExchangePhase::kDone) {
    AddToPart(StepPart::kExchange, Milliseconds(now - exchange_begin_));
  }
  exchange_begin_ = now;
}

void StepTimes::TaskBegins(const Task& /*task*/) {
  model_.stream().Synchronize();
  AddToPart(in_tasks_ ? StepPart::kBetween : StepPart::kPreparation, Lap());
  in_tasks_ = true;
}

void StepTimes::TaskEnded(const Task& /*task*/) {
  model_.stream().Synchronize();
  current_[next_task_] += Lap();
  next_task_ = (next_task_ + 1) % tasks_;
}

double StepTimes::OfTask(std::size_t position) const { return Median(steps_[position]); }

double StepTimes::OfPart(StepPart part) const {
  return Median(steps_[tasks_ + static_cast<std::size_t>(part)]);
}

double StepTimes::OfStep() const { return Median(steps_.back()); }

double StepTimes::Lap() {
  const auto now = Clock::now();
  const double lap = Milliseconds(now - mark_);
  mark_ = now;
  return lap;
}

void StepTimes::AddToPart(StepPart part, double milliseconds) {
  current_[tasks_ + static_cast<std::size_t>(part)] += milliseconds;
}

}  // namespace lockstep
