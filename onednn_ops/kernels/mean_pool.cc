#include "onednn_ops/kernels/mean_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "onednn_ops/kernels/mean_pool.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "onednn_ops/kernels/float_lanes-inl.h"
#include "onednn_ops/kernels/pool_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lockstep::HWY_NAMESPACE {

template <typename T>
void MeanForward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  const T* image = t.image.As<const T>().data();
  T* output = t.output.As<T>().data();
  const std::int64_t channels = p.channels();
  const std::int64_t row_elements = p.image_row_elements();
  const float share = 1 / static_cast<float>(p.windows().places());
  ForEachWindow(p, rows,
                [=](auto d, WindowWithin window, std::int64_t in, std::int64_t out) HWY_ATTR {
                  auto sum = hn::Zero(d);
                  for (std::int64_t r = 0; r < window.height; ++r) {
                    const T* from = image + in + r * row_elements;
                    for (std::int64_t s = 0; s < window.width; ++s, from += channels) {
                      sum = hn::Add(sum, LoadFloats(d, from));
                    }
                  }
                  StoreFloats(hn::Mul(sum, hn::Set(d, share)), d, output + out);
                });
}

template <typename T>
void MeanBackward(const Pooling& p, const PoolTensors& t, ElementRange rows) {
  T* d_image = t.image.As<T>().data();
  const T* d_output = t.output.As<const T>().data();
  const std::int64_t channels = p.channels();
  const std::int64_t row_elements = p.window_row_elements();
  const float share = 1 / static_cast<float>(p.windows().places());
  ForEachPixel(
      p, rows, [=](auto d, WindowsOverPixel over, std::int64_t out, std::int64_t in) HWY_ATTR {
        auto sum = hn::Zero(d);
        for (std::int64_t i = 0; i < over.down; ++i) {
          for (std::int64_t j = 0; j < over.across; ++j) {
            sum = hn::Add(sum, LoadFloats(d, d_output + out + i * row_elements + j * channels));
          }
        }
        StoreFloats(hn::Mul(sum, hn::Set(d, share)), d, d_image + in);
      });
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

HWY_EXPORT(MeanPoolForward);
HWY_EXPORT(MeanPoolBackward);

void MeanPoolForward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows) {
  HWY_DYNAMIC_DISPATCH(MeanPoolForward)(pooling, tensors, rows);
}

void MeanPoolBackward(const Pooling& pooling, const PoolTensors& tensors, ElementRange rows) {
  HWY_DYNAMIC_DISPATCH(MeanPoolBackward)(pooling, tensors, rows);
}

}  // namespace lockstep
#endif
