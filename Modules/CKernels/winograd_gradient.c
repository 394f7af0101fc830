// The gradient of the kernel by minimal filtering: the transpose of the forward pass. Tiles of the input and of the
// output's gradient are taken to points, where the gradient of the transformed kernel is a product over the tiles.
#include "ck_memory.h"
#include "ck_threads.h"
#include "ck_winograd.h"
#include "tiles.h"
#include "winograd.h"

struct winograd_gradient {
  struct ck_winograd_shape s;
  const struct ck_winograd_level *level;
  const struct ck_tiles_f32 *tiles;
  const float *x, *dy, *zeros;
  float *dkernel;
  // Distances between points and tiles of the input and of the gradient, and between points of the product.
  size_t v_point, v_tile, m_point, m_tile, u_point;
  // Tiles transformed at once, all by one thread for a sum of its own (`sums` of them), or by all for one sum.
  size_t block, sums;
  float *u;
  // For all threads: the block's first tile, their number, and where they are.
  size_t first, count;
  float *v, *m;
};

static void gradient_pixels(const struct winograd_gradient *w, size_t tile, const float **pixels) {
  const struct ck_winograd_shape *s = &w->s;
  size_t image = tile / (s->tile_rows * s->tile_columns), place = tile % (s->tile_rows * s->tile_columns);
  size_t top = place / s->tile_columns * s->tile, left = place % s->tile_columns * s->tile;
  for (size_t i = 0; i < s->tile; i++)
    for (size_t j = 0; j < s->tile; j++) {
      const float *pixel = w->dy + ((image * s->out[0] + top + i) * s->out[1] + left + j) * s->out_channels;
      pixels[i * s->tile + j] = top + i < s->out[0] && left + j < s->out[1] ? pixel : w->zeros;
    }
}

static void gradient_transform(const struct winograd_gradient *w, size_t tile, float *v, float *m) {
  const float *pixels[36];
  ck_winograd_pixels(&w->s, w->x, w->zeros, tile, pixels);
  w->level->input[w->s.tile / 2 - 1](pixels, w->s.in_channels, v, w->v_point);
  gradient_pixels(w, tile, pixels);
  w->level->spread[w->s.tile / 2 - 1](pixels, w->s.out_channels, m, w->m_point);
}

// Adds the products of `count` tiles at one point: channels [row, row + rows).
static void gradient_product(const struct winograd_gradient *w, size_t point, size_t row, size_t rows, size_t count,
                             const float *v, const float *m, float *u) {
  for (size_t column = 0; column < w->m_point; column += 2 * w->level->lanes) {
    struct ck_outer_f32 outer = {
      .x = v + point * w->v_point + row, .y = m + point * w->m_point + column, .x_step = w->v_tile,
      .y_step = w->m_tile, .steps = count, .lines = 1, .depth = rows,
      .columns = ck_min_size(2 * w->level->lanes, w->m_point - column),
      .out = u + point * w->u_point + row * w->m_point + column, .out_step = w->m_point,
    };
    w->tiles->outer(&outer);
  }
}

// Items are sums: each of its share of the tiles, block by block.
static void gradient_sums(void *context, size_t begin, size_t end) {
  const struct winograd_gradient *w = context;
  const struct ck_winograd_shape *s = &w->s;
  size_t bytes = w->block * (w->v_tile + w->m_tile) * sizeof(float), sum = s->points * w->u_point;
  float *v = ck_allocate(bytes), *m = v + w->block * w->v_tile;
  for (size_t item = begin; item < end; item++) {
    float *u = w->u + item * sum;
    memset(u, 0, sum * sizeof(float));
    for (size_t first = s->tiles * item / w->sums, last = s->tiles * (item + 1) / w->sums; first < last;) {
      size_t count = ck_min_size(w->block, last - first);
      for (size_t i = 0; i < count; i++) gradient_transform(w, first + i, v + i * w->v_tile, m + i * w->m_tile);
      for (size_t point = 0; point < s->points; point++)
        gradient_product(w, point, 0, s->in_channels, count, v, m, u);
      first += count;
    }
  }
  ck_release(v, bytes);
}

static void gradient_shared_transforms(void *context, size_t begin, size_t end) {
  const struct winograd_gradient *w = context;
  for (size_t i = begin; i < end; i++)
    gradient_transform(w, w->first + i, w->v + i * w->v_tile, w->m + i * w->m_tile);
}

// Rows of the product that one item computes.
#define CK_WINOGRAD_ROWS 48

