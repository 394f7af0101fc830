#include "ck_winograd.h"

#include "ck_memory.h"
#include "ck_threads.h"
#include "tiles.h"
#include "winograd.h"

// A panel of 2 vectors of filters and this many channels stays in the first-level cache.
#define CK_WINOGRAD_DEPTH 256

struct winograd {
  struct ck_winograd_shape s;
  const struct ck_winograd_level *level;
  const struct ck_tiles_f32 *tiles;
  enum ck_winograd_pass pass;
  const float *x, *kernel, *packed, *bias, *residual;
  float *y;
  int relu;
  // Tiles of one block.
  size_t block, blocks, panels, panel_width;
  // Distances between points and tiles, of the inputs and of the products.
  size_t v_point, v_tile, m_point, m_tile;
  // Where units are panels: the transformed inputs of `count` tiles from `first` on, and how many blocks a unit has.
  // NULL where units are blocks and have their own.
  float *shared;
  size_t first, count, unit_blocks, unit_panels;
  const float *zeros;
};

struct ck_winograd_shape ck_winograd_shape_of(const struct ck_conv *g, enum ck_winograd_pass pass, size_t tile) {
  int forward = pass != CK_WINOGRAD_BACKWARD_INPUT;
  struct ck_winograd_shape s = {
    .images = g->batch * g->in[0],
    .in_channels = forward ? g->in_channels : g->out_channels,
    .out_channels = forward ? g->out_channels : g->in_channels,
    .tile = tile,
    .side = tile + 2,
    .points = (tile + 2) * (tile + 2),
  };
  for (int axis = 0; axis < 2; axis++) {
    s.in[axis] = forward ? g->in[axis + 1] : g->out[axis + 1];
    s.out[axis] = forward ? g->out[axis + 1] : g->in[axis + 1];
    s.before[axis] = forward ? (ptrdiff_t)g->padding[axis + 1] : 2 - (ptrdiff_t)g->padding[axis + 1];
  }
  s.tile_rows = (s.out[0] + tile - 1) / tile;
  s.tile_columns = (s.out[1] + tile - 1) / tile;
  s.tiles = s.images * s.tile_rows * s.tile_columns;
  return s;
}

int ck_winograd_applies(const struct ck_conv *g) {
  if (g->groups != 1 || g->kernel[0] != 1 || g->padding[0] != 0 || g->in[0] != g->out[0]) return 0;
  for (int axis = 0; axis < 3; axis++)
    if (g->stride[axis] != 1 || g->dilation[axis] != 1) return 0;
  return g->kernel[1] == 3 && g->kernel[2] == 3;
}

// Nanoseconds on two cores with AVX-512, fitted to measurements of ResNet-50's and VGG16's layers
// (Docs/performance.md); only their order matters. Products, the transformed kernel from beyond the second-level cache,
// and the transforms of the tiles' points.
static double winograd_cost(const struct ck_winograd_shape *s, int is_packed) {
  double in = (double)((s->in_channels + 15) / 16 * 16), out = (double)((s->out_channels + 15) / 16 * 16);
  double points = (double)s->points, tiles = (double)s->tiles;
  double weights = points * in * out;
  return weights * tiles * 2 / 230 + weights * (is_packed ? 0.16 : 0.25) + points * tiles * (in + out) * 0.125 + 3000;
}

static double winograd_direct_cost(const struct ck_winograd_shape *s, int is_packed) {
  double weights = 9 * (double)s->in_channels * (double)s->out_channels;
  return weights * (double)(s->images * s->out[0] * s->out[1]) * 2 / 250 + weights * (is_packed ? 0.16 : 0.25);
}

