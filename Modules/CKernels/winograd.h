// Shared by winograd.c and the transforms of each SIMD level.
#ifndef CK_WINOGRAD_INTERNAL_H
#define CK_WINOGRAD_INTERNAL_H

#include <stddef.h>

#include "ck_winograd.h"
#include "internal.h"

// Where the outputs of one tile go, and what is added to them.
struct ck_winograd_finish {
  // The product's first point; the next ones are `point_step` apart.
  const float *m;
  size_t point_step;
  // Output pixels of the tile that exist, and the distances between them.
  size_t rows, columns, row_step, column_step;
  size_t channels;
  const float *bias, *residual;
  float *y;
  int relu;
};

// The convolution to compute, whichever pass it is.
struct ck_winograd_shape {
  size_t images, in[2], in_channels, out[2], out_channels;
  ptrdiff_t before[2];
  size_t tile, side, points, tile_rows, tile_columns, tiles;
};

struct ck_winograd_level {
  size_t lanes;
  // For tiles of 2 and of 4 outputs: pixels[0..<(tile + 2)^2], each of `channels` values, to points `point_step` apart.
  void (*input[2])(const float *const *pixels, size_t channels, float *v, size_t point_step);
  // Finishes the outputs of a tile up to the vector of channels where one is not finite; returns how many channels.
  size_t (*output[2])(const struct ck_winograd_finish *f);
  // Windows of `rows` channels by `width` filters, tap by tap `tap_step` apart, to points `point_step` apart.
  void (*weights[2])(const float *taps, size_t tap_step, size_t rows, size_t width, float *u, size_t point_step);
  // The gradients of a tile's outputs, pixels[0..<tile^2], to points.
  void (*spread[2])(const float *const *pixels, size_t channels, float *m, size_t point_step);
  // Points, `copies` of them to be summed `copy_step` apart, to `count` elements of the 9 taps, `tap_step` apart.
  void (*taps[2])(const float *u, size_t point_step, size_t copies, size_t copy_step, size_t count, float *taps,
                  size_t tap_step);
};

// The widest that the CPU has.
const struct ck_winograd_level *ck_winograd_level(void);

struct ck_winograd_shape ck_winograd_shape_of(const struct ck_conv *g, enum ck_winograd_pass pass, size_t tile);

// Into how many sums of its own the gradient of the kernel is cut: a few where one stays in the second-level cache.
CK_INLINE size_t ck_winograd_sums(const struct ck_winograd_shape *s) {
  size_t values = s->points * s->in_channels * ((s->out_channels + 15) / 16 * 16);
  return values * sizeof(float) <= 5 << 18 && s->tiles >= 192 ? 8 : 1;
}

// The input pixels that a tile sees; `zeros`, a pixel, for those outside.
void ck_winograd_pixels(const struct ck_winograd_shape *s, const float *x, const float *zeros, size_t tile,
                        const float **pixels);

#endif
