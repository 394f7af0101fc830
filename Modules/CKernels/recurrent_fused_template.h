// Included once per SIMD level with CK_TARGET, CK_L(name), CK_LANES, CK_FORWARD_ROWS, CK_BACKWARD_ROWS,
// CK_RECIPROCAL and CK_CLAMP defined.

typedef float CK_L(vec) __attribute__((vector_size(CK_LANES * 4)));
typedef float CK_L(loose) __attribute__((vector_size(CK_LANES * 4), aligned(4), may_alias));
#define CK_VEC CK_L(vec)
#define CK_LOOSE CK_L(loose)
#define CK_LOAD(p) (*(const CK_LOOSE *)(p))
#define CK_STORE(p, v) (*(CK_LOOSE *)(p) = (v))

// MARK: activations, as quotients of polynomials: errors at most 4.5e-7 for tanh and 2.5e-7 for sigmoid

CK_INLINE CK_TARGET CK_VEC CK_L(sigmoid)(CK_VEC x) {
  CK_VEC z = CK_CLAMP(x, 16.0f), s = z * z;
  CK_VEC p = s * 4.464230744e-8f + 4.610975782e-5f, q = s * 9.606301123e-10f + 3.729207302e-6f;
  p = p * s + 8.078539791e-3f;
  q = q * s + 1.488472322e-3f;
  p = p * s + 2.499999636e-1f;
  q = q * s + 1.156471981e-1f;
  q = q * s + 1.0f;
  return (z * p) * CK_RECIPROCAL(q) + 0.5f;
}

CK_INLINE CK_TARGET CK_VEC CK_L(tanh)(CK_VEC x) {
  CK_VEC z = CK_CLAMP(x, 8.0f), s = z * z;
  CK_VEC p = s * 1.142843070e-5f + 2.951024500e-3f, q = s * 2.459213087e-7f + 2.386692673e-4f;
  p = p * s + 1.292566367e-1f;
  q = q * s + 2.381555716e-2f;
  p = p * s + 9.999998544e-1f;
  q = q * s + 4.625887926e-1f;
  q = q * s + 1.0f;
  return (z * p) * CK_RECIPROCAL(q);
}

// MARK: partial vectors

CK_INLINE CK_TARGET CK_VEC CK_L(load_part)(const float *p, size_t count) {
  if (count >= CK_LANES) return CK_LOAD(p);
  CK_VEC v = (CK_VEC){0};
  memcpy(&v, p, count * sizeof(float));
  return v;
}

CK_INLINE CK_TARGET void CK_L(store_part)(float *p, CK_VEC v, size_t count) {
  if (count >= CK_LANES) {
    CK_STORE(p, v);
  } else {
    memcpy(p, &v, count * sizeof(float));
  }
}

// MARK: products

// sums[r][v] = sum over k of a[r * step + k] * panel[k][v]. Meanwhile a cache line per k comes from `ahead` on.
CK_INLINE CK_TARGET void CK_L(product)(const float *a, size_t step, const float *panel, size_t depth,
                                       const float *ahead, const int rows, const int vectors,
                                       CK_VEC sums[CK_FUSED_TILE_ROWS][4]) {
  const float *line[CK_FUSED_TILE_ROWS];
  CK_VEC total[CK_FUSED_TILE_ROWS][4];
  CK_UNROLL for (int r = 0; r < rows; r++) {
    line[r] = a + (size_t)r * step;
    CK_UNROLL for (int v = 0; v < vectors; v++) total[r][v] = (CK_VEC){0};
  }
  for (size_t k = 0; k < depth; k++) {
    CK_VEC b[4];
    CK_UNROLL for (int v = 0; v < vectors; v++) b[v] = CK_LOAD(panel + v * CK_LANES);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      CK_UNROLL for (int v = 0; v < vectors; v++) total[r][v] += b[v] * line[r][k];
    }
    __builtin_prefetch(ahead + k * 16, 0, 2);
    // Narrow panels are deep: they come from the second level.
    CK_UNROLL for (int v = 0; v < vectors && vectors == 2; v++) {
      __builtin_prefetch(panel + (16 * vectors + v) * CK_LANES);
    }
    panel += vectors * CK_LANES;
  }
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = total[r][v];
  }
}