// The same for the gradient of the kernel, whose product is read and written for each block of tiles.
static double winograd_gradient_cost(const struct ck_winograd_shape *s) {
  double in = (double)((s->in_channels + 15) / 16 * 16), out = (double)((s->out_channels + 15) / 16 * 16);
  double weights = (double)s->points * in * out, tiles = (double)s->tiles;
  size_t sums = ck_winograd_sums(s);
  double moved = sums > 1 ? 0.12 * (double)sums : 0.3 + 0.6 * (double)((s->tiles + 255) / 256);
  double transforms = (double)s->points * tiles * (in + out) * (sums > 1 ? 0.125 : 0.445);
  return weights * (tiles * 2 / 230 + moved) + transforms + 5000;
}

size_t ck_winograd_tile(const struct ck_conv *g, enum ck_winograd_pass pass, int is_packed) {
  // Few channels do not fill the vectors of the transforms.
  size_t least = pass == CK_WINOGRAD_BACKWARD_KERNEL ? 32 : 16;
  if (!ck_winograd_applies(g) || g->in_channels < least || g->out_channels < least) return 0;
  struct ck_winograd_shape two = ck_winograd_shape_of(g, pass, 2), four = ck_winograd_shape_of(g, pass, 4);
  if (four.tiles == 0) return 0;
  if (pass == CK_WINOGRAD_BACKWARD_KERNEL)
    return winograd_gradient_cost(&four) < 0.75 * winograd_direct_cost(&four, 1) ? 4 : 0;
  double cost2 = winograd_cost(&two, is_packed), cost4 = winograd_cost(&four, is_packed);
  if (0.9 * winograd_direct_cost(&two, is_packed) < (cost2 < cost4 ? cost2 : cost4)) return 0;
  return cost2 < 1.05 * cost4 ? 2 : 4;
}

// MARK: weights

struct winograd_pack {
  struct ck_winograd_shape s;
  enum ck_winograd_pass pass;
  const float *kernel;
  float *packed;
  size_t panels, panel_width;
};

// Channels of one item.
#define CK_WINOGRAD_ROWS 16

// For tap after tap, `rows` channels from `row` on by `width` filters from `first` on, `count` of which exist.
static void winograd_taps(const struct ck_winograd_shape *s, enum ck_winograd_pass pass, const float *kernel,
                          size_t row, size_t rows, size_t first, size_t count, size_t width, float *taps,
                          size_t tap_step) {
  size_t in = s->in_channels, out = s->out_channels;
  for (size_t tap = 0; tap < 9; tap++) {
    float *to = taps + tap * tap_step;
    if (count < width) memset(to, 0, rows * width * sizeof(float));
    if (pass == CK_WINOGRAD_FORWARD) {
      const float *from = kernel + (tap * in + row) * out + first;
      for (size_t i = 0; i < rows; i++) memcpy(to + i * width, from + i * out, count * sizeof(float));
    } else {
      // Turned and exchanged: the kernel is [tap, filters, channels] to this pass.
      const float *from = kernel + ((8 - tap) * out + first) * in + row;
      for (size_t j = 0; j < count; j++)
        for (size_t i = 0; i < rows; i++) to[i * width + j] = from[j * in + i];
    }
  }
}

// Channels [row, end) of one panel, to `u`, which holds all channels of the panel.
static void winograd_pack_rows(const struct ck_winograd_shape *s, enum ck_winograd_pass pass, const float *kernel,
                               size_t panel, size_t row, size_t end, float *u) {
  const struct ck_winograd_level *level = ck_winograd_level();
  _Alignas(64) float taps[9 * CK_WINOGRAD_ROWS * 32];
  size_t first = panel * 2 * level->lanes, count = ck_min_size(2 * level->lanes, s->out_channels - first);
  size_t width = count > level->lanes ? 2 * level->lanes : level->lanes, tap_step = CK_WINOGRAD_ROWS * width;
  for (; row < end; row += CK_WINOGRAD_ROWS) {
    size_t rows = ck_min_size(CK_WINOGRAD_ROWS, end - row);
    winograd_taps(s, pass, kernel, row, rows, first, count, width, taps, tap_step);
    level->weights[s->tile / 2 - 1](taps, tap_step, rows, width, u + row * width, s->in_channels * width);
  }
}

