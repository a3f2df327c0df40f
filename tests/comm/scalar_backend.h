#pragma once

// A back end of plain loops over host memory: sums, SGD with momentum, no ops. Makes the tests of
// communication independent of vendor libraries and is the reference for their bits.

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "core/device/backend.h"
#include "core/device/step_input.h"
#include "core/errors.h"
#include "core/graph/bfloat16.h"
#include "core/plan/plan.h"

namespace lockstep {

/// Runs every call at once.
class HostStream : public Stream {
 public:
  void Record(Event&) override {}
  void Wait(const Event&) override {}
  void Copy(Tensor to, Tensor from) override { std::memcpy(to.data(), from.data(), from.bytes()); }
  void Synchronize() override {}
  void* native() const override { return nullptr; }
};

/// m = momentum m + g + weight_decay w; w -= rate m.
class ScalarSgd : public UpdateRule {
 public:
  explicit ScalarSgd(float momentum) : momentum_(momentum) {}
  std::vector<std::string> moment_names() const override { return {"momentum"}; }

  void Update(Stream&, const UpdateSlice& slice) const override {
    const auto* input = static_cast<const StepInput*>(slice.step_input.data());
    GradientVerdict verdict;
    if (slice.verdict.present()) std::memcpy(&verdict, slice.verdict.data(), sizeof(verdict));
    const auto* rules = static_cast<const BlockRule*>(slice.block_rules.data());
    const auto master = slice.master.As<float>();
    for (std::size_t i = 0; i < master.size(); ++i) {
      const float gradient = slice.gradient.As<float>()[i];
      const BlockRule& rule = rules[i / static_cast<std::size_t>(kBlock)];
      if (verdict.is_void != 0 && rule.kind != BlockRule::kControl) continue;
      float& moment = slice.moments[0].As<float>()[i];
      switch (rule.kind) {
        case BlockRule::kPadding:
          break;
        case BlockRule::kTrained:
          moment = momentum_ * moment + verdict.scale * gradient + rule.weight_decay * master[i];
          master[i] -= input->learning_rate * moment;
          break;
        case BlockRule::kStatistic:
          master[i] += rule.rate * (gradient - master[i]);
          break;
        case BlockRule::kControl:
          master[i] = gradient;
          break;
      }
      if (slice.working.type() == DataType::kBF16) {
        slice.working.As<Bfloat16>()[i] = ToBfloat16(master[i]);
      } else {
        slice.working.As<float>()[i] = master[i];
      }
    }
  }

 private:
  float momentum_;
};

class ScalarBackend : public Backend {
 public:
  Buffer Allocate(std::size_t bytes) override {
    constexpr std::align_val_t kAlignment{64};
    void* data = ::operator new(std::max<std::size_t>(bytes, 1), kAlignment);
    std::memset(data, 0, bytes);
    return Buffer(data, bytes, [](void* memory) { ::operator delete(memory, kAlignment); });
  }
  Buffer AllocateHost(std::size_t bytes) override { return Allocate(bytes); }
  std::unique_ptr<Stream> NewStream(Priority) override { return std::make_unique<HostStream>(); }
  std::unique_ptr<Event> NewEvent() override { return std::make_unique<Event>(); }
  std::unique_ptr<Op> MakeOp(const NodeSpec&) override {
    throw Unsupported("the scalar back end has no ops");
  }
  std::unique_ptr<UpdateRule> MakeUpdateRule(const OptimizerConfig& optimizer) override {
    return std::make_unique<ScalarSgd>(static_cast<float>(optimizer.momentum()));
  }

  void Sum(Stream&, Tensor out, std::span<const Tensor> terms, const SumOrder& order) override {
    if (terms.size() != order.merges_after.size()) throw std::logic_error("order of other terms");
    std::vector<float> stack;
    for (std::size_t element = 0; element < out.As<float>().size(); ++element) {
      stack.clear();
      for (std::size_t term = 0; term < terms.size(); ++term) {
        stack.push_back(terms[term].As<float>()[element]);
        for (int merge = 0; merge < order.merges_after[term]; ++merge) {
          const float top = stack.back();
          stack.pop_back();
          stack.back() += top;
        }
      }
      if (stack.size() != 1) throw std::logic_error("a sum leaves one entry");
      out.As<float>()[element] = stack.front();
    }
  }

  void SumSquaresOfBlocks(Stream&, Tensor sums, Tensor values) override {
    for (std::size_t block = 0; block < sums.As<double>().size(); ++block) {
      double sum = 0;
      for (const float value :
           values.Range(static_cast<std::int64_t>(block) * kBlock, kBlock).As<float>()) {
        sum += double{value} * value;
      }
      sums.As<double>()[block] = sum;
    }
  }

  void Replay(int, const std::function<void()>& enqueue) override { enqueue(); }
  std::map<std::string, std::string> Contract() const override { return {}; }
  std::string name() const override { return "scalar"; }
};

/// Negative control: adds in the order in which messages may arrive, the last first.
class ArrivalOrderBackend : public ScalarBackend {
 public:
  void Sum(Stream&, Tensor out, std::span<const Tensor> terms, const SumOrder&) override {
    for (std::size_t element = 0; element < out.As<float>().size(); ++element) {
      float sum = 0;
      for (std::size_t term = terms.size(); term > 0; --term) {
        sum += terms[term - 1].As<float>()[element];
      }
      out.As<float>()[element] = sum;
    }
  }
};

}  // namespace lockstep
