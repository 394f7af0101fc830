// Included once per element type with CK_T, CK_F(name), CK_LOWEST and CK_LOOP defined, after pooling_template.h: maximum
// pooling that writes down which tap of each window won, and its gradient.

// MARK: the maximum and where it is

CK_INLINE void CK_F(max_pool_compare)(const CK_T *restrict x, uint8_t tap, CK_T *restrict y, uint8_t *restrict taps,
                                      size_t channels) {
  CK_LOOP
  for (size_t c = 0; c < channels; c++) {
    int takes = (x[c] > y[c]) | ((x[c] != x[c]) & (y[c] == y[c]));
    y[c] = takes ? x[c] : y[c];
    taps[c] = takes ? tap : taps[c];
  }
}

// One pixel of the output from `count` pixels inside the input; `count` is a constant in the callers.
CK_INLINE void CK_F(max_pool_taps_pixel)(const CK_T *const *from, size_t count, CK_T *restrict y,
                                         uint8_t *restrict taps, size_t channels) {
  CK_LOOP
  for (size_t c = 0; c < channels; c++) {
    CK_T most = from[0][c];
    uint8_t tap = 0;
    for (size_t k = 1; k < count; k++) {
      CK_T v = from[k][c];
      int takes = (v > most) | ((v != v) & (most == most));
      most = takes ? v : most;
      tap = takes ? (uint8_t)k : tap;
    }
    y[c] = most;
    taps[c] = tap;
  }
}

// The same for windows that lie inside the input; returns 0 where there is no code for their size.
CK_INLINE int CK_F(max_pool_taps_whole)(const struct ck_conv *g, const CK_T *x, CK_T *y, uint8_t *taps,
                                        size_t channels) {
  size_t count = g->kernel[0] * g->kernel[1] * g->kernel[2];
  if (g->kernel[0] != 1 || count > 9) return 0;
  const CK_T *from[9];
  for (size_t k = 0; k < count; k++) {
    size_t line = k / g->kernel[2] * g->dilation[1], column = k % g->kernel[2] * g->dilation[2];
    from[k] = x + (line * g->in[2] + column) * channels;
  }
  switch (count) {
    case 2: CK_F(max_pool_taps_pixel)(from, 2, y, taps, channels); return 1;
    case 3: CK_F(max_pool_taps_pixel)(from, 3, y, taps, channels); return 1;
    case 4: CK_F(max_pool_taps_pixel)(from, 4, y, taps, channels); return 1;
    case 9: CK_F(max_pool_taps_pixel)(from, 9, y, taps, channels); return 1;
    default: return 0;
  }
}

CK_INLINE void CK_F(max_pool_taps_row)(const struct CK_F(pool_work) *w, size_t row, size_t channels) {
  const struct ck_conv *g = w->g;
  size_t oh = row % g->out[1], od = row / g->out[1] % g->out[0], image = row / (g->out[1] * g->out[0]);
  struct ck_window ds = ck_window(g, 0, od), hs = ck_window(g, 1, oh);
  int rows_whole = ds.end - ds.begin == g->kernel[0] && hs.end - hs.begin == g->kernel[1];
  for (size_t ow = 0; ow < g->out[2]; ow++) {
    struct ck_window ws = ck_window(g, 2, ow);
    CK_T *y = w->out + (row * g->out[2] + ow) * channels;
    uint8_t *taps = w->found + (row * g->out[2] + ow) * channels;
    int met = 0, is_whole = rows_whole && ws.begin == 0 && ws.end == g->kernel[2];
    if (is_whole) {
      size_t line = CK_F(pool_row)(g, image, ck_position(g, 0, od, 0), ck_position(g, 1, oh, 0));
      const CK_T *x = w->x + line + ck_position(g, 2, ow, 0) * channels;
      if (CK_F(max_pool_taps_whole)(g, x, y, taps, channels)) continue;
    }
    for (size_t kd = ds.begin; kd < ds.end; kd++)
      for (size_t kh = hs.begin; kh < hs.end; kh++) {
        size_t line = CK_F(pool_row)(g, image, ck_position(g, 0, od, kd), ck_position(g, 1, oh, kh));
        for (size_t kw = ws.begin; kw < ws.end; kw++, met = 1) {
          const CK_T *x = w->x + line + ck_position(g, 2, ow, kw) * channels;
          uint8_t tap = (uint8_t)((kd * g->kernel[1] + kh) * g->kernel[2] + kw);
          if (met) {
            CK_F(max_pool_compare)(x, tap, y, taps, channels);
          } else {
            memcpy(y, x, channels * sizeof(CK_T));
            memset(taps, tap, channels);
          }
        }
      }
    if (met) continue;
    for (size_t c = 0; c < channels; c++) y[c] = CK_LOWEST;
    memset(taps, CK_NO_TAP, channels);
  }
}

