#include "core/checkpoint/tensor_permutation.h"

#include <fmt/format.h>

#include <cstddef>
#include <stdexcept>

namespace lockstep {
namespace {

/// A view [..., rows, columns] whose two inner axes change places.
struct InnerTranspose {
  std::size_t rows = 1;
  std::size_t columns = 1;
};

InnerTranspose TransposeOf(const FileLayout& layout, std::size_t elements) {
  const Shape& view = layout.view;
  if (view.rank() == 0) return {1, elements};
  if (view.rank() != 4 || static_cast<std::size_t>(view.elements()) != elements) {
    throw std::logic_error(
        fmt::format("a file layout of view {} does not fit {} elements", ToText(view), elements));
  }
  // [A, H, W, C] to [A, C, H, W]: H and W stay together.
  return {static_cast<std::size_t>(view[1] * view[2]), static_cast<std::size_t>(view[3])};
}

std::vector<float> Transpose(const InnerTranspose& shape, std::span<const float> from) {
  std::vector<float> to(from.size());
  const std::size_t plane = shape.rows * shape.columns;
  for (std::size_t first = 0; first < from.size(); first += plane) {
    for (std::size_t row = 0; row < shape.rows; ++row) {
      for (std::size_t column = 0; column < shape.columns; ++column) {
        to[first + column * shape.rows + row] = from[first + row * shape.columns + column];
      }
    }
  }
  return to;
}

}  // namespace

std::vector<float> ToFileOrder(const FileLayout& layout, std::span<const float> inside) {
  return Transpose(TransposeOf(layout, inside.size()), inside);
}

std::vector<float> FromFileOrder(const FileLayout& layout, std::span<const float> file) {
  const InnerTranspose forward = TransposeOf(layout, file.size());
  return Transpose({forward.columns, forward.rows}, file);
}

}  // namespace lockstep