// Items are blocks of channels of one panel.
static void winograd_pack_items(void *context, size_t begin, size_t end) {
  const struct winograd_pack *w = context;
  const struct ck_winograd_shape *s = &w->s;
  size_t chunks = (s->in_channels + CK_WINOGRAD_ROWS - 1) / CK_WINOGRAD_ROWS;
  for (size_t item = begin; item < end; item++) {
    size_t panel = item / chunks, row = item % chunks * CK_WINOGRAD_ROWS;
    winograd_pack_rows(s, w->pass, w->kernel, panel, row, ck_min_size(row + CK_WINOGRAD_ROWS, s->in_channels),
                       w->packed + panel * w->panel_width * s->points * s->in_channels);
  }
}

size_t ck_winograd_weight_count(const struct ck_conv *g, enum ck_winograd_pass pass, size_t tile) {
  struct ck_winograd_shape s = ck_winograd_shape_of(g, pass, tile);
  return s.points * s.in_channels * ck_packed_columns(ck_winograd_level()->lanes, s.out_channels);
}

void ck_winograd_pack_f32(const struct ck_conv *g, enum ck_winograd_pass pass, size_t tile, const float *kernel,
                          float *packed, int threads) {
  struct winograd_pack w = {
    .s = ck_winograd_shape_of(g, pass, tile), .pass = pass, .kernel = kernel, .packed = packed};
  w.panel_width = 2 * ck_winograd_level()->lanes;
  w.panels = (w.s.out_channels + w.panel_width - 1) / w.panel_width;
  size_t chunks = (w.s.in_channels + CK_WINOGRAD_ROWS - 1) / CK_WINOGRAD_ROWS;
  ck_parallel(w.panels * chunks, 2, threads, winograd_pack_items, &w);
}

// MARK: tiles

void ck_winograd_pixels(const struct ck_winograd_shape *s, const float *x, const float *zeros, size_t tile,
                        const float **pixels) {
  size_t image = tile / (s->tile_rows * s->tile_columns), place = tile % (s->tile_rows * s->tile_columns);
  ptrdiff_t top = (ptrdiff_t)(place / s->tile_columns * s->tile) - s->before[0];
  ptrdiff_t left = (ptrdiff_t)(place % s->tile_columns * s->tile) - s->before[1];
  for (size_t i = 0; i < s->side; i++) {
    // Negative ones are large.
    size_t row = (size_t)(top + (ptrdiff_t)i);
    const float *line = row < s->in[0] ? x + (image * s->in[0] + row) * s->in[1] * s->in_channels : NULL;
    for (size_t j = 0; j < s->side; j++) {
      size_t column = (size_t)(left + (ptrdiff_t)j);
      pixels[i * s->side + j] = line && column < s->in[1] ? line + column * s->in_channels : zeros;
    }
  }
}

static void winograd_input(const struct winograd *w, size_t first, size_t count, float *v) {
  const float *pixels[36];
  for (size_t i = 0; i < count; i++) {
    ck_winograd_pixels(&w->s, w->x, w->zeros, first + i, pixels);
    w->level->input[w->s.tile / 2 - 1](pixels, w->s.in_channels, v + i * w->v_tile, w->v_point);
  }
}

