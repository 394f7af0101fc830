// Included once per element type with CK_T and CK_F(name) defined.
//
// Every output pixel gives its gradient, times the kernel, to the inputs of its window. Those of one kernel row lie
// side by side, whatever the stride, so lanes are full even for few input channels. A unit owns a band of input rows
// and visits the output rows that reach them, kernel row by kernel row.

struct CK_F(conv_scatter) {
  const struct ck_conv *g;
  const struct CK_F(ck_tiles) *tiles;
  const CK_T *dy, *kernel;
  CK_T *packed, *dx;
  // A band's rows in the padded form (`direct`: dx itself), and the bands per plane.
  size_t band_rows, bands, line;
  int direct;
  // Kernel columns handled at once, and the columns of one packed matrix.
  size_t merged, width, packed_width, group_in, group_out;
};

// Offsets of `rows` output rows' pixels in dy and in the band, columns outermost: neighbours in a tile then write to
// different rows, not to the same cache lines.
static void CK_F(conv_scatter_pixels)(const struct CK_F(conv_scatter) *s, size_t rows, size_t row_step, size_t *in,
                                      size_t *out) {
  const struct ck_conv *g = s->g;
  for (size_t c = 0, i = 0; c < g->out[2]; c++)
    for (size_t r = 0; r < rows; r++, i++) {
      in[i] = (r * g->out[2] + c) * g->out_channels;
      out[i] = r * row_step * s->line + c * g->stride[2] * g->in_channels;
    }
}

static void CK_F(conv_scatter_tiles)(const struct CK_F(conv_scatter) *s, struct CK_F(ck_gather) *gather,
                                     const CK_T *dy, CK_T *band, size_t pixels, const size_t *in, const size_t *out) {
  size_t most = s->tiles->rows[gather->columns > s->tiles->lanes ? 2 : 1];
  for (size_t first = 0; first < pixels; first += most) {
    size_t count = ck_min_size(most, pixels - first);
    for (size_t r = 0; r < most; r++) {
      size_t pixel = first + (r < count ? r : 0);
      gather->rows[r] = dy + in[pixel];
      gather->outs[r] = band + out[pixel];
    }
    gather->count = count;
    s->tiles->gather(gather);
  }
}

// The share of one kernel row (kd, kh): `dy` and `band` are where its first pixel reads and writes.
static void CK_F(conv_scatter_row)(const struct CK_F(conv_scatter) *s, size_t kernel_row, const CK_T *dy, CK_T *band,
                                   size_t pixels, const size_t *in, const size_t *out) {
  const struct ck_conv *g = s->g;
  static const ptrdiff_t zero = 0;
  size_t lanes = s->tiles->lanes, parts = g->kernel[2] / s->merged;
  for (size_t part = 0; part < parts; part++)
    for (size_t group = 0; group < g->groups; group++) {
      size_t matrix = (kernel_row * parts + part) * g->groups + group;
      const CK_T *packed = s->packed + matrix * s->packed_width * s->group_out;
      for (size_t column = 0; column < s->width; column += 2 * lanes) {
        struct CK_F(ck_gather) gather = {
          .taps = &zero, .tap_count = 1, .run = s->group_out, .packed = packed + column * s->group_out,
          .columns = ck_min_size(2 * lanes, s->width - column), .accumulate = 1,
        };
        CK_T *target = band + part * g->dilation[2] * g->in_channels + group * s->group_in + column;
        CK_F(conv_scatter_tiles)(s, &gather, dy + group * s->group_out, target, pixels, in, out);
      }
    }
}

// All output rows of plane `od` that reach the band [first, first + rows) of input plane `d` through (kd, kh).
struct CK_F(conv_reach) {
  size_t begin, end;
};

