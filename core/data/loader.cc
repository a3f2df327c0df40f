#include "core/data/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "core/device/step_input.h"
#include "core/errors.h"

namespace lockstep {

namespace {

/// The bytes of image `sample` of a shard.
std::span<std::uint8_t> PixelsOf(const Shard& shard, std::int64_t sample) {
  const auto bytes = shard.images.bytes() / static_cast<std::size_t>(shard.images.shape()[0]);
  return shard.images.As<std::uint8_t>().subspan(static_cast<std::size_t>(sample) * bytes, bytes);
}

void ReplaceSkippedSamples(const Shard& shard) {
  const auto weights = shard.sample_weights.As<float>();
  const auto labels = shard.labels.As<std::int32_t>();
  const auto first_good = std::find(weights.begin(), weights.end(), 1.0F) - weights.begin();
  const bool any_good = first_good < std::ssize(weights);
  for (std::int64_t i = 0; i < std::ssize(weights); ++i) {
    if (weights[static_cast<std::size_t>(i)] != 0) continue;
    const auto pixels = PixelsOf(shard, i);
    if (any_good) {
      std::ranges::copy(PixelsOf(shard, first_good), pixels.begin());
    } else {
      std::ranges::fill(pixels, std::uint8_t{0});
    }
    labels[static_cast<std::size_t>(i)] =
        any_good ? labels[static_cast<std::size_t>(first_good)] : 0;
  }
}

}  // namespace

Loader::Loader(const Dataset& dataset, const DataPlan& plan, Backend& backend,
               const LoaderOptions& options)
    : dataset_(dataset),
      plan_(plan),
      threads_(options.threads),
      augmentation_(options.augmentation),
      bad_records_(options.bad_records),
      buffers_{StageBuffer(backend, {options.shards, plan.shard_size(), dataset.image_shape()}, 0),
               StageBuffer(backend, {options.shards, plan.shard_size(), dataset.image_shape()}, 1)},
      next_step_(options.first_step),
      fill_before_(options.first_step + 2) {
  if (threads_ < 1) {
    throw ConfigError(fmt::format("data.threads: expected at least 1, got {}", threads_));
  }
  for (auto& errors : errors_) errors.resize(static_cast<std::size_t>(threads_));
  StartWorkers();
}

Loader::~Loader() { StopWorkers(); }

void Loader::StartWorkers() {
  try {
    for (int worker = 0; worker < threads_; ++worker) {
      workers_.emplace_back([this, worker, first = next_step_] { Work(worker, first); });
    }
  } catch (...) {
    StopWorkers();
    throw;
  }
}

void Loader::StopWorkers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

const Stage& Loader::Next() {
  if (handed_out_) GiveBack();
  const std::size_t index = next_step_ % 2;
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return parts_done_[index] == threads_; });
  wait_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const std::exception_ptr& error : errors_[index]) {
    if (error != nullptr) std::rethrow_exception(error);
  }
  handed_out_ = true;
  return StageOf(next_step_);
}

void Loader::GiveBack() {
  {
    const std::lock_guard lock(mutex_);
    parts_done_[next_step_ % 2] = 0;
    ++fill_before_;
  }
  changed_.notify_all();
  ++next_step_;
  handed_out_ = false;
}

void Loader::Work(int worker, std::uint64_t first_step) {
  for (std::uint64_t step = first_step; WaitForStage(step); ++step) {
    std::exception_ptr error;
    try {
      FillPart(step, worker);
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    errors_[step % 2][static_cast<std::size_t>(worker)] = error;
    if (parts_done_[step % 2] + 1 == threads_) FinishStage(step);
    ++parts_done_[step % 2];
    changed_.notify_all();
  }
}

bool Loader::WaitForStage(std::uint64_t step) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || step < fill_before_; });
  return !stopping_;
}

void Loader::FillPart(std::uint64_t step, int worker) {
  const Stage& stage = StageOf(step);
  const std::int64_t samples = std::ssize(stage.shards) * plan_.shard_size();
  const std::int64_t last = samples * (worker + 1) / threads_;
  for (std::int64_t i = samples * worker / threads_; i < last; ++i) {
    const auto shard = static_cast<std::size_t>(i / plan_.shard_size());
    FillSample(step, stage.shards[shard], i % plan_.shard_size());
  }
}

void Loader::FillSample(std::uint64_t step, const Shard& shard, std::int64_t sample) {
  const std::uint64_t n =
      plan_.FirstSample(step, shard.position) + static_cast<std::uint64_t>(sample);
  const std::int64_t record = plan_.RecordOf(n);
  const auto i = static_cast<std::size_t>(sample);
  shard.sample_weights.As<float>()[i] = 0;
  try {
    const auto pixels = PixelsOf(shard, sample);
    shard.labels.As<std::int32_t>()[i] = dataset_.Read(record, pixels);
    augmentation_.Apply(n, pixels);
    shard.sample_weights.As<float>()[i] = 1;
  } catch (const DataError& error) {
    bad_records_.Add(record, error.what());
  }
}

void Loader::FinishStage(std::uint64_t step) {
  for (const Shard& shard : StageOf(step).shards) {
    ReplaceSkippedSamples(shard);
    StepInput input;
    input.first_sample = plan_.FirstSample(step, shard.position);
    std::memcpy(shard.step_input.data(), &input, sizeof(input));
  }
}

}  // namespace lockstep