// One point's products of `count` tiles with one panel, of `width` filters; `next`: what will be multiplied then.
static void winograd_product(const struct winograd *w, const float *packed, const float *next, size_t width,
                             const float *v, size_t count, float *m) {
  static const ptrdiff_t zero = 0;
  size_t channels = w->s.in_channels, most = w->tiles->rows[width / w->level->lanes];
  for (size_t depth = 0; depth < channels; depth += CK_WINOGRAD_DEPTH) {
    struct ck_gather_f32 gather = {
      .taps = &zero, .tap_count = 1, .run = ck_min_size(CK_WINOGRAD_DEPTH, channels - depth),
      .packed = packed + depth * width, .columns = width, .accumulate = depth > 0,
    };
    // The next panel is on its way while this one is in use.
    size_t step = gather.run * width;
    const char *ahead = (const char *)(depth + CK_WINOGRAD_DEPTH < channels ? gather.packed + step : next);
    size_t ahead_bytes = step * sizeof(float) * most / ((count + most - 1) / most * most);
    for (size_t first = 0; first < count; first += most) {
      for (size_t i = 0; i < ahead_bytes; i += 64) __builtin_prefetch(ahead + i, 0, 2);
      ahead += ahead_bytes;
      gather.count = ck_min_size(most, count - first);
      for (size_t r = 0; r < most; r++) {
        size_t tile = first + (r < gather.count ? r : 0);
        gather.rows[r] = v + tile * w->v_tile + depth;
        gather.outs[r] = m + tile * w->m_tile;
      }
      w->tiles->gather(&gather);
    }
  }
}

// All points' products of `count` tiles with `panels` panels from `panel` on.
static void winograd_products(const struct winograd *w, size_t panel, size_t panels, const float *packed,
                              const float *v, size_t count, float *m) {
  const struct ck_winograd_shape *s = &w->s;
  size_t lanes = w->level->lanes, filters = s->out_channels - panel * w->panel_width;
  size_t whole = w->panel_width * s->points * s->in_channels;
  for (size_t point = 0; point < s->points; point++)
    for (size_t p = 0; p < panels; p++) {
      size_t width = filters - p * w->panel_width > lanes ? 2 * lanes : lanes, next = (p + 1) % panels;
      size_t next_width = filters - next * w->panel_width > lanes ? 2 * lanes : lanes;
      winograd_product(w, packed + p * whole + point * s->in_channels * width,
                       packed + next * whole + (point + (next == 0)) * s->in_channels * next_width, width,
                       v + point * w->v_point, count, m + point * w->m_point + p * w->panel_width);
    }
}

// Channels [from, f->channels) of a tile by the plain sum: what the transforms make of numbers that are not finite, or
// too large, is not what the convolution does.
static void winograd_plain(const struct winograd *w, size_t tile, size_t column, const struct ck_winograd_finish *f,
                           size_t from) {
  const struct ck_winograd_shape *s = &w->s;
  const float *pixels[36];
  ck_winograd_pixels(s, w->x, w->zeros, tile, pixels);
  int forward = w->pass == CK_WINOGRAD_FORWARD;
  size_t down = forward ? s->out_channels : 1, across = forward ? 1 : s->in_channels;
  size_t taps = s->in_channels * s->out_channels;
  for (size_t pixel = 0; pixel < s->tile * s->tile; pixel++) {
    size_t row = pixel / s->tile, line = pixel % s->tile, count = f->channels - from;
    if (row >= f->rows || line >= f->columns) continue;
    float sums[32] = {0};
    for (size_t tap = 0; tap < 9; tap++) {
      const float *x = pixels[(row + tap / 3) * s->side + line + tap % 3];
      // Backwards the direct kernels have no zeros around the gradient.
      if (!forward && x == w->zeros) continue;
      const float *kernel = w->kernel + (forward ? tap : 8 - tap) * taps + (column + from) * across;
      for (size_t c = 0; c < s->in_channels; c++)
        for (size_t k = 0; k < count; k++) sums[k] += x[c] * kernel[c * down + k * across];
    }
    for (size_t k = 0; k < count; k++) {
      size_t offset = row * f->row_step + line * f->column_step + from + k;
      float value = sums[k] + (f->bias ? f->bias[from + k] : 0);
      if (f->residual) value += f->residual[offset];
      f->y[offset] = f->relu && 0 > value ? 0 : value;
    }
  }
}