static struct CK_F(conv_reach) CK_F(conv_scatter_reach)(const struct ck_conv *g, size_t kh, size_t first,
                                                        size_t rows) {
  // Input row of output row oh: oh * stride + offset - padding.
  size_t offset = kh * g->dilation[1], low = first + g->padding[1], high = low + rows, stride = g->stride[1];
  struct CK_F(conv_reach) reach = {0, 0};
  if (high <= offset) return reach;
  reach.begin = low > offset ? (low - offset + stride - 1) / stride : 0;
  reach.end = ck_min_size(g->out[1], (high - offset + stride - 1) / stride);
  if (reach.begin > reach.end) reach.begin = reach.end;
  return reach;
}

static void CK_F(conv_scatter_band)(const struct CK_F(conv_scatter) *s, size_t image, size_t d, size_t first,
                                    size_t rows, CK_T *band, size_t *in, size_t *out, size_t *listed) {
  const struct ck_conv *g = s->g;
  for (size_t kd = 0; kd < g->kernel[0]; kd++) {
    size_t od = ck_output_of(g, 0, d, kd);
    if (od >= g->out[0]) continue;
    for (size_t kh = 0; kh < g->kernel[1]; kh++) {
      struct CK_F(conv_reach) reach = CK_F(conv_scatter_reach)(g, kh, first, rows);
      size_t count = reach.end - reach.begin;
      if (count == 0) continue;
      if (count != *listed) CK_F(conv_scatter_pixels)(s, count, g->stride[1], in, out);
      *listed = count;
      const CK_T *dy = s->dy + ((image * g->out[0] + od) * g->out[1] + reach.begin) * g->out[2] * g->out_channels;
      size_t row = reach.begin * g->stride[1] + kh * g->dilation[1] - g->padding[1] - first;
      CK_F(conv_scatter_row)
      (s, kd * g->kernel[1] + kh, dy, band + row * s->line, count * g->out[2], in, out);
    }
  }
}

static void CK_F(conv_scatter_units)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_scatter) *s = context;
  const struct ck_conv *g = s->g;
  size_t most = g->out[2] * (s->band_rows + 1), offsets = 2 * most * sizeof(size_t);
  size_t *in = ck_allocate(offsets), *out = in + most, listed = 0;
  size_t row_values = g->in[2] * g->in_channels, band_bytes = s->band_rows * s->line * sizeof(CK_T);
  CK_T *buffer = s->direct ? NULL : ck_allocate(band_bytes);
  for (size_t index = begin; index < end; index++) {
    size_t first = index % s->bands * s->band_rows, d = index / s->bands % g->in[0];
    size_t image = index / (s->bands * g->in[0]);
    if (first >= g->in[1]) continue;
    size_t rows = ck_min_size(s->band_rows, g->in[1] - first);
    CK_T *dx = s->dx + ((image * g->in[0] + d) * g->in[1] + first) * row_values;
    CK_T *band = s->direct ? dx : buffer;
    memset(band, 0, rows * s->line * sizeof(CK_T));
    CK_F(conv_scatter_band)(s, image, d, first, rows, band, in, out, &listed);
    if (s->direct) continue;
    for (size_t r = 0; r < rows; r++)
      memcpy(dx + r * row_values, band + r * s->line + g->padding[2] * g->in_channels, row_values * sizeof(CK_T));
  }
  ck_release(in, offsets);
  if (buffer) ck_release(buffer, band_bytes);
}

// For every kernel row (and column, unless merged) and group: the matrix [group_out, width]. Items are blocks of its
// columns, as many as one panel has.
static void CK_F(conv_scatter_pack)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_scatter) *s = context;
  const struct ck_conv *g = s->g;
  size_t lanes = s->tiles->lanes, panels = (s->width + 2 * lanes - 1) / (2 * lanes);
  for (size_t item = begin; item < end; item++) {
    size_t m = item / panels, column = item % panels * 2 * lanes, group = m % g->groups, position = m / g->groups;
    const CK_T *matrix = s->kernel + (position * s->width + column) * g->out_channels + group * s->group_out;
    CK_F(ck_pack)
    (lanes, matrix, 1, g->out_channels, s->group_out, ck_min_size(2 * lanes, s->width - column),
     s->packed + (m * s->packed_width + column) * s->group_out);
  }
}