// Few channels: the input rows of a window are folded into one first, whole lines at a time, with the first tap of the
// plane and row that won; then its columns. Where two columns are equal the one that won in an earlier row goes first.
CK_INLINE size_t CK_F(max_pool_taps_fold)(const struct ck_conv *g, const CK_T *x, size_t row, CK_T *restrict folded,
                                          uint8_t *restrict winners) {
  size_t oh = row % g->out[1], od = row / g->out[1] % g->out[0], image = row / (g->out[1] * g->out[0]);
  struct ck_window ds = ck_window(g, 0, od), hs = ck_window(g, 1, oh);
  size_t width = g->in[2] * g->in_channels, taken = 0;
  for (size_t kd = ds.begin; kd < ds.end; kd++)
    for (size_t kh = hs.begin; kh < hs.end; kh++, taken++) {
      const CK_T *restrict line = x + CK_F(pool_row)(g, image, ck_position(g, 0, od, kd), ck_position(g, 1, oh, kh));
      uint8_t tap = (uint8_t)((kd * g->kernel[1] + kh) * g->kernel[2]);
      if (taken == 0) {
        memcpy(folded, line, width * sizeof(CK_T));
        memset(winners, tap, width);
      } else {
        CK_F(max_pool_compare)(line, tap, folded, winners, width);
      }
    }
  return taken;
}

// A line's maxima over windows that begin at each of its values, and what won.
struct CK_F(pool_line) {
  CK_T *folded, *most;
  uint8_t *winners, *winner, *tap;
};

// Adds column `k` of the windows that begin at [0, count).
CK_INLINE void CK_F(max_pool_taps_column)(struct CK_F(pool_line) l, size_t shift, size_t k, size_t count) {
  const CK_T *restrict folded = l.folded + shift;
  const uint8_t *restrict winners = l.winners + shift;
  CK_T *restrict most = l.most;
  uint8_t *restrict winner = l.winner, *restrict tap = l.tap, column = (uint8_t)k;
  CK_LOOP
  for (size_t i = 0; i < count; i++) {
    CK_T v = folded[i], m = most[i];
    int wins = (v > m) | ((v != v) & (m == m)), equal = (v == m) | ((v != v) & (m != m));
    int takes = wins | (equal & (winners[i] < winner[i]));
    most[i] = takes ? v : m;
    tap[i] = takes ? (uint8_t)(winners[i] + column) : tap[i];
    winner[i] = takes ? winners[i] : winner[i];
  }
}

// One row of the output. Windows that begin and end alike are computed together: as a rule all but those at the edges.
CK_INLINE void CK_F(max_pool_taps_columns)(const struct ck_conv *g, struct CK_F(pool_line) l, size_t taken,
                                           size_t channels, CK_T *restrict y, uint8_t *restrict taps) {
  size_t width = g->in[2] * channels;
  struct ck_window last = {1, 0};
  for (size_t ow = 0; ow < g->out[2]; ow++, y += channels, taps += channels) {
    struct ck_window ws = ck_window(g, 2, ow);
    if (taken == 0 || ws.begin >= ws.end) {
      for (size_t c = 0; c < channels; c++) y[c] = CK_LOWEST;
      memset(taps, CK_NO_TAP, channels);
      continue;
    }
    size_t first = ck_position(g, 2, ow, ws.begin) * channels;
    if (ws.begin != last.begin || ws.end != last.end) {
      memcpy(l.most, l.folded, width * sizeof(CK_T));
      memcpy(l.winner, l.winners, width);
      for (size_t i = 0; i < width; i++) l.tap[i] = (uint8_t)(l.winners[i] + ws.begin);
      for (size_t k = ws.begin + 1; k < ws.end; k++) {
        size_t shift = (k - ws.begin) * g->dilation[2] * channels;
        CK_F(max_pool_taps_column)(l, shift, k, width - shift);
      }
      last = ws;
    }
    for (size_t c = 0; c < channels; c++) y[c] = l.most[first + c];
    for (size_t c = 0; c < channels; c++) taps[c] = l.tap[first + c];
  }
}

CK_INLINE void CK_F(max_pool_taps_few)(const struct CK_F(pool_work) *w, size_t begin, size_t end) {
  const struct ck_conv *g = w->g;
  size_t width = g->in[2] * g->in_channels, channels = g->in_channels;
  size_t bytes = width * (2 * sizeof(CK_T) + 3);
  struct CK_F(pool_line) l = {.folded = ck_allocate(bytes)};
  l.most = l.folded + width;
  l.winners = (uint8_t *)(l.most + width), l.winner = l.winners + width, l.tap = l.winner + width;
  for (size_t row = begin; row < end; row++) {
    size_t taken = CK_F(max_pool_taps_fold)(g, w->x, row, l.folded, l.winners);
    CK_T *y = w->out + row * g->out[2] * channels;
    uint8_t *taps = w->found + row * g->out[2] * channels;
    switch (channels) {
      case 1: CK_F(max_pool_taps_columns)(g, l, taken, 1, y, taps); break;
      case 3: CK_F(max_pool_taps_columns)(g, l, taken, 3, y, taps); break;
      case 6: CK_F(max_pool_taps_columns)(g, l, taken, 6, y, taps); break;
      default: CK_F(max_pool_taps_columns)(g, l, taken, channels, y, taps); break;
    }
  }
  ck_release(l.folded, bytes);
}