// MARK: forward

// A few rows of a step: what they read and write at units [first, first + count).
struct CK_L(fused_step) {
  const struct ck_fused_forward *f;
  const float *before;  // h before the step, rows `units` apart
  float *after;         // h after it
  const float *panel, *ahead;
  size_t row, index, first, count;
};

CK_INLINE CK_TARGET void CK_L(put_state)(const struct CK_L(fused_step) * s, size_t row, CK_VEC h, CK_VEC c) {
  const struct ck_recurrent *r = s->f->r;
  const struct ck_recurrent_pass_f32 *pass = s->f->pass;
  size_t n = r->units, sample = s->row + row, last = s->index + 1 == r->steps;
  CK_L(store_part)(s->after + row * n + s->first, h, s->count);
  if (r->returns_sequence || last) {
    float *output = pass->output + (r->returns_sequence ? sample * r->steps + s->index : sample) * n;
    CK_L(store_part)(output + s->first, h, s->count);
  }
  if (!pass->before || last) return;
  size_t next = sample * r->steps + ck_fused_place(r, s->index + 1);
  CK_L(store_part)(pass->before + next * n + s->first, h, s->count);
  if (r->cell == CK_RECURRENT_LSTM) CK_L(store_part)(pass->extra + next * n + s->first, c, s->count);
}

CK_INLINE CK_TARGET void CK_L(lstm_row)(const struct CK_L(fused_step) * s, size_t row, const CK_VEC *z, float *p,
                                        size_t count) {
  size_t n = s->f->r->units;
  float *state = s->f->pass->c + (s->row + row) * n + s->first;
  CK_VEC i = CK_L(sigmoid)(z[0] + CK_L(load_part)(p, count));
  CK_VEC f = CK_L(sigmoid)(z[1] + CK_L(load_part)(p + n, count));
  CK_VEC g = CK_L(tanh)(z[2] + CK_L(load_part)(p + 2 * n, count));
  CK_VEC o = CK_L(sigmoid)(z[3] + CK_L(load_part)(p + 3 * n, count));
  CK_VEC c = f * CK_L(load_part)(state, count) + i * g;
  if (s->f->pass->before) {
    CK_L(store_part)(p, i, count);
    CK_L(store_part)(p + n, f, count);
    CK_L(store_part)(p + 2 * n, g, count);
    CK_L(store_part)(p + 3 * n, o, count);
  }
  CK_L(store_part)(state, c, count);
  CK_L(put_state)(s, row, o * CK_L(tanh)(c), c);
}

CK_INLINE CK_TARGET void CK_L(gru_row)(const struct CK_L(fused_step) * s, size_t row, const CK_VEC *z, float *p,
                                       size_t count) {
  size_t n = s->f->r->units;
  const struct ck_recurrent_pass_f32 *pass = s->f->pass;
  CK_VEC u = CK_L(sigmoid)(z[0] + CK_L(load_part)(p, count));
  CK_VEC r = CK_L(sigmoid)(z[1] + CK_L(load_part)(p + n, count));
  CK_VEC q = z[2];
  if (s->f->inner_bias) q += CK_L(load_part)(s->f->inner_bias + s->first, count);
  CK_VEC g = CK_L(tanh)(CK_L(load_part)(p + 2 * n, count) + r * q);
  CK_VEC h = g + u * (CK_L(load_part)(s->before + row * n + s->first, count) - g);
  if (pass->before) {
    CK_L(store_part)(p, u, count);
    CK_L(store_part)(p + n, r, count);
    CK_L(store_part)(p + 2 * n, g, count);
    size_t at = (s->row + row) * s->f->r->steps + ck_fused_place(s->f->r, s->index);
    CK_L(store_part)(pass->extra + at * n + s->first, q, count);
  }
  CK_L(put_state)(s, row, h, h);
}