static void winograd_output(const struct winograd *w, size_t panel, size_t first, size_t count, const float *m) {
  const struct ck_winograd_shape *s = &w->s;
  size_t column = panel * w->panel_width;
  struct ck_winograd_finish f = {
    .point_step = w->m_point, .row_step = s->out[1] * s->out_channels, .column_step = s->out_channels,
    .channels = ck_min_size(w->panel_width, s->out_channels - column), .bias = w->bias ? w->bias + column : NULL,
    .relu = w->relu,
  };
  for (size_t i = 0; i < count; i++) {
    size_t tile = first + i, image = tile / (s->tile_rows * s->tile_columns);
    size_t row = tile / s->tile_columns % s->tile_rows * s->tile, line = tile % s->tile_columns * s->tile;
    size_t offset = ((image * s->out[0] + row) * s->out[1] + line) * s->out_channels + column;
    f.m = m + i * w->m_tile;
    f.rows = ck_min_size(s->tile, s->out[0] - row), f.columns = ck_min_size(s->tile, s->out[1] - line);
    f.y = w->y + offset, f.residual = w->residual ? w->residual + offset : NULL;
    size_t done = w->level->output[s->tile / 2 - 1](&f);
    if (done < f.channels) winograd_plain(w, tile, column, &f, done);
  }
}

// MARK: units

static void winograd_shared_inputs(void *context, size_t begin, size_t end) {
  const struct winograd *w = context;
  winograd_input(w, w->first + begin, end - begin, w->shared + begin * w->v_tile);
}

// Units are blocks of tiles.
static void winograd_block_units(void *context, size_t begin, size_t end) {
  const struct winograd *w = context;
  size_t values = w->block * w->v_tile, bytes = (values + w->block * w->m_tile) * sizeof(float);
  float *v = ck_allocate(bytes), *m = v + values;
  for (size_t block = begin; block < end; block++) {
    size_t first = block * w->block, count = ck_min_size(w->block, w->s.tiles - first);
    winograd_input(w, first, count, v);
    for (size_t panel = 0; panel < w->panels; panel++) {
      const float *packed = w->packed + panel * w->panel_width * w->s.points * w->s.in_channels;
      winograd_products(w, panel, 1, packed, v, count, m);
      winograd_output(w, panel, first, count, m);
    }
  }
  ck_release(v, bytes);
}

// Units are one or two panels and some blocks, panels counting first. Weights that are not packed yet are so here, where they
// stay in the second-level cache.
static void winograd_panel_units(void *context, size_t begin, size_t end) {
  const struct winograd *w = context;
  const struct ck_winograd_shape *s = &w->s;
  size_t panel_values = w->panel_width * s->points * s->in_channels, values = w->packed ? 0 : panel_values;
  size_t most = w->unit_panels, units = (w->panels + most - 1) / most;
  size_t bytes = (values + w->block * w->m_tile) * sizeof(float), blocks = w->unit_blocks;
  float *u = ck_allocate(bytes), *m = u + values;
  for (size_t unit = begin; unit < end; unit++) {
    size_t panel = unit % units * most, group = unit / units, panels = ck_min_size(most, w->panels - panel);
    if (!w->packed) winograd_pack_rows(s, w->pass, w->kernel, panel, 0, s->in_channels, u);
    const float *packed = w->packed ? w->packed + panel * panel_values : u;
    size_t last = ck_min_size((group + 1) * blocks * w->block, w->count);
    for (size_t first = group * blocks * w->block; first < last; first += w->block) {
      size_t count = ck_min_size(w->block, last - first);
      winograd_products(w, panel, panels, packed, w->shared + first * w->v_tile, count, m);
      for (size_t p = 0; p < panels; p++)
        winograd_output(w, panel + p, w->first + first, count, m + p * w->panel_width);
    }
  }
  ck_release(u, bytes);
}