CK_CLONES static void CK_F(max_pool_taps_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(pool_work) *w = context;
  if (w->g->in_channels < 16) {
    CK_F(max_pool_taps_few)(w, begin, end);
  } else {
    for (size_t row = begin; row < end; row++) CK_F(max_pool_taps_row)(w, row, w->g->in_channels);
  }
}

int CK_F(ck_max_pool_taps)(const struct ck_conv *g, const CK_T *x, CK_T *y, uint8_t *taps, int threads) {
  if (g->kernel[0] * g->kernel[1] * g->kernel[2] > CK_NO_TAP) return 0;
  struct CK_F(pool_work) w = {.g = g, .x = x, .out = y, .found = taps};
  size_t row_values = g->in[2] * g->in_channels * g->kernel[0] * g->kernel[1];
  ck_parallel(g->batch * g->out[0] * g->out[1], CK_F(pool_grain)(row_values), threads, CK_F(max_pool_taps_rows), &w);
  return 1;
}

// MARK: gradient

// The input lines of output row `row`, where no input pixel lies in two windows: what is not written is zero already.
CK_INLINE void CK_F(max_pool_spread_row)(const struct CK_F(pool_work) *w, size_t row, size_t channels) {
  const struct ck_conv *g = w->g;
  size_t oh = row % g->out[1], od = row / g->out[1] % g->out[0], image = row / (g->out[1] * g->out[0]);
  struct ck_window ds = ck_window(g, 0, od), hs = ck_window(g, 1, oh);
  const uint8_t *row_taps = w->taps + row * g->out[2] * channels;
  const CK_T *row_dy = w->dy + row * g->out[2] * channels;
  for (size_t kd = ds.begin; kd < ds.end; kd++)
    for (size_t kh = hs.begin; kh < hs.end; kh++) {
      CK_T *line = w->out + CK_F(pool_row)(g, image, ck_position(g, 0, od, kd), ck_position(g, 1, oh, kh));
      size_t first = (kd * g->kernel[1] + kh) * g->kernel[2];
      for (size_t ow = 0; ow < g->out[2]; ow++) {
        struct ck_window ws = ck_window(g, 2, ow);
        const uint8_t *restrict taps = row_taps + ow * channels;
        const CK_T *restrict dy = row_dy + ow * channels;
        for (size_t kw = ws.begin; kw < ws.end; kw++) {
          CK_T *restrict dx = line + ck_position(g, 2, ow, kw) * channels;
          uint8_t tap = (uint8_t)(first + kw);
          CK_LOOP
          for (size_t c = 0; c < channels; c++) dx[c] = taps[c] == tap ? dy[c] : 0;
        }
      }
    }
}

CK_CLONES static void CK_F(max_pool_spread_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(pool_work) *w = context;
  for (size_t row = begin; row < end; row++) {
    switch (w->g->in_channels) {
      case 1: CK_F(max_pool_spread_row)(w, row, 1); break;
      case 3: CK_F(max_pool_spread_row)(w, row, 3); break;
      case 6: CK_F(max_pool_spread_row)(w, row, 6); break;
      default: CK_F(max_pool_spread_row)(w, row, w->g->in_channels); break;
    }
  }
}

static void CK_F(max_pool_clear)(void *context, size_t begin, size_t end) {
  memset((CK_T *)context + begin, 0, (end - begin) * sizeof(CK_T));
}

void CK_F(ck_max_pool_gradient_from_taps)(const struct ck_conv *g, const uint8_t *taps, const CK_T *dy, CK_T *dx,
                                          int threads) {
  struct CK_F(pool_work) w = {.g = g, .taps = taps, .dy = dy, .out = dx};
  int overlaps = 0, covers = 1;
  for (int axis = 0; axis < 3; axis++) {
    overlaps |= g->stride[axis] < g->kernel[axis] || (g->dilation[axis] > 1 && g->kernel[axis] > 1);
    covers &= g->stride[axis] == g->kernel[axis] && g->out[axis] * g->stride[axis] >= g->in[axis] + g->padding[axis];
  }
  if (overlaps) {
    CK_F(max_pool_gradient)(w, threads);
    return;
  }
  size_t line = g->in[2] * g->in_channels, lines = g->batch * g->in[0] * g->in[1];
  if (!covers) ck_parallel(lines * line, 65536, threads, CK_F(max_pool_clear), dx);
  ck_parallel(g->batch * g->out[0] * g->out[1], CK_F(pool_grain)(line * g->kernel[1]), threads,
              CK_F(max_pool_spread_rows), &w);
}
