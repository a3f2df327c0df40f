// The loops of pooling kernels: over the windows of an image, and over the pixels with the windows
// that hold them. Included by kernels once for each instruction set, hence Highway's guard instead
// of #pragma once. Bodies copy what they need of the geometry: a store of bytes may be to any
// memory, so that the compiler would read it again after each.

#if defined(LOCKSTEP_POOL_LOOPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOCKSTEP_POOL_LOOPS_INL_H_
#undef LOCKSTEP_POOL_LOOPS_INL_H_
#else
#define LOCKSTEP_POOL_LOOPS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "onednn_ops/kernels/pooling.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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
  const PoolWindows w = p.windows();
  const std::int64_t channels = p.channels();
  const std::int64_t width = p.width();
  const std::int64_t across_end = p.windows_across();
  const std::int64_t image_end = p.image_rows() * p.image_row_elements();
  const std::int64_t out_end = (rows.first + rows.count) * p.window_row_elements();
  std::int64_t out = rows.first * p.window_row_elements();
  for (std::int64_t row = rows.first; row < rows.first + rows.count; ++row) {
    const std::int64_t i = row % p.windows_down();
    const ElementRange down = p.RowsWithin(i);
    const std::int64_t y =
        row / p.windows_down() * p.height() + i * w.stride - w.padding + down.first;
    for (std::int64_t j = 0; j < across_end; ++j, out += channels) {
      const ElementRange across = p.ColumnsWithin(j);
      const std::int64_t x = j * w.stride - w.padding + across.first;
      const WindowWithin window = {(y * width + x) * channels, down.count, across.count,
                                   down.first * w.width + across.first};
      const std::int64_t last_place = (down.count - 1) * width + across.count - 1;
      const Reach reach = {image_end - window.first - last_place * channels, out_end - out};
      ForEachChannel(channels, reach, [&](auto d, std::int64_t c) HWY_ATTR {
        body(d, window, window.first + c, out + c);
      });
    }
  }
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
  const PoolWindows w = p.windows();
  const std::int64_t channels = p.channels();
  const std::int64_t width = p.width();
  const std::int64_t across_end = p.windows_across();
  const std::int64_t output_end = p.window_rows() * p.window_row_elements();
  const std::int64_t in_end = (rows.first + rows.count) * p.image_row_elements();
  std::int64_t in = rows.first * p.image_row_elements();
  for (std::int64_t row = rows.first; row < rows.first + rows.count; ++row) {
    const std::int64_t y = row % p.height();
    const ElementRange down = p.WindowsOverRow(y);
    const std::int64_t i = row / p.height() * p.windows_down() + down.first;
    const std::int64_t r = y + w.padding - down.first * w.stride;
    for (std::int64_t x = 0; x < width; ++x, in += channels) {
      const ElementRange across = p.WindowsOverColumn(x);
      const std::int64_t s = x + w.padding - across.first * w.stride;
      const WindowsOverPixel over = {(i * across_end + across.first) * channels, down.count,
                                     across.count, r * w.width + s};
      const std::int64_t last_window = (down.count - 1) * across_end + across.count - 1;
      const Reach reach = {output_end - over.first - last_window * channels, in_end - in};
      ForEachChannel(channels, reach, [&](auto d, std::int64_t c) HWY_ATTR {
        body(d, over, over.first + c, in + c);
      });
    }
  }
}

}  // namespace lockstep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
