// Included once per element type with CK_T and CK_F(name) defined.
//
// Windows are separable: the planes and rows of a window are folded into one row first, which is contiguous whatever
// the channels are, then the columns.

struct CK_F(pool_work) {
  const struct ck_conv *g;
  const CK_T *x, *y, *dy;
  CK_T *out;
  int count_include_pad;
  const uint8_t *taps;
  uint8_t *found;
  size_t bands;
};

CK_INLINE CK_T CK_F(pool_max)(CK_T a, CK_T b) { return a > b || a != a ? a : b; }

// The row of x at (image, depth, height).
CK_INLINE size_t CK_F(pool_row)(const struct ck_conv *g, size_t image, size_t d, size_t h) {
  return ((image * g->in[0] + d) * g->in[1] + h) * g->in[2] * g->in_channels;
}

// MARK: forward

// Folds the input rows that output row `row` takes into `folded`, and returns their number.
CK_INLINE size_t CK_F(pool_fold_rows)(const struct ck_conv *g, const CK_T *x, size_t row, int is_max,
                                      CK_T *restrict folded) {
  size_t oh = row % g->out[1], od = row / g->out[1] % g->out[0], image = row / (g->out[1] * g->out[0]);
  struct ck_window ds = ck_window(g, 0, od), hs = ck_window(g, 1, oh);
  size_t width = g->in[2] * g->in_channels, taken = 0;
  for (size_t kd = ds.begin; kd < ds.end; kd++)
    for (size_t kh = hs.begin; kh < hs.end; kh++, taken++) {
      const CK_T *restrict line = x + CK_F(pool_row)(g, image, ck_position(g, 0, od, kd), ck_position(g, 1, oh, kh));
      if (taken == 0) {
        memcpy(folded, line, width * sizeof(CK_T));
      } else if (is_max) {
        for (size_t i = 0; i < width; i++) folded[i] = CK_F(pool_max)(folded[i], line[i]);
      } else {
        for (size_t i = 0; i < width; i++) folded[i] += line[i];
      }
    }
  return taken;
}

// One output row from the folded rows; `channels` is a constant in the callers for few channels.
CK_INLINE void CK_F(pool_fold_columns)(const struct ck_conv *g, const CK_T *restrict folded, size_t channels,
                                       int is_max, int count_include_pad, size_t taken, CK_T *restrict y) {
  size_t whole = g->kernel[0] * g->kernel[1] * g->kernel[2];
  for (size_t ow = 0; ow < g->out[2]; ow++, y += channels) {
    struct ck_window ws = ck_window(g, 2, ow);
    if (taken == 0 || ws.begin >= ws.end) {
      for (size_t c = 0; c < channels; c++) y[c] = is_max ? CK_LOWEST : 0;
      continue;
    }
    const CK_T *first = folded + ck_position(g, 2, ow, ws.begin) * channels;
    size_t step = g->dilation[2] * channels, columns = ws.end - ws.begin;
    for (size_t c = 0; c < channels; c++) y[c] = first[c];
    for (size_t k = 1; k < columns; k++) {
      const CK_T *restrict next = first + k * step;
      if (is_max) {
        for (size_t c = 0; c < channels; c++) y[c] = CK_F(pool_max)(y[c], next[c]);
      } else {
        for (size_t c = 0; c < channels; c++) y[c] += next[c];
      }
    }
    if (is_max) continue;
    CK_T scale = 1 / (CK_T)(count_include_pad ? whole : taken * columns);
    for (size_t c = 0; c < channels; c++) y[c] *= scale;
  }
}