static void gradient_shared_products(void *context, size_t begin, size_t end) {
  const struct winograd_gradient *w = context;
  size_t parts = (w->s.in_channels + CK_WINOGRAD_ROWS - 1) / CK_WINOGRAD_ROWS;
  for (size_t item = begin; item < end; item++) {
    size_t point = item / parts, row = item % parts * CK_WINOGRAD_ROWS;
    size_t rows = ck_min_size(CK_WINOGRAD_ROWS, w->s.in_channels - row);
    float *u = w->u + point * w->u_point + row * w->m_point;
    if (w->first == 0) memset(u, 0, rows * w->m_point * sizeof(float));
    gradient_product(w, point, row, rows, w->count, w->v, w->m, w->u);
  }
}

static void gradient_shared(struct winograd_gradient *w, int threads) {
  const struct ck_winograd_shape *s = &w->s;
  size_t bytes = w->block * (w->v_tile + w->m_tile) * sizeof(float);
  w->v = ck_allocate(bytes), w->m = w->v + w->block * w->v_tile;
  size_t parts = (s->in_channels + CK_WINOGRAD_ROWS - 1) / CK_WINOGRAD_ROWS;
  for (w->first = 0; w->first < s->tiles; w->first += w->count) {
    w->count = ck_min_size(w->block, s->tiles - w->first);
    ck_parallel(w->count, 4, threads, gradient_shared_transforms, w);
    ck_parallel(s->points * parts, 1, threads, gradient_shared_products, w);
  }
  ck_release(w->v, bytes);
}

// Items are channels of the input.
static void gradient_taps(void *context, size_t begin, size_t end) {
  const struct winograd_gradient *w = context;
  const struct ck_winograd_shape *s = &w->s;
  for (size_t row = begin; row < end; row++)
    w->level->taps[s->tile / 2 - 1](
      w->u + row * w->m_point, w->u_point, w->sums, s->points * w->u_point, s->out_channels,
      w->dkernel + row * s->out_channels, s->in_channels * s->out_channels);
}

CK_CLONES static int gradient_is_finite(const float *values, size_t count) {
  // 0 times anything finite is 0.
  float sums[16] = {0}, sum = 0;
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (size_t lane = 0; lane < 16; lane++) sums[lane] += 0.0f * values[i + lane];
  for (; i < count; i++) sum += 0.0f * values[i];
  for (size_t lane = 0; lane < 16; lane++) sum += sums[lane];
  return sum == 0;
}

void ck_winograd_backward_kernel_f32(const struct ck_conv *g, size_t tile, const float *x, const float *dy,
                                     float *dkernel, int threads) {
  struct winograd_gradient w = {
    .s = ck_winograd_shape_of(g, CK_WINOGRAD_BACKWARD_KERNEL, tile), .level = ck_winograd_level(),
    .tiles = ck_tiles_f32(), .x = x, .dy = dy, .dkernel = dkernel,
  };
  const struct ck_winograd_shape *s = &w.s;
  size_t kernel = 9 * s->in_channels * s->out_channels;
  if (s->tiles == 0) {
    memset(dkernel, 0, kernel * sizeof(float));
    return;
  }
  w.v_point = (s->in_channels + 15) / 16 * 16;
  w.v_tile = s->points * w.v_point + 16;
  w.m_point = (s->out_channels + 15) / 16 * 16;
  w.m_tile = s->points * w.m_point + 16;
  w.u_point = s->in_channels * w.m_point;
  size_t sum_bytes = s->points * w.u_point * sizeof(float);
  w.sums = ck_winograd_sums(s);
  w.block = w.sums > 1 ? ck_max_size(12, (1 << 18) / (w.v_tile + w.m_tile)) : 256;
  w.block = ck_min_size(w.block, (s->tiles + w.sums - 1) / w.sums);
  size_t zero_bytes = ck_max_size(s->in_channels, s->out_channels) * sizeof(float);
  float *zeros = ck_allocate(zero_bytes);
  memset(zeros, 0, zero_bytes);
  w.zeros = zeros;
  w.u = ck_allocate(w.sums * sum_bytes);
  if (w.sums > 1) {
    ck_parallel(w.sums, 1, threads, gradient_sums, &w);
  } else {
    gradient_shared(&w, threads);
  }
  ck_parallel(s->in_channels, 1 + 1024 / s->out_channels, threads, gradient_taps, &w);
  ck_release(w.u, w.sums * sum_bytes);
  ck_release(zeros, zero_bytes);
  if (!gradient_is_finite(dkernel, kernel)) ck_conv_backward_kernel_f32(g, x, dy, dkernel, threads);
}