CK_INLINE CK_TARGET void CK_L(forward_tile)(const struct CK_L(fused_step) * s, const int rows, const int gates) {
  const struct ck_recurrent *r = s->f->r;
  size_t n = r->units, columns = gates * n, stride = r->steps * columns;
  float *p = s->f->pass->gates + (s->row * r->steps + ck_fused_place(r, s->index)) * columns + s->first;
  CK_UNROLL for (int i = 0; i < rows; i++) {
    CK_UNROLL for (int g = 0; g < gates; g++) __builtin_prefetch(p + i * stride + g * n, 1);
  }
  CK_VEC sums[CK_FUSED_TILE_ROWS][4];
  CK_L(product)(s->before, n, s->panel, n, s->ahead, rows, gates, sums);
  for (int i = 0; i < rows; i++) {
    if (s->count >= CK_LANES) {
      if (gates == 4) CK_L(lstm_row)(s, i, sums[i], p + i * stride, CK_LANES);
      else CK_L(gru_row)(s, i, sums[i], p + i * stride, CK_LANES);
    } else {
      if (gates == 4) CK_L(lstm_row)(s, i, sums[i], p + i * stride, s->count);
      else CK_L(gru_row)(s, i, sums[i], p + i * stride, s->count);
    }
  }
}

#define CK_FORWARD(rows)                                                                                          \
  static CK_TARGET __attribute__((noinline)) void CK_L(lstm_##rows)(const struct CK_L(fused_step) * s) {          \
    CK_L(forward_tile)(s, rows, 4);                                                                               \
  }                                                                                                               \
  static CK_TARGET __attribute__((noinline)) void CK_L(gru_##rows)(const struct CK_L(fused_step) * s) {           \
    CK_L(forward_tile)(s, rows, 3);                                                                               \
  }
CK_FORWARD(1)
CK_FORWARD(2)
#if CK_FORWARD_ROWS > 2
CK_FORWARD(3)
CK_FORWARD(4)
CK_FORWARD(5)
CK_FORWARD(6)
#endif
#undef CK_FORWARD

static void (*const CK_L(forward_tiles)[2][CK_FORWARD_ROWS])(const struct CK_L(fused_step) *) = {
#if CK_FORWARD_ROWS > 2
  {CK_L(lstm_1), CK_L(lstm_2), CK_L(lstm_3), CK_L(lstm_4), CK_L(lstm_5), CK_L(lstm_6)},
  {CK_L(gru_1), CK_L(gru_2), CK_L(gru_3), CK_L(gru_4), CK_L(gru_5), CK_L(gru_6)},
#else
  {CK_L(lstm_1), CK_L(lstm_2)},
  {CK_L(gru_1), CK_L(gru_2)},
#endif
};

// The first step finds its states here, later ones were left them by the step before.
static void CK_L(keep_initial)(const struct ck_fused_forward *f, size_t begin, size_t end) {
  const struct ck_recurrent *r = f->r;
  size_t n = r->units;
  for (size_t row = begin; row < end && f->pass->before; row++) {
    size_t at = (row * r->steps + ck_fused_place(r, 0)) * n;
    memcpy(f->pass->before + at, f->pass->h + row * n, n * sizeof(float));
    if (r->cell == CK_RECURRENT_LSTM) memcpy(f->pass->extra + at, f->pass->c + row * n, n * sizeof(float));
  }
}

static void CK_L(fused_forward)(const struct ck_fused_forward *f, size_t begin, size_t end) {
  const struct ck_recurrent *r = f->r;
  size_t n = r->units, rows = end - begin, panel = n * ck_fused_gates(r) * CK_LANES, bytes = rows * n * sizeof(float);
  size_t tiles = (rows + CK_FORWARD_ROWS - 1) / CK_FORWARD_ROWS;
  float *spare = ck_allocate(bytes), *before = f->pass->h + begin * n, *after = spare;
  CK_L(keep_initial)(f, begin, end);
  for (size_t index = 0; index < r->steps; index++) {
    for (size_t block = 0, first = 0; first < n; block++, first += CK_LANES) {
      const float *following = f->packed + (first + CK_LANES < n ? (block + 1) * panel : 0);
      for (size_t tile = 0; tile < tiles; tile++) {
        size_t row = tile * rows / tiles, last = (tile + 1) * rows / tiles;
        struct CK_L(fused_step) s = {
          .f = f, .before = before + row * n, .after = after + row * n, .panel = f->packed + block * panel,
          .ahead = following + tile * n * 16,
          .row = begin + row, .index = index, .first = first, .count = ck_min_size(CK_LANES, n - first)};
        CK_L(forward_tiles)[r->cell == CK_RECURRENT_LSTM ? 0 : 1][last - row - 1](&s);
      }
    }
    float *swap = before;
    before = after, after = swap;
  }
  if (before == spare) memcpy(f->pass->h + begin * n, spare, bytes);
  ck_release(spare, bytes);
}