CK_INLINE void CK_F(pool_rows)(const struct CK_F(pool_work) *w, size_t begin, size_t end, int is_max) {
  const struct ck_conv *g = w->g;
  size_t bytes = g->in[2] * g->in_channels * sizeof(CK_T), channels = g->in_channels;
  CK_T *folded = ck_allocate(bytes);
  for (size_t row = begin; row < end; row++) {
    size_t taken = CK_F(pool_fold_rows)(g, w->x, row, is_max, folded);
    CK_T *y = w->out + row * g->out[2] * channels;
    switch (channels) {
      case 1: CK_F(pool_fold_columns)(g, folded, 1, is_max, w->count_include_pad, taken, y); break;
      case 3: CK_F(pool_fold_columns)(g, folded, 3, is_max, w->count_include_pad, taken, y); break;
      case 6: CK_F(pool_fold_columns)(g, folded, 6, is_max, w->count_include_pad, taken, y); break;
      default: CK_F(pool_fold_columns)(g, folded, channels, is_max, w->count_include_pad, taken, y); break;
    }
  }
  ck_release(folded, bytes);
}

CK_CLONES static void CK_F(max_pool_rows)(void *context, size_t begin, size_t end) {
  CK_F(pool_rows)(context, begin, end, 1);
}

CK_CLONES static void CK_F(average_pool_rows)(void *context, size_t begin, size_t end) {
  CK_F(pool_rows)(context, begin, end, 0);
}

static size_t CK_F(pool_grain)(size_t row_values) { return 1 + 8192 / (row_values + 1); }

void CK_F(ck_max_pool)(const struct ck_conv *g, const CK_T *x, CK_T *y, int threads) {
  struct CK_F(pool_work) w = {.g = g, .x = x, .out = y};
  size_t row_values = g->in[2] * g->in_channels * g->kernel[0] * g->kernel[1];
  ck_parallel(g->batch * g->out[0] * g->out[1], CK_F(pool_grain)(row_values), threads, CK_F(max_pool_rows), &w);
}

void CK_F(ck_average_pool)(const struct ck_conv *g, const CK_T *x, CK_T *y, int count_include_pad, int threads) {
  struct CK_F(pool_work) w = {.g = g, .x = x, .out = y, .count_include_pad = count_include_pad};
  size_t row_values = g->in[2] * g->in_channels * g->kernel[0] * g->kernel[1];
  ck_parallel(g->batch * g->out[0] * g->out[1], CK_F(pool_grain)(row_values), threads, CK_F(average_pool_rows), &w);
}

// MARK: gradient of the maximum

// One window: `left` starts as dy and becomes zero where the first maximum was met, so only that one gets it. Without
// `writes` the position belongs to another band, whose owner adds it.
CK_INLINE void CK_F(max_pool_window)(const CK_T *restrict x, const CK_T *restrict y, CK_T *restrict left,
                                     CK_T *restrict dx, size_t channels, int writes) {
  for (size_t c = 0; c < channels; c++) {
    int hit = (x[c] == y[c]) | ((x[c] != x[c]) & (y[c] != y[c]));
    if (writes) dx[c] += hit ? left[c] : 0;
    left[c] = hit ? 0 : left[c];
  }
}

// The same where the forward pass wrote down which tap was the first maximum.
CK_INLINE void CK_F(max_pool_tap)(const uint8_t *restrict taps, uint8_t tap, const CK_T *restrict dy,
                                  CK_T *restrict dx, size_t channels) {
  for (size_t c = 0; c < channels; c++) dx[c] += taps[c] == tap ? dy[c] : 0;
}