// Bands are of rows, and a sequence is one row: few sequences are stood on end, as one column each. Its positions then
// have to be full vectors by themselves, since those of a row no longer lie side by side.
static struct ck_conv CK_F(conv_upright)(const struct ck_conv *g) {
  struct ck_conv upright = *g;
  if (g->batch * g->in[0] >= 8 || g->in[1] != 1 || g->kernel[1] != 1 || g->out[1] != 1) return upright;
  if (g->in_channels / g->groups < 16) return upright;
  upright.in[1] = g->in[2], upright.out[1] = g->out[2], upright.kernel[1] = g->kernel[2];
  upright.stride[1] = g->stride[2], upright.dilation[1] = g->dilation[2], upright.padding[1] = g->padding[2];
  upright.in[2] = upright.out[2] = upright.kernel[2] = upright.stride[2] = upright.dilation[2] = 1;
  upright.padding[2] = 0;
  return upright;
}

void CK_F(ck_conv_backward_input)(const struct ck_conv *geometry, const CK_T *dy, const CK_T *kernel, CK_T *dx,
                                  int threads) {
  struct ck_conv upright = CK_F(conv_upright)(geometry);
  const struct ck_conv *g = &upright;
  size_t values = g->batch * g->in[0] * g->in[1] * g->in[2] * g->in_channels;
  if (values == 0) return;
  if (CK_F(conv_is_empty)(g)) {
    memset(dx, 0, values * sizeof(CK_T));
    return;
  }
  if (CK_F(conv_is_depthwise)(g)) {
    CK_F(conv_depthwise_backward_input)(g, dy, kernel, dx, threads);
    return;
  }
  if (CK_F(conv_multiplier)(g)) {
    CK_F(conv_multiplied_backward_input)(g, dy, kernel, dx, threads);
    return;
  }
  struct CK_F(conv_scatter) s = {.g = g, .tiles = CK_F(ck_tiles)(), .dy = dy, .kernel = kernel, .dx = dx};
  s.group_in = g->in_channels / g->groups, s.group_out = g->out_channels / g->groups;
  s.merged = g->groups == 1 && g->dilation[2] == 1 ? g->kernel[2] : 1;
  s.width = s.merged * s.group_in;
  s.packed_width = ck_packed_columns(s.tiles->lanes, s.width);
  size_t view_columns = CK_F(conv_view_rows)(g, 2, g->out[2]);
  s.direct = g->padding[2] == 0 && view_columns <= g->in[2];
  s.line = (s.direct ? g->in[2] : ck_max_size(view_columns, g->padding[2] + g->in[2])) * g->in_channels;
  size_t pixels = ck_min_size(1024, ck_max_size(96, g->batch * g->in[0] * g->in[1] * g->in[2] / 8));
  s.band_rows = ck_max_size(1, ck_min_size(g->in[1], pixels / g->in[2]));
  s.bands = (g->in[1] + s.band_rows - 1) / s.band_rows;
  s.band_rows = (g->in[1] + s.bands - 1) / s.bands;
  size_t matrices = g->kernel[0] * g->kernel[1] * (g->kernel[2] / s.merged) * g->groups;
  size_t bytes = matrices * s.packed_width * s.group_out * sizeof(CK_T);
  s.packed = ck_allocate(bytes);
  size_t panels = (s.width + 2 * s.tiles->lanes - 1) / (2 * s.tiles->lanes);
  ck_parallel(matrices * panels, 1 + 8192 / (2 * s.tiles->lanes * s.group_out), threads, CK_F(conv_scatter_pack), &s);
  ck_parallel(g->batch * g->in[0] * s.bands, 1, threads, CK_F(conv_scatter_units), &s);
  ck_release(s.packed, bytes);
}
