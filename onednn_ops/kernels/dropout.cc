#include "onednn_ops/kernels/dropout.h"

#include "core/random/philox.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/dropout.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

// The halves of a 32 x 32 bit product, for every lane.
template <class V>
struct Product {
  V low;
  V high;
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE Product<V> Multiply(D d, V factor, V words) {
  const hn::Repartition<std::uint64_t, D> wide;
  const auto even = hn::MulEven(factor, words);
  const auto odd_words = hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, words)));
  const auto odd = hn::MulEven(factor, odd_words);
  const auto high_half = hn::Set(wide, 0xFFFFFFFF00000000);
  const auto low = hn::Or(hn::AndNot(high_half, even), hn::ShiftLeft<32>(odd));
  const auto high = hn::Or(hn::ShiftRight<32>(even), hn::And(high_half, odd));
  return {hn::BitCast(d, low), hn::BitCast(d, high)};
}

// Philox4x32-10 (core/random/philox.h) for as many consecutive draws as there are lanes; one byte a
// word.
template <class D>
HWY_INLINE void KeepOfDraws(D d, const DropoutDraws& draws, std::size_t first_draw,
                            std::uint8_t* keep) {
  auto words_0 = hn::Iota(d, static_cast<std::uint32_t>(first_draw));
  auto words_1 = hn::Set(d, draws.node);
  auto words_2 = hn::Set(d, static_cast<std::uint32_t>(draws.sample));
  auto words_3 = hn::Set(d, static_cast<std::uint32_t>(draws.sample >> 32));
  auto key_low = static_cast<std::uint32_t>(draws.seed);
  auto key_high = static_cast<std::uint32_t>(draws.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const auto product_0 = Multiply(d, hn::Set(d, 0xD2511F53U), words_0);
    const auto product_2 = Multiply(d, hn::Set(d, 0xCD9E8D57U), words_2);
    words_0 = hn::Xor(hn::Xor(product_2.high, words_1), hn::Set(d, key_low));
    words_1 = product_2.low;
    words_2 = hn::Xor(hn::Xor(product_0.high, words_3), hn::Set(d, key_high));
    words_3 = product_0.low;
    key_low += 0x9E3779B9;
    key_high += 0xBB67AE85;
  }
  const hn::RebindToSigned<D> signed_lanes;
  const hn::Rebind<std::uint8_t, D> bytes;
  const auto threshold = hn::Set(d, draws.threshold);
  const auto kept = [&](auto words) {
    const auto one = hn::Set(d, 1U);
    const auto flags = hn::IfThenZeroElse(hn::Lt(words, threshold), one);
    return hn::DemoteTo(bytes, hn::BitCast(signed_lanes, flags));
  };
  hn::StoreInterleaved4(kept(words_0), kept(words_1), kept(words_2), kept(words_3), bytes, keep);
}

// Returns the number of elements done: whole registers only, and none where a register is one lane.
template <class D>
HWY_INLINE std::size_t DrawRegisters(D d, const DropoutDraws& draws, std::span<std::uint8_t> keep) {
  std::size_t e = 0;
  if constexpr (hn::MaxLanes(D()) > 1) {
    const std::size_t bytes_at_once = 4 * hn::Lanes(d);
    for (; e + bytes_at_once <= keep.size(); e += bytes_at_once) {
      KeepOfDraws(d, draws, e / 4, keep.data() + e);
    }
  }
  return e;
}

void Draw(const DropoutDraws& draws, std::span<std::uint8_t> keep) {
  std::size_t e = DrawRegisters(hn::ScalableTag<std::uint32_t>(), draws, keep);
  const Philox philox(draws.seed);
  for (; e < keep.size(); ++e) {
    const auto counter = CounterOf(static_cast<std::uint32_t>(e / 4), draws.node, draws.sample);
    keep[e] = philox.Draw(counter)[e % 4] >= draws.threshold ? 1 : 0;
  }
}

template <typename T>
void ApplyAs(std::span<const std::uint8_t> keep, float scale, const Tensor& in, const Tensor& out) {
  const T* from = in.As<const T>().data();
  const auto to = out.As<T>();
  ForEachLanes(to.size(), [&](auto d, std::size_t i) HWY_ATTR {
    const hn::RebindToSigned<decltype(d)> words;
    const hn::Rebind<std::uint8_t, decltype(d)> bytes;
    const auto flags = hn::PromoteTo(words, hn::LoadU(bytes, keep.data() + i));
    const auto kept = hn::RebindMask(d, hn::Gt(flags, hn::Zero(words)));
    const auto scaled = hn::Mul(LoadFloats(d, from + i), hn::Set(d, scale));
    StoreFloats(hn::IfThenElseZero(kept, scaled), d, to.data() + i);
  });
}

void Apply(std::span<const std::uint8_t> keep, float scale, const Tensor& in, const Tensor& out) {
  out.type() == DataType::kBF16 ? ApplyAs<Bfloat16>(keep, scale, in, out)
                                : ApplyAs<float>(keep, scale, in, out);
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(Draw);
HWY_EXPORT(Apply);

void DrawKeepMask(const DropoutDraws& draws, std::span<std::uint8_t> keep) {
  HWY_DYNAMIC_DISPATCH(Draw)(draws, keep);
}

void ApplyKeepMask(std::span<const std::uint8_t> keep, float scale, const Tensor& in,
                   const Tensor& out) {
  HWY_DYNAMIC_DISPATCH(Apply)(keep, scale, in, out);
}

}  // namespace lockstep
#endif
