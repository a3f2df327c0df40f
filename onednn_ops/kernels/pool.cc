#include "onednn_ops/kernels/pool.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/pool.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"

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

// Elements from a pixel's first channel to the end of what may be read and of what may be written.
struct Reach {
  std::int64_t readable;
  std::int64_t writable;
};

// A register may hold more lanes than a pixel has channels left. It then reads and writes into the
// pixels behind; what it writes there is overwritten when their turn comes. Hence pixels are
// written in the order of memory, and lanes are done one by one where a register would go beyond
// its reach.
template <class Body>
HWY_INLINE void ForEachChannel(std::int64_t channels, const Reach& reach, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t last = std::min(reach.readable, reach.writable) - lanes;
  std::int64_t c = 0;
  for (; c < channels && c <= last; c += lanes) body(d, c);
  for (; c < channels; ++c) body(one, c);
}

// What of a window lies within the image.
struct WindowWithin {
  std::int64_t first;  // element of the image at its first place, channel 0
  std::int64_t height;
  std::int64_t width;
  std::int64_t position;  // of its first place
};

// Calls body(d, window, in, out) for the windows of `rows`, where the image has the first place
// within the window at element `in`, and the output has the window at `out`.
template <class Body>
HWY_INLINE void ForEachWindow(const Pooling& p, ElementRange rows, const Body& body) {
  const PoolWindows& w = p.windows();
  const std::int64_t channels = p.channels();
  const std::int64_t image_end = p.image_rows() * p.image_row_elements();
  const std::int64_t out_end = (rows.first + rows.count) * p.window_row_elements();
  std::int64_t out = rows.first * p.window_row_elements();
  for (std::int64_t row = rows.first; row < rows.first + rows.count; ++row) {
    const std::int64_t i = row % p.windows_down();
    const ElementRange down = p.RowsWithin(i);
    const std::int64_t y =
        row / p.windows_down() * p.height() + i * w.stride - w.padding + down.first;
    for (std::int64_t j = 0; j < p.windows_across(); ++j, out += channels) {
      const ElementRange across = p.ColumnsWithin(j);
      const std::int64_t x = j * w.stride - w.padding + across.first;
      const WindowWithin window = {(y * p.width() + x) * channels, down.count, across.count,
                                   down.first * w.width + across.first};
      const std::int64_t last_place = (down.count - 1) * p.width() + across.count - 1;
      const Reach reach = {image_end - window.first - last_place * channels, out_end - out};
      ForEachChannel(channels, reach, [&](auto d, std::int64_t c) HWY_ATTR {
        body(d, window, window.first + c, out + c);
      });
    }
  }
}

template <typename T, typename P>
void MaxForward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  const T* image = t.image.As<const T>().data();
  T* output = t.output.As<T>().data();
  P* positions = t.positions.As<P>().data();
  const std::int64_t channels = p.channels();
  ForEachWindow(
      p, rows, [&](auto d, const WindowWithin& window, std::int64_t in, std::int64_t out) HWY_ATTR {
        const hn::RebindToSigned<decltype(d)> words;
        auto largest = LoadFloats(d, image + in);
        auto winner = hn::Set(words, static_cast<std::int32_t>(window.position));
        for (std::int64_t r = 0; r < window.height; ++r) {
          for (std::int64_t s = 0; s < window.width; ++s) {
            const auto x = LoadFloats(d, image + in + (r * p.width() + s) * channels);
            const auto wins = hn::Or(hn::Gt(x, largest), hn::IsNaN(x));
            const std::int64_t position = window.position + r * p.windows().width + s;
            const auto here = hn::Set(words, static_cast<std::int32_t>(position));
            largest = hn::IfThenElse(wins, x, largest);
            winner = hn::IfThenElse(hn::RebindMask(words, wins), here, winner);
          }
        }
        StoreFloats(largest, d, output + out);
        if (positions != nullptr) StorePositions(winner, words, positions + out);
      });
}

template <typename T>
void MeanForward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  const T* image = t.image.As<const T>().data();
  T* output = t.output.As<T>().data();
  const std::int64_t channels = p.channels();
  const float share = 1 / static_cast<float>(p.windows().places());
  ForEachWindow(
      p, rows, [&](auto d, const WindowWithin& window, std::int64_t in, std::int64_t out) HWY_ATTR {
        auto sum = hn::Zero(d);
        for (std::int64_t r = 0; r < window.height; ++r) {
          for (std::int64_t s = 0; s < window.width; ++s) {
            sum = hn::Add(sum, LoadFloats(d, image + in + (r * p.width() + s) * channels));
          }
        }
        StoreFloats(hn::Mul(sum, hn::Set(d, share)), d, output + out);
      });
}

// The windows that hold one pixel.
struct WindowsOverPixel {
  std::int64_t first;  // element of the output at the first of them, channel 0
  std::int64_t down;
  std::int64_t across;
  std::int64_t position;  // the pixel's place within the first of them
};