// MARK: backward

struct CK_L(fused_return) {
  const struct ck_fused_backward *b;
  const float *d;  // gradients of h U + b of the step behind, rows gates * units apart
  float *next;     // the same of this step
  const float *panel, *ahead;
  size_t row, index, first, count;
};

// The gradient of h behind the step, less what comes through U, for a vector of units.
CK_INLINE CK_TARGET CK_VEC CK_L(output_gradient)(const struct CK_L(fused_return) * s, size_t sample, size_t first,
                                                 size_t count) {
  const struct ck_recurrent *r = s->b->r;
  const float *output = s->b->pass->output;
  if (!output || (!r->returns_sequence && s->index + 1 != r->steps)) return (CK_VEC){0};
  return CK_L(load_part)(output + (r->returns_sequence ? sample * r->steps + s->index : sample) * r->units + first,
                         count);
}

CK_INLINE CK_TARGET void CK_L(lstm_back)(const struct CK_L(fused_return) * s, size_t row, size_t first, size_t count,
                                         CK_VEC dh) {
  const struct ck_recurrent *r = s->b->r;
  const struct ck_recurrent_return_f32 *pass = s->b->pass;
  size_t n = r->units, sample = s->row + row, at = sample * r->steps + ck_fused_place(r, s->index);
  const float *p = pass->gates + at * 4 * n + first;
  float *dc = pass->c + sample * n + first, *dgates = pass->dgates + at * 4 * n + first;
  float *next = s->next + row * 4 * n + first;
  CK_VEC i = CK_L(load_part)(p, count), f = CK_L(load_part)(p + n, count);
  CK_VEC g = CK_L(load_part)(p + 2 * n, count), o = CK_L(load_part)(p + 3 * n, count);
  CK_VEC before = CK_L(load_part)(pass->extra + at * n + first, count);
  CK_VEC t = CK_L(tanh)(f * before + i * g), carried = dh * o;
  CK_VEC total = CK_L(load_part)(dc, count) + (carried - carried * t * t);
  CK_VEC of_i = total * g * (i - i * i), of_f = total * before * (f - f * f);
  CK_VEC of_g = total * i * (1.0f - g * g), of_o = dh * t * (o - o * o);
  CK_L(store_part)(dc, total * f, count);
  CK_L(store_part)(next, of_i, count);
  CK_L(store_part)(next + n, of_f, count);
  CK_L(store_part)(next + 2 * n, of_g, count);
  CK_L(store_part)(next + 3 * n, of_o, count);
  CK_L(store_part)(dgates, of_i, count);
  CK_L(store_part)(dgates + n, of_f, count);
  CK_L(store_part)(dgates + 2 * n, of_g, count);
  CK_L(store_part)(dgates + 3 * n, of_o, count);
}

// pass->h holds the part of the gradient of h that does not go through U.
CK_INLINE CK_TARGET void CK_L(gru_back)(const struct CK_L(fused_return) * s, size_t row, size_t first, size_t count,
                                        CK_VEC dh) {
  const struct ck_recurrent *r = s->b->r;
  const struct ck_recurrent_return_f32 *pass = s->b->pass;
  size_t n = r->units, sample = s->row + row, at = sample * r->steps + ck_fused_place(r, s->index);
  const float *p = pass->gates + at * 3 * n + first;
  float *dgates = pass->dgates + at * 3 * n + first, *dinner = pass->dinner + at * 3 * n + first;
  float *next = s->next + row * 3 * n + first;
  CK_VEC u = CK_L(load_part)(p, count), reset = CK_L(load_part)(p + n, count);
  CK_VEC g = CK_L(load_part)(p + 2 * n, count), q = CK_L(load_part)(pass->extra + at * n + first, count);
  CK_VEC before = CK_L(load_part)(pass->before + at * n + first, count);
  CK_VEC of_u = dh * (before - g) * (u - u * u), of_g = (dh - dh * u) * (1.0f - g * g);
  CK_VEC of_r = of_g * q * (reset - reset * reset), of_q = of_g * reset;
  CK_L(store_part)(pass->h + sample * n + first, dh * u, count);
  CK_L(store_part)(next, of_u, count);
  CK_L(store_part)(next + n, of_r, count);
  CK_L(store_part)(next + 2 * n, of_q, count);
  CK_L(store_part)(dgates, of_u, count);
  CK_L(store_part)(dgates + n, of_r, count);
  CK_L(store_part)(dgates + 2 * n, of_g, count);
  CK_L(store_part)(dinner, of_u, count);
  CK_L(store_part)(dinner + n, of_r, count);
  CK_L(store_part)(dinner + 2 * n, of_q, count);
}

