#include "onednn_ops/kernels/max_pool.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/max_pool.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"
#include "onednn_ops/kernels/pool_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

// Positions in memory as lanes of int32.
template <class DI>
HWY_INLINE hn::Vec<DI> LoadPositions(DI d, const std::uint8_t* from) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<std::uint8_t, DI>(), from));
}
template <class DI>
HWY_INLINE hn::Vec<DI> LoadPositions(DI d, const std::int32_t* from) {
  return hn::LoadU(d, from);
}
template <class DI>
HWY_INLINE void StorePositions(hn::Vec<DI> positions, DI /*d*/, std::uint8_t* to) {
  const hn::Rebind<std::uint8_t, DI> bytes;
  hn::StoreU(hn::DemoteTo(bytes, positions), bytes, to);
}
template <class DI>
HWY_INLINE void StorePositions(hn::Vec<DI> positions, DI d, std::int32_t* to) {
  hn::StoreU(positions, d, to);
}

// The largest lanes of one window, and where they are.
template <class D>
struct Largest {
  hn::Vec<D> value;
  hn::Vec<hn::RebindToSigned<D>> position;
};

// How elements of the image lie in memory.
struct Strides {
  std::int64_t pixel;
  std::int64_t row;
  std::int64_t window_width;  // positions from one row of a window to the next
};

// `kSide` is 0, or the sides of a square window that lies within the image as a whole: constants,
// so that the loops are unrolled.
template <int kSide, class D, typename T>
HWY_INLINE Largest<D> FindLargest(D d, const T* first, WindowWithin window, Strides strides) {
  const hn::RebindToSigned<D> words;
  const std::int64_t height = kSide == 0 ? window.height : kSide;
  const std::int64_t width = kSide == 0 ? window.width : kSide;
  const std::int64_t row_of_positions = kSide == 0 ? strides.window_width : kSide;
  const std::int64_t start = kSide == 0 ? window.position : 0;
  auto value = LoadFloats(d, first);
  auto winner = hn::Set(words, static_cast<std::int32_t>(start));
  for (std::int64_t r = 0; r < height; ++r) {
    for (std::int64_t s = 0; s < width; ++s) {
      const auto x = LoadFloats(d, first + r * strides.row + s * strides.pixel);
      const auto wins = hn::Or(hn::Gt(x, value), hn::IsNaN(x));
      const auto here = hn::Set(words, static_cast<std::int32_t>(start + r * row_of_positions + s));
      value = hn::IfThenElse(wins, x, value);
      winner = hn::IfThenElse(hn::RebindMask(words, wins), here, winner);
    }
  }
  return {value, winner};
}

template <int kSide, typename T, typename P>
void MaxForward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  const T* image = t.image.As<const T>().data();
  T* output = t.output.As<T>().data();
  P* positions = t.positions.As<P>().data();
  const Strides strides = {p.channels(), p.image_row_elements(), p.windows().width};
  ForEachWindow(
      p, rows, [=](auto d, WindowWithin window, std::int64_t in, std::int64_t out) HWY_ATTR {
        const bool is_whole = window.height == kSide && window.width == kSide;
        const auto largest = is_whole ? FindLargest<kSide>(d, image + in, window, strides)
                                      : FindLargest<0>(d, image + in, window, strides);
        StoreFloats(largest.value, d, output + out);
        if (positions != nullptr) {
          StorePositions(largest.position, hn::RebindToSigned<decltype(d)>(), positions + out);
        }
      });
}

template <typename T, typename P>
void MaxBackward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  T* d_image = t.image.As<T>().data();
  const T* d_output = t.output.As<const T>().data();
  const P* positions = t.positions.As<const P>().data();
  const std::int64_t channels = p.channels();
  const std::int64_t row_elements = p.window_row_elements();
  const PoolWindows w = p.windows();
  ForEachPixel(
      p, rows, [=](auto d, WindowsOverPixel over, std::int64_t out, std::int64_t in) HWY_ATTR {
        const hn::RebindToSigned<decltype(d)> words;
        auto sum = hn::Zero(d);
        for (std::int64_t i = 0; i < over.down; ++i) {
          std::int64_t at = out + i * row_elements;
          std::int64_t position = over.position - i * w.stride * w.width;
          for (std::int64_t j = 0; j < over.across; ++j, at += channels, position -= w.stride) {
            const auto here = hn::Set(words, static_cast<std::int32_t>(position));
            const auto won = hn::Eq(LoadPositions(words, positions + at), here);
            const auto gradient = LoadFloats(d, d_output + at);
            sum = hn::Add(sum, hn::IfThenElseZero(hn::RebindMask(d, won), gradient));
          }
        }
        StoreFloats(sum, d, d_image + in);
      });
}

