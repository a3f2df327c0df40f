#include "comm/gradient_norm.h"

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

std::int64_t BlocksOfOneRank(const Plan& plan) {
  return plan.gradient_elements / plan.ranks / kBlock;
}

/// The regions of the plan as they lie in a rank's packed slices.
class PackedRegions {
 public:
  explicit PackedRegions(const Plan& plan)
      : blocks_of_one_(BlocksOfOneRank(plan)), first_(SlicesOf(plan, 0)) {}

  /// Where the sum of the block at `offset` stands among those of all ranks.
  std::size_t PlaceOf(std::int64_t offset) const {
    const auto behind = std::upper_bound(
        first_.begin(), first_.end(), offset,
        [](std::int64_t sought, const SlicePiece& piece) { return sought < piece.offset; });
    const SlicePiece& piece = *(behind - 1);
    const std::int64_t within = offset - piece.offset;
    const std::int64_t packed = piece.packed + within % piece.elements;
    return static_cast<std::size_t>(within / piece.elements * blocks_of_one_ + packed / kBlock);
  }

 private:
  std::int64_t blocks_of_one_;
  std::vector<SlicePiece> first_;  ///< of rank 0, whose slices begin the regions
};

bool IsTrained(ParameterKind kind) {
  return kind == ParameterKind::kWeight || kind == ParameterKind::kSmallWeight;
}

}  // namespace

GradientCheck GradientCheckOf(const Config& config) {
  return {config.optimizer().clip_norm(), config.on_divergence()};
}

std::vector<NormTerm> NormTermsOf(const Plan& plan) {
  std::vector<int> order;
  for (int i = 0; i < static_cast<int>(plan.parameters.size()); ++i) order.push_back(i);
  const auto place = [&](int i) -> const ParameterPlace& {
    return plan.parameters[static_cast<std::size_t>(i)];
  };
  std::sort(order.begin(), order.end(),
            [&](int a, int b) { return place(a).offset < place(b).offset; });
  const PackedRegions regions(plan);
  std::vector<NormTerm> terms;
  for (const int parameter : order) {
    const std::int64_t end = place(parameter).offset + place(parameter).elements;
    for (std::int64_t block = place(parameter).offset; block < end; block += kBlock) {
      terms.push_back({regions.PlaceOf(block), parameter});
    }
  }
  return terms;
}

GradientSummary SummaryOf(const Plan& plan, std::span<const NormTerm> terms,
                          std::span<const double> sums) {
  GradientSummary summary;
  double squares = 0;
  for (const NormTerm& term : terms) {
    const double sum = sums[term.sum];
    if (IsTrained(plan.parameters[static_cast<std::size_t>(term.parameter)].kind)) squares += sum;
    if (std::isfinite(sum) || !summary.finite) continue;
    summary.finite = false;
    summary.first_not_finite = term.parameter;
  }
  summary.norm = std::sqrt(squares);
  return summary;
}

float ClipScale(double clip_norm, double norm) {
  if (clip_norm == 0) return 1;
  const double scale = clip_norm / (norm + 1e-6);
  return scale > 1 ? 1 : static_cast<float>(scale);  // a NaN stays one, as in PyTorch
}

GradientNorm::GradientNorm(const Plan& plan, int rank, Backend& backend, const GradientCheck& check)
    : plan_(plan),
      rank_(rank),
      backend_(backend),
      check_(check),
      terms_(NormTermsOf(plan)),
      verdict_(backend.Allocate(sizeof(GradientVerdict))) {
  const std::int64_t blocks = BlocksOfOneRank(plan) * plan.ranks;
  sums_ = backend.AllocateHost(static_cast<std::size_t>(blocks) * sizeof(double));
  sums_of_all_ = sums_.View(0, Shape{blocks}, DataType::kF64);
}

void GradientNorm::AddSlice(const SlicePiece& piece, Tensor gradient) {
  const std::int64_t first = rank_ * BlocksOfOneRank(plan_) + piece.packed / kBlock;
  slices_.push_back({gradient, sums_of_all_.Range(first, piece.elements / kBlock)});
}

void GradientNorm::Sum(Stream& stream) {
  for (const Slice& slice : slices_) {
    backend_.SumSquaresOfBlocks(stream, slice.sums, slice.gradient);
  }
}

void GradientNorm::Decide(Stream& stream) {
  summary_ = SummaryOf(plan_, terms_, sums_of_all_.As<const double>());
  decided_.scale = ClipScale(check_.clip_norm, summary_.norm);
  decided_.is_void = check_.on_divergence == DivergencePolicy::STOP && !summary_.finite ? 1U : 0U;
  stream.Copy(verdict(), Tensor(&decided_, verdict().shape(), DataType::kU8));
}

Tensor GradientNorm::verdict() const {
  return verdict_.View(0, Shape{static_cast<std::int64_t>(sizeof(GradientVerdict))}, DataType::kU8);
}

std::int64_t GradientNorm::bytes_sent() const {
  return static_cast<std::int64_t>(sums_of_all_.bytes()) / plan_.ranks * (plan_.ranks - 1);
}

}  // namespace lockstep
