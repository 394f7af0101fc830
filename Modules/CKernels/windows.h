// Where the windows of a convolution or pooling lie along one axis; shared by the kernel sources.
#ifndef CK_WINDOWS_H
#define CK_WINDOWS_H

#include "ck_conv.h"
#include "internal.h"

// The taps [begin, end) of a window that lie inside the input.
struct ck_window {
  size_t begin, end;
};

CK_INLINE struct ck_window ck_window(const struct ck_conv *g, int axis, size_t output) {
  size_t start = output * g->stride[axis], dilation = g->dilation[axis], padding = g->padding[axis];
  struct ck_window w = {0, g->kernel[axis]};
  if (start < padding) w.begin = (padding - start + dilation - 1) / dilation;
  size_t limit = g->in[axis] + padding;
  size_t most = limit > start ? (limit - start + dilation - 1) / dilation : 0;
  if (w.end > most) w.end = most;
  if (w.begin > w.end) w.begin = w.end;
  return w;
}

// The input position of a tap, for taps inside the input.
CK_INLINE size_t ck_position(const struct ck_conv *g, int axis, size_t output, size_t tap) {
  return output * g->stride[axis] + tap * g->dilation[axis] - g->padding[axis];
}

// The output whose tap `tap` is input position `position`; SIZE_MAX when there is none.
CK_INLINE size_t ck_output_of(const struct ck_conv *g, int axis, size_t position, size_t tap) {
  size_t shifted = position + g->padding[axis], offset = tap * g->dilation[axis];
  if (shifted < offset || (shifted - offset) % g->stride[axis] != 0) return SIZE_MAX;
  return (shifted - offset) / g->stride[axis];
}

#endif