// The gradient of a maximum over windows that lie side by side: each place is in one window, or in
// none behind the last, and gets that window's gradient or 0, whose bits are copied as they are. A
// window's lanes are loaded once for all its places of a row. Pixels must be of whole registers, or
// of one register or less: else a register would reach over places of its own window that have
// their value.
template <typename Bits>
bool IsSideBySide(const Pooling& p) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<Bits>()));
  const PoolWindows& w = p.windows();
  return w.padding == 0 && w.stride == w.height && w.stride == w.width &&
         (p.channels() <= lanes || p.channels() % lanes == 0);
}

// One row of the image. `position` is that of its places in the first column of their windows.
template <typename Bits>
HWY_INLINE void CopyToWinners(const Pooling& p, std::uint8_t position, const Bits* d_output,
                              const std::uint8_t* positions, Bits* d_image) {
  const hn::ScalableTag<Bits> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t channels = p.channels();
  const std::int64_t across = p.windows_across();
  const std::int64_t width = p.windows().width;
  Bits* const row_end = d_image + p.image_row_elements();
  for (std::int64_t window = 0; window < across; ++window) {
    for (std::int64_t c = 0; c < channels; c += lanes) {
      const auto gradient = hn::LoadU(d, d_output + c);
      const auto winner = hn::PromoteTo(d, hn::LoadU(bytes, positions + c));
      for (std::int64_t s = 0; s < width; ++s) {
        const auto here = hn::Set(d, static_cast<Bits>(position + s));
        hn::StoreU(hn::IfThenElseZero(hn::Eq(winner, here), gradient), d,
                   d_image + s * channels + c);
      }
    }
    d_output += channels;
    positions += channels;
    d_image += width * channels;
  }
  std::fill(d_image, row_end, Bits{0});
}

// Returns the rows that are left to do: where a register of the last window would go beyond what
// may be read or written.
template <typename Bits>
ElementRange CopyRowsToWinners(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<Bits>()));
  const std::int64_t beyond = std::max<std::int64_t>(0, lanes - p.channels());
  const std::int64_t in_end = (rows.first + rows.count) * p.image_row_elements();
  const std::int64_t out_end = p.window_rows() * p.window_row_elements();
  const auto* d_output = static_cast<const Bits*>(t.output.data());
  const auto* positions = t.positions.As<const std::uint8_t>().data();
  auto* d_image = static_cast<Bits*>(t.image.data());
  for (; rows.count > 0; ++rows.first, --rows.count) {
    const std::int64_t y = rows.first % p.height();
    const std::int64_t i = y / p.windows().height;
    if (i >= p.windows_down()) {
      std::fill_n(d_image + rows.first * p.image_row_elements(), p.image_row_elements(), Bits{0});
      continue;
    }
    const std::int64_t in = rows.first * p.image_row_elements();
    const std::int64_t out =
        (rows.first / p.height() * p.windows_down() + i) * p.window_row_elements();
    if (in + p.image_row_elements() + beyond > in_end ||
        out + p.window_row_elements() + beyond > out_end) {
      return rows;
    }
    const std::int64_t position = y % p.windows().height * p.windows().width;
    CopyToWinners(p, static_cast<std::uint8_t>(position), d_output + out, positions + out,
                  d_image + in);
  }
  return rows;
}

template <typename T>
void MaxForwardAs(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  const PoolWindows w = p.windows();
  if (w.places() > kPlacesInByte) {
    MaxForward<0, T, std::int32_t>(p, t, rows);
  } else if (w.height == 2 && w.width == 2) {
    MaxForward<2, T, std::uint8_t>(p, t, rows);
  } else if (w.height == 3 && w.width == 3) {
    MaxForward<3, T, std::uint8_t>(p, t, rows);
  } else {
    MaxForward<0, T, std::uint8_t>(p, t, rows);
  }
}

template <typename T, typename Bits>
void MaxBackwardAs(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  if (p.windows().places() > kPlacesInByte) {
    MaxBackward<T, std::int32_t>(p, t, rows);
    return;
  }
  MaxBackward<T, std::uint8_t>(p, t,
                               IsSideBySide<Bits>(p) ? CopyRowsToWinners<Bits>(p, t, rows) : rows);
}

void MaxPoolForward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  t.image.type() == DataType::kBF16 ? MaxForwardAs<Bfloat16>(p, t, rows)
                                    : MaxForwardAs<float>(p, t, rows);
}

void MaxPoolBackward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  t.image.type() == DataType::kBF16 ? MaxBackwardAs<Bfloat16, std::uint16_t>(p, t, rows)
                                    : MaxBackwardAs<float, std::uint32_t>(p, t, rows);
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(MaxPoolForward);
HWY_EXPORT(MaxPoolBackward);

void MaxPoolForward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows) {
  HWY_DYNAMIC_DISPATCH(MaxPoolForward)(pooling, tensors, rows);
}

void MaxPoolBackward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows) {
  HWY_DYNAMIC_DISPATCH(MaxPoolBackward)(pooling, tensors, rows);
}

}  // namespace lockstep
#endif