// The share of output row `row` in the input lines [first, last) of its image.
CK_INLINE void CK_F(max_pool_gradient_row)(const struct CK_F(pool_work) *w, size_t row, size_t first, size_t last,
                                           size_t channels, CK_T *left) {
  const struct ck_conv *g = w->g;
  size_t oh = row % g->out[1], od = row / g->out[1] % g->out[0], image = row / (g->out[1] * g->out[0]);
  struct ck_window ds = ck_window(g, 0, od), hs = ck_window(g, 1, oh);
  if (ds.begin >= ds.end || hs.begin >= hs.end) return;
  size_t top = ck_position(g, 0, od, ds.begin) * g->in[1] + ck_position(g, 1, oh, hs.begin);
  size_t bottom = ck_position(g, 0, od, ds.end - 1) * g->in[1] + ck_position(g, 1, oh, hs.end - 1);
  if (bottom < first || top >= last) return;
  for (size_t ow = 0; ow < g->out[2]; ow++) {
    struct ck_window ws = ck_window(g, 2, ow);
    size_t at = (row * g->out[2] + ow) * channels;
    if (!w->taps)
      for (size_t c = 0; c < channels; c++) left[c] = w->dy[at + c];
    for (size_t kd = ds.begin; kd < ds.end; kd++)
      for (size_t kh = hs.begin; kh < hs.end; kh++) {
        size_t line = ck_position(g, 0, od, kd) * g->in[1] + ck_position(g, 1, oh, kh);
        int writes = line >= first && line < last;
        size_t pixels = (image * g->in[0] * g->in[1] + line) * g->in[2];
        size_t tap = (kd * g->kernel[1] + kh) * g->kernel[2];
        for (size_t kw = ws.begin; kw < ws.end; kw++) {
          size_t pixel = (pixels + ck_position(g, 2, ow, kw)) * channels;
          if (!w->taps) {
            CK_F(max_pool_window)(w->x + pixel, w->y + at, left, w->out + pixel, channels, writes);
          } else if (writes) {
            CK_F(max_pool_tap)(w->taps + at, (uint8_t)(tap + kw), w->dy + at, w->out + pixel, channels);
          }
        }
      }
  }
}

// Bands of input lines. Windows may overlap, so every band goes through all windows that reach it, in order.
CK_CLONES static void CK_F(max_pool_gradient_bands)(void *context, size_t begin, size_t end) {
  const struct CK_F(pool_work) *w = context;
  const struct ck_conv *g = w->g;
  size_t channels = g->in_channels, rows = g->out[0] * g->out[1], lines = g->in[0] * g->in[1];
  CK_T *left = ck_allocate(channels * sizeof(CK_T));
  for (size_t unit = begin; unit < end; unit++) {
    size_t image = unit / w->bands, band = unit % w->bands;
    size_t first = lines * band / w->bands, last = lines * (band + 1) / w->bands, line_values = g->in[2] * channels;
    memset(w->out + (image * lines + first) * line_values, 0, (last - first) * line_values * sizeof(CK_T));
    for (size_t row = image * rows; row < (image + 1) * rows; row++) {
      switch (channels) {
        case 1: CK_F(max_pool_gradient_row)(w, row, first, last, 1, left); break;
        case 3: CK_F(max_pool_gradient_row)(w, row, first, last, 3, left); break;
        case 6: CK_F(max_pool_gradient_row)(w, row, first, last, 6, left); break;
        default: CK_F(max_pool_gradient_row)(w, row, first, last, channels, left); break;
      }
    }
  }
  ck_release(left, channels * sizeof(CK_T));
}

static void CK_F(max_pool_gradient)(struct CK_F(pool_work) w, int threads) {
  const struct ck_conv *g = w.g;
  size_t lines = g->in[0] * g->in[1], values = lines * g->in[2] * g->in_channels;
  // Few images are cut into bands, of at least 16K values; a function of the geometry alone.
  size_t wanted = g->batch >= 16 ? 1 : (16 + g->batch - 1) / ck_max_size(1, g->batch);
  w.bands = ck_max_size(1, ck_min_size(wanted, ck_min_size(lines, values / 16384)));
  ck_parallel(g->batch * w.bands, 1, threads, CK_F(max_pool_gradient_bands), &w);
}

void CK_F(ck_max_pool_gradient)(const struct ck_conv *g, const CK_T *x, const CK_T *y, const CK_T *dy, CK_T *dx,
                                int threads) {
  CK_F(max_pool_gradient)((struct CK_F(pool_work)){.g = g, .x = x, .y = y, .dy = dy, .out = dx}, threads);
}