// How tiles are put into blocks. Many tiles: blocks whose inputs stay in the second-level cache with the products of a
// panel. Else the inputs of many tiles are transformed first, and units are panels: returns 1. By the sizes alone: the
// sums do not depend on the number of threads.
static int winograd_blocks(struct winograd *w) {
  const struct ck_winograd_shape *s = &w->s;
  w->panel_width = 2 * w->level->lanes;
  w->panels = (s->out_channels + w->panel_width - 1) / w->panel_width;
  w->v_point = (s->in_channels + 15) / 16 * 16;
  w->v_tile = s->points * w->v_point + 16;
  w->unit_panels = 1;
  w->m_point = w->panel_width;
  w->m_tile = s->points * w->m_point + 16;
  size_t most = (5 << 18) / ((w->v_tile + w->m_tile) * sizeof(float)) / 12 * 12;
  int by_panels = s->tiles < 192 || most < 24;
  most = by_panels ? 96 : ck_min_size(48, most);
  w->blocks = ck_max_size((s->tiles + most - 1) / most, by_panels ? 1 : 8);
  w->block = ck_min_size(((s->tiles + w->blocks - 1) / w->blocks + 11) / 12 * 12, s->tiles);
  w->blocks = (s->tiles + w->block - 1) / w->block;
  // Two panels at once read the inputs half as often.
  if (by_panels && w->packed && w->panels >= 8 && s->tiles >= 32) w->unit_panels = 2, w->m_point *= 2;
  w->m_tile = s->points * w->m_point + 16;
  return by_panels;
}

// A few blocks at a time, so that their inputs do not take much memory.
static void winograd_by_panels(struct winograd *w, int threads) {
  size_t most = ck_min_size(w->s.tiles, 4 * w->block), bytes = most * w->v_tile * sizeof(float);
  w->shared = ck_allocate(bytes);
  for (w->first = 0; w->first < w->s.tiles; w->first += w->count) {
    w->count = ck_min_size(most, w->s.tiles - w->first);
    size_t blocks = (w->count + w->block - 1) / w->block;
    w->unit_blocks = w->packed ? 1 : blocks;
    ck_parallel(w->count, 1 + 64 / (1 + w->v_point / 16), threads, winograd_shared_inputs, w);
    size_t units = blocks / w->unit_blocks * ((w->panels + w->unit_panels - 1) / w->unit_panels);
    ck_parallel(units, 1, threads, winograd_panel_units, w);
  }
  ck_release(w->shared, bytes);
}

static void winograd_by_blocks(struct winograd *w, const struct ck_conv *g, int threads) {
  size_t bytes = w->packed ? 0 : ck_winograd_weight_count(g, w->pass, w->s.tile) * sizeof(float);
  float *packed = bytes ? ck_allocate(bytes) : NULL;
  if (packed) {
    ck_winograd_pack_f32(g, w->pass, w->s.tile, w->kernel, packed, threads);
    w->packed = packed;
  }
  ck_parallel(w->blocks, 1, threads, winograd_block_units, w);
  if (packed) ck_release(packed, bytes);
}

void ck_winograd_f32(const struct ck_conv *g, enum ck_winograd_pass pass, size_t tile, const float *x,
                     const float *kernel, const float *packed, const float *bias, const float *residual,
                     enum ck_activation activation, float alpha, float *y, int threads) {
  struct winograd w = {
    .s = ck_winograd_shape_of(g, pass, tile), .level = ck_winograd_level(), .tiles = ck_tiles_f32(), .pass = pass,
    .x = x, .kernel = kernel, .packed = packed, .bias = bias, .residual = residual, .y = y,
    .relu = activation == CK_ACTIVATION_RELU,
  };
  if (w.s.tiles == 0) return;
  int by_panels = winograd_blocks(&w);
  size_t bytes = w.s.in_channels * sizeof(float);
  float *zeros = ck_allocate(bytes);
  memset(zeros, 0, bytes);
  w.zeros = zeros;
  if (by_panels) {
    winograd_by_panels(&w, threads);
  } else {
    winograd_by_blocks(&w, g, threads);
  }
  ck_release(zeros, bytes);
  if (activation != CK_ACTIVATION_LINEAR && !w.relu) {
    size_t pixels = w.s.images * w.s.out[0] * w.s.out[1];
    ck_activation_f32(activation, alpha, y, y, pixels * w.s.out_channels, threads);
  }
}