// One vector of units behind the product: `through` came through U; s->index is the step to compute, or all are done.
CK_INLINE CK_TARGET void CK_L(units_back)(const struct CK_L(fused_return) * s, size_t row, size_t first, size_t count,
                                          CK_VEC through, const int gates, const int done) {
  size_t n = s->b->r->units, sample = s->row + row;
  float *h = s->b->pass->h + sample * n + first;
  CK_VEC dh = through;
  if (gates == 3) dh += CK_L(load_part)(h, count);
  if (done) return CK_L(store_part)(h, dh, count);
  dh += CK_L(output_gradient)(s, sample, first, count);
  if (gates == 4) CK_L(lstm_back)(s, row, first, count, dh);
  else CK_L(gru_back)(s, row, first, count, dh);
}

CK_INLINE CK_TARGET void CK_L(backward_tile)(const struct CK_L(fused_return) * s, const int rows, const int gates) {
  const struct ck_recurrent *r = s->b->r;
  size_t n = r->units, columns = gates * n;
  int done = s->index == r->steps;
  if (!done) {
    const float *p = s->b->pass->gates + (s->row * r->steps + ck_fused_place(r, s->index)) * columns + s->first;
    CK_UNROLL for (int i = 0; i < rows; i++) {
      CK_UNROLL for (int g = 0; g < gates; g++) {
        __builtin_prefetch(p + i * r->steps * columns + g * n);
        __builtin_prefetch(p + i * r->steps * columns + g * n + CK_LANES);
      }
    }
  }
  CK_VEC sums[CK_FUSED_TILE_ROWS][4];
  CK_L(product)(s->d, columns, s->panel, columns, s->ahead, rows, 2, sums);
  for (int i = 0; i < rows; i++) {
    for (size_t v = 0, at = 0; v < 2 && at < s->count; v++, at += CK_LANES) {
      size_t count = ck_min_size(CK_LANES, s->count - at);
      if (count == CK_LANES && !done) CK_L(units_back)(s, i, s->first + at, CK_LANES, sums[i][v], gates, 0);
      else CK_L(units_back)(s, i, s->first + at, count, sums[i][v], gates, done);
    }
  }
}

#define CK_BACKWARD(rows)                                                                                        \
  static CK_TARGET __attribute__((noinline)) void CK_L(lstm_back_##rows)(const struct CK_L(fused_return) * s) {  \
    CK_L(backward_tile)(s, rows, 4);                                                                             \
  }                                                                                                              \
  static CK_TARGET __attribute__((noinline)) void CK_L(gru_back_##rows)(const struct CK_L(fused_return) * s) {   \
    CK_L(backward_tile)(s, rows, 3);                                                                             \
  }
CK_BACKWARD(1)
CK_BACKWARD(2)
CK_BACKWARD(3)
CK_BACKWARD(4)
#if CK_BACKWARD_ROWS > 4
CK_BACKWARD(5)
CK_BACKWARD(6)
#endif
#if CK_BACKWARD_ROWS > 6
CK_BACKWARD(7)
CK_BACKWARD(8)
CK_BACKWARD(9)
CK_BACKWARD(10)
CK_BACKWARD(11)
CK_BACKWARD(12)
#endif
#undef CK_BACKWARD