// MARK: gradient of the average

// folded = the rows of dy whose windows take input row (d, h), each divided by its number of rows taken.
CK_INLINE void CK_F(average_gradient_rows)(const struct CK_F(pool_work) *w, size_t image, size_t d, size_t h,
                                           CK_T *restrict folded) {
  const struct ck_conv *g = w->g;
  size_t width = g->out[2] * g->in_channels;
  memset(folded, 0, width * sizeof(CK_T));
  for (size_t kd = 0; kd < g->kernel[0]; kd++) {
    size_t od = ck_output_of(g, 0, d, kd);
    if (od >= g->out[0]) continue;
    for (size_t kh = 0; kh < g->kernel[1]; kh++) {
      size_t oh = ck_output_of(g, 1, h, kh);
      if (oh >= g->out[1]) continue;
      struct ck_window ds = ck_window(g, 0, od), hs = ck_window(g, 1, oh);
      size_t taken = (ds.end - ds.begin) * (hs.end - hs.begin);
      CK_T scale = 1 / (CK_T)(w->count_include_pad ? g->kernel[0] * g->kernel[1] * g->kernel[2] : taken);
      const CK_T *restrict dy = w->dy + ((image * g->out[0] + od) * g->out[1] + oh) * width;
      for (size_t i = 0; i < width; i++) folded[i] += dy[i] * scale;
    }
  }
}

CK_INLINE void CK_F(average_gradient_columns)(const struct CK_F(pool_work) *w, const CK_T *restrict folded,
                                              size_t channels, CK_T *restrict dx) {
  const struct ck_conv *g = w->g;
  memset(dx, 0, g->in[2] * channels * sizeof(CK_T));
  for (size_t ow = 0; ow < g->out[2]; ow++) {
    struct ck_window ws = ck_window(g, 2, ow);
    CK_T scale = w->count_include_pad ? 1 : 1 / (CK_T)(ws.end - ws.begin);
    for (size_t kw = ws.begin; kw < ws.end; kw++) {
      CK_T *restrict target = dx + ck_position(g, 2, ow, kw) * channels;
      for (size_t c = 0; c < channels; c++) target[c] += folded[ow * channels + c] * scale;
    }
  }
}

CK_CLONES static void CK_F(average_pool_gradient_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(pool_work) *w = context;
  const struct ck_conv *g = w->g;
  size_t channels = g->in_channels, bytes = g->out[2] * channels * sizeof(CK_T);
  CK_T *folded = ck_allocate(bytes);
  for (size_t row = begin; row < end; row++) {
    size_t h = row % g->in[1], d = row / g->in[1] % g->in[0], image = row / (g->in[1] * g->in[0]);
    CK_F(average_gradient_rows)(w, image, d, h, folded);
    CK_T *dx = w->out + row * g->in[2] * channels;
    switch (channels) {
      case 1: CK_F(average_gradient_columns)(w, folded, 1, dx); break;
      case 3: CK_F(average_gradient_columns)(w, folded, 3, dx); break;
      case 6: CK_F(average_gradient_columns)(w, folded, 6, dx); break;
      default: CK_F(average_gradient_columns)(w, folded, channels, dx); break;
    }
  }
  ck_release(folded, bytes);
}

void CK_F(ck_average_pool_gradient)(const struct ck_conv *g, const CK_T *dy, CK_T *dx, int count_include_pad,
                                    int threads) {
  struct CK_F(pool_work) w = {.g = g, .dy = dy, .out = dx, .count_include_pad = count_include_pad};
  size_t row_values = g->in[2] * g->in_channels;
  ck_parallel(g->batch * g->in[0] * g->in[1], CK_F(pool_grain)(row_values), threads,
              CK_F(average_pool_gradient_rows), &w);
}