// Calls body(d, over, out, in) for the pixels of `rows`, where the output has the first window over
// the pixel at element `out`, and the image has the pixel at `in`.
template <class Body>
HWY_INLINE void ForEachPixel(const Pooling& p, ElementRange rows, const Body& body) {
  const PoolWindows& w = p.windows();
  const std::int64_t channels = p.channels();
  const std::int64_t output_end = p.window_rows() * p.window_row_elements();
  const std::int64_t in_end = (rows.first + rows.count) * p.image_row_elements();
  std::int64_t in = rows.first * p.image_row_elements();
  for (std::int64_t row = rows.first; row < rows.first + rows.count; ++row) {
    const std::int64_t y = row % p.height();
    const ElementRange down = p.WindowsOverRow(y);
    const std::int64_t i = row / p.height() * p.windows_down() + down.first;
    const std::int64_t r = y + w.padding - down.first * w.stride;
    for (std::int64_t x = 0; x < p.width(); ++x, in += channels) {
      const ElementRange across = p.WindowsOverColumn(x);
      const std::int64_t s = x + w.padding - across.first * w.stride;
      const WindowsOverPixel over = {(i * p.windows_across() + across.first) * channels, down.count,
                                     across.count, r * w.width + s};
      const std::int64_t last_window = (down.count - 1) * p.windows_across() + across.count - 1;
      const Reach reach = {output_end - over.first - last_window * channels, in_end - in};
      ForEachChannel(channels, reach, [&](auto d, std::int64_t c) HWY_ATTR {
        body(d, over, over.first + c, in + c);
      });
    }
  }
}

template <typename T, typename P>
void MaxBackward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  T* d_image = t.image.As<T>().data();
  const T* d_output = t.output.As<const T>().data();
  const P* positions = t.positions.As<const P>().data();
  const PoolWindows& w = p.windows();
  ForEachPixel(p, rows,
               [&](auto d, const WindowsOverPixel& over, std::int64_t out, std::int64_t in)
                   HWY_ATTR {
                     const hn::RebindToSigned<decltype(d)> words;
                     auto sum = hn::Zero(d);
                     for (std::int64_t i = 0; i < over.down; ++i) {
                       for (std::int64_t j = 0; j < over.across; ++j) {
                         const std::int64_t at = out + (i * p.windows_across() + j) * p.channels();
                         const std::int64_t position = over.position - (i * w.width + j) * w.stride;
                         const auto here = hn::Set(words, static_cast<std::int32_t>(position));
                         const auto won = hn::Eq(LoadPositions(words, positions + at), here);
                         const auto gradient = LoadFloats(d, d_output + at);
                         sum = hn::Add(sum, hn::IfThenElseZero(hn::RebindMask(d, won), gradient));
                       }
                     }
                     StoreFloats(sum, d, d_image + in);
                   });
}

template <typename T>
void MeanBackward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  T* d_image = t.image.As<T>().data();
  const T* d_output = t.output.As<const T>().data();
  const float share = 1 / static_cast<float>(p.windows().places());
  ForEachPixel(p, rows,
               [&](auto d, const WindowsOverPixel& over, std::int64_t out, std::int64_t in)
                   HWY_ATTR {
                     auto sum = hn::Zero(d);
                     for (std::int64_t i = 0; i < over.down; ++i) {
                       for (std::int64_t j = 0; j < over.across; ++j) {
                         const std::int64_t at = out + (i * p.windows_across() + j) * p.channels();
                         sum = hn::Add(sum, LoadFloats(d, d_output + at));
                       }
                     }
                     StoreFloats(hn::Mul(sum, hn::Set(d, share)), d, d_image + in);
                   });
}

template <typename T>
void MaxForwardAs(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  p.windows().places() <= kPlacesInByte ? MaxForward<T, std::uint8_t>(p, t, rows)
                                        : MaxForward<T, std::int32_t>(p, t, rows);
}

template <typename T>
void MaxBackwardAs(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  p.windows().places() <= kPlacesInByte ? MaxBackward<T, std::uint8_t>(p, t, rows)
                                        : MaxBackward<T, std::int32_t>(p, t, rows);
}

void MaxPoolForward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  t.image.type() == DataType::kBF16 ? MaxForwardAs<Bfloat16>(p, t, rows)
                                    : MaxForwardAs<float>(p, t, rows);
}

void MaxPoolBackward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  t.image.type() == DataType::kBF16 ? MaxBackwardAs<Bfloat16>(p, t, rows)
                                    : MaxBackwardAs<float>(p, t, rows);
}

void MeanPoolForward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  t.image.type() == DataType::kBF16 ? MeanForward<Bfloat16>(p, t, rows)
                                    : MeanForward<float>(p, t, rows);
}

void MeanPoolBackward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  t.image.type() == DataType::kBF16 ? MeanBackward<Bfloat16>(p, t, rows)
                                    : MeanBackward<float>(p, t, rows);
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lockstep {

HWY_EXPORT(MaxPoolForward);
HWY_EXPORT(MaxPoolBackward);
HWY_EXPORT(MeanPoolForward);
HWY_EXPORT(MeanPoolBackward);

void MaxPoolForward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows) {
  HWY_DYNAMIC_DISPATCH(MaxPoolForward)(pooling, tensors, rows);
}

void MaxPoolBackward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows) {
  HWY_DYNAMIC_DISPATCH(MaxPoolBackward)(pooling, tensors, rows);
}

void MeanPoolForward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows) {
  HWY_DYNAMIC_DISPATCH(MeanPoolForward)(pooling, tensors, rows);
}

void MeanPoolBackward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows) {
  HWY_DYNAMIC_DISPATCH(MeanPoolBackward)(pooling, tensors, rows);
}

}  // namespace lockstep
#endif