#define CK_BACK_NAMES(kind) \
  CK_L(kind##_back_1), CK_L(kind##_back_2), CK_L(kind##_back_3), CK_L(kind##_back_4)
#define CK_BACK_MORE(kind) CK_L(kind##_back_5), CK_L(kind##_back_6)
#define CK_BACK_MOST(kind)                                                                              \
  CK_L(kind##_back_7), CK_L(kind##_back_8), CK_L(kind##_back_9), CK_L(kind##_back_10), CK_L(kind##_back_11), \
    CK_L(kind##_back_12)
static void (*const CK_L(backward_tiles)[2][CK_BACKWARD_ROWS])(const struct CK_L(fused_return) *) = {
#if CK_BACKWARD_ROWS > 6
  {CK_BACK_NAMES(lstm), CK_BACK_MORE(lstm), CK_BACK_MOST(lstm)},
  {CK_BACK_NAMES(gru), CK_BACK_MORE(gru), CK_BACK_MOST(gru)},
#elif CK_BACKWARD_ROWS > 4
  {CK_BACK_NAMES(lstm), CK_BACK_MORE(lstm)},
  {CK_BACK_NAMES(gru), CK_BACK_MORE(gru)},
#else
  {CK_BACK_NAMES(lstm)},
  {CK_BACK_NAMES(gru)},
#endif
};
#undef CK_BACK_NAMES
#undef CK_BACK_MORE
#undef CK_BACK_MOST

// The last step has no product behind it.
static CK_TARGET void CK_L(last_step)(const struct CK_L(fused_return) * s, size_t rows) {
  size_t n = s->b->r->units;
  for (size_t row = 0; row < rows; row++) {
    for (size_t first = 0; first < n; first += CK_LANES) {
      size_t count = ck_min_size(CK_LANES, n - first), sample = s->row + row;
      CK_VEC dh = CK_L(load_part)(s->b->pass->h + sample * n + first, count);
      dh += CK_L(output_gradient)(s, sample, first, count);
      if (s->b->r->cell == CK_RECURRENT_LSTM) CK_L(lstm_back)(s, row, first, count, dh);
      else CK_L(gru_back)(s, row, first, count, dh);
    }
  }
}

static void CK_L(fused_backward)(const struct ck_fused_backward *b, size_t begin, size_t end) {
  const struct ck_recurrent *r = b->r;
  size_t n = r->units, rows = end - begin, columns = ck_fused_gates(r) * n, bytes = 2 * rows * columns * sizeof(float);
  size_t width = 2 * CK_LANES, tiles = (rows + CK_BACKWARD_ROWS - 1) / CK_BACKWARD_ROWS;
  float *spare = ck_allocate(bytes), *d = spare, *next = spare + rows * columns;
  struct CK_L(fused_return) last = {.b = b, .next = d, .row = begin, .index = r->steps - 1};
  CK_L(last_step)(&last, rows);
  for (size_t index = r->steps; index-- > 0;) {
    for (size_t block = 0, first = 0; first < n; block++, first += width) {
      const float *following = b->packed + (first + width < n ? (block + 1) * columns * width : 0);
      for (size_t tile = 0; tile < tiles; tile++) {
        size_t row = tile * rows / tiles, stop = (tile + 1) * rows / tiles;
        struct CK_L(fused_return) s = {
          .b = b, .d = d + row * columns, .next = next + row * columns, .panel = b->packed + block * columns * width,
          .ahead = following + tile * columns * 16,
          .row = begin + row, .index = index == 0 ? r->steps : index - 1, .first = first,
          .count = ck_min_size(width, n - first)};
        CK_L(backward_tiles)[r->cell == CK_RECURRENT_LSTM ? 0 : 1][stop - row - 1](&s);
      }
    }
    float *swap = d;
    d = next, next = swap;
  }
  ck_release(spare, bytes);
}

static const struct ck_fused_level CK_L(fused) = {
  .lanes = CK_LANES, .forward = CK_L(fused_forward), .backward = CK_L(fused_backward)};

#undef CK_VEC
#undef CK_LOOSE
#undef CK_LOAD
#undef CK_STORE
#undef CK_TARGET
#undef CK_L
#undef CK_LANES
#undef CK_FORWARD_ROWS
#undef CK_BACKWARD_ROWS
#undef CK_RECIPROCAL
#undef CK_CLAMP
