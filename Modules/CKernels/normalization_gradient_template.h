// Included once per element type with CK_T, CK_F(name) and CK_LOOP defined, after normalization_template.h.
//
// Two passes: sums over all rows, then the gradient itself. Where the batch normalization was followed by an
// activation, its slope comes from its output, or from its output computed again from x. The second is for sums with a
// residual nobody else wants; the first pass of the other writes the gradient before the activation, which is the
// residual's too, and the second pass reads that.

enum CK_F(norm_slope_from) { CK_F(slope_is_one), CK_F(slope_from_x), CK_F(slope_from_y) };

struct CK_F(norm_gradient_work) {
  const CK_T *x, *dy, *other, *y;
  // [width] each, repeated `fold` times.
  const CK_T *mean, *scale, *shift, *a, *b, *c;
  CK_T low, high;
  CK_T *masked, *dx;
  double *partial;
  size_t rows, channels, block, fold;
};

// A range of rows within a block, `width` values each.
struct CK_F(norm_rows) {
  size_t at, rows, width;
};

CK_INLINE CK_T CK_F(norm_slope)(CK_T v, CK_T low, CK_T high) { return v > low && !(v >= high) ? 1 : 0; }

CK_INLINE void CK_F(norm_sum_products)(const struct CK_F(norm_gradient_work) *w, struct CK_F(norm_rows) range, int slope,
                                       int has_other, CK_T *restrict sums, CK_T *restrict products) {
  const CK_T *mean = w->mean, *scale = w->scale, *shift = w->shift;
  CK_T low = w->low, high = w->high;
  for (size_t r = 0; r < range.rows; r++) {
    size_t at = range.at + r * range.width;
    const CK_T *x = w->x + at, *dy = w->dy + at, *other = has_other ? w->other + at : dy;
    const CK_T *y = slope == CK_F(slope_from_y) ? w->y + at : x;
    CK_T *masked = slope == CK_F(slope_from_y) ? w->masked + at : NULL;
    CK_LOOP
    for (size_t j = 0; j < range.width; j++) {
      CK_T g = dy[j];
      if (has_other) g = g + other[j];
      if (slope == CK_F(slope_from_x)) {
        CK_T v = x[j] * scale[j] + shift[j];
        g = g * CK_F(norm_slope)(v, low, high);
      }
      if (slope == CK_F(slope_from_y)) {
        g = g * CK_F(norm_slope)(y[j], low, high);
        masked[j] = g;
      }
      sums[j] += g;
      products[j] += g * (x[j] - mean[j]);
    }
  }
}

// partial[block] = (sum of g, sum of g * (x - mean)) of the block's rows.
CK_INLINE void CK_F(norm_gradient_sums)(void *context, size_t begin, size_t end, int slope, int has_other) {
  const struct CK_F(norm_gradient_work) *w = context;
  size_t channels = w->channels, width = w->fold * channels, bytes = 2 * width * sizeof(CK_T);
  CK_T *sums = ck_allocate(bytes), *products = sums + width;
  for (size_t b = begin; b < end; b++) {
    size_t first = b * w->block, rows = ck_min_size(w->rows - first, w->block);
    size_t folded = rows / w->fold, rest = folded * w->fold;
    memset(sums, 0, bytes);
    struct CK_F(norm_rows) whole = {first * channels, folded, width};
    struct CK_F(norm_rows) last = {(first + rest) * channels, rows - rest, channels};
    CK_F(norm_sum_products)(w, whole, slope, has_other, sums, products);
    CK_F(norm_unfold)(sums, w->fold, channels);
    CK_F(norm_unfold)(products, w->fold, channels);
    CK_F(norm_sum_products)(w, last, slope, has_other, sums, products);
    double *out = w->partial + b * 2 * channels;
    for (size_t c = 0; c < channels; c++) {
      out[c] = sums[c];
      out[channels + c] = products[c];
    }
  }
  ck_release(sums, bytes);
}

#define CK_SUMS(NAME, SLOPE, HAS_OTHER)                                                 \
  CK_CLONES static void CK_F(NAME)(void *context, size_t begin, size_t end) {           \
    CK_F(norm_gradient_sums)(context, begin, end, CK_F(SLOPE), HAS_OTHER);              \
  }
CK_SUMS(norm_sums_plain, slope_is_one, 0)
CK_SUMS(norm_sums_again, slope_from_x, 0)
CK_SUMS(norm_sums_masked, slope_from_y, 0)
CK_SUMS(norm_sums_masked_two, slope_from_y, 1)
#undef CK_SUMS

// dx = g * a + (x - mean) * b + c.
CK_INLINE void CK_F(norm_gradient_range)(const struct CK_F(norm_gradient_work) *w, size_t at, size_t end, int slope) {
  size_t width = w->fold * w->channels;
  const CK_T *mean = w->mean, *scale = w->scale, *shift = w->shift, *a = w->a, *b = w->b, *c = w->c;
  CK_T low = w->low, high = w->high;
  for (; at < end; at += width) {
    size_t count = ck_min_size(width, end - at);
    const CK_T *x = w->x + at, *dy = w->dy + at;
    CK_T *dx = w->dx + at;
    CK_LOOP
    for (size_t j = 0; j < count; j++) {
      CK_T g = dy[j];
      if (slope == CK_F(slope_from_x)) {
        CK_T v = x[j] * scale[j] + shift[j];
        g = g * CK_F(norm_slope)(v, low, high);
      }
      dx[j] = g * a[j] + ((x[j] - mean[j]) * b[j] + c[j]);
    }
  }
}

// Over ranges of the blocks that sums of dx are made of, partial[block] being the sums; of single wide rows without.
CK_INLINE void CK_F(norm_gradient_blocks)(void *context, size_t begin, size_t end, int slope) {
  const struct CK_F(norm_gradient_work) *w = context;
  size_t channels = w->channels;
  for (size_t b = begin; b < end; b++) {
    size_t first = b * w->block, rows = ck_min_size(w->rows - first, w->block);
    CK_F(norm_gradient_range)(w, first * channels, (first + rows) * channels, slope);
    if (w->partial) CK_F(ck_sum_block)(w->dx + first * channels, rows, channels, w->partial + b * channels);
  }
}

CK_CLONES static void CK_F(norm_gradient_plain)(void *context, size_t begin, size_t end) {
  CK_F(norm_gradient_blocks)(context, begin, end, CK_F(slope_is_one));
}

CK_CLONES static void CK_F(norm_gradient_again)(void *context, size_t begin, size_t end) {
  CK_F(norm_gradient_blocks)(context, begin, end, CK_F(slope_from_x));
}

// sums[0..<width]: the blocks' partial sums, added up in order.
CK_CLONES static void CK_F(norm_combine_sums)(const double *restrict partial, size_t blocks, size_t width,
                                              double *restrict sums) {
  memset(sums, 0, width * sizeof(double));
  for (size_t b = 0; b < blocks; b++)
    for (size_t j = 0; j < width; j++) sums[j] += partial[b * width + j];
}

// The first pass. sums[0..<2 * channels]: of g, and of g * (x - mean).
static void CK_F(norm_first_pass)(struct CK_F(norm_gradient_work) w, double *sums, int threads) {
  size_t blocks = (w.rows + w.block - 1) / w.block, bytes = blocks * 2 * w.channels * sizeof(double);
  w.partial = ck_allocate(bytes);
  ck_range_body body = w.other ? CK_F(norm_sums_masked_two)
                       : w.y ? CK_F(norm_sums_masked)
                       : w.scale ? CK_F(norm_sums_again) : CK_F(norm_sums_plain);
  ck_parallel(blocks, 1, threads, body, &w);
  CK_F(norm_combine_sums)(w.partial, blocks, 2 * w.channels, sums);
  ck_release(w.partial, bytes);
}

static void CK_F(norm_second_pass)(struct CK_F(norm_gradient_work) w, CK_T *dx_sums, int threads) {
  size_t width = w.fold * w.channels, bytes = 0;
  if (dx_sums) {
    w.block = ck_sum_block_rows(w.channels);
    bytes = (w.rows + w.block - 1) / w.block * w.channels * sizeof(double);
    w.partial = ck_allocate(bytes + w.channels * sizeof(double));
  } else {
    w.block = w.fold;
  }
  size_t blocks = (w.rows + w.block - 1) / w.block, grain = dx_sums ? 1 : CK_F(norm_grain)(width);
  if (w.masked) w.dy = w.masked;
  int is_again = !w.masked && w.scale;
  ck_parallel(blocks, grain, threads, is_again ? CK_F(norm_gradient_again) : CK_F(norm_gradient_plain), &w);
  if (!dx_sums) return;
  double *sums = w.partial + blocks * w.channels;
  CK_F(norm_combine_sums)(w.partial, blocks, w.channels, sums);
  for (size_t c = 0; c < w.channels; c++) dx_sums[c] = (CK_T)sums[c];
  ck_release(w.partial, bytes + w.channels * sizeof(double));
}

// What the second pass multiplies by and adds, from the sums; and the gradients of gamma and beta, where wanted.
static void CK_F(norm_coefficients)(const double *sums, size_t rows, size_t channels, const CK_T *inv_std,
                                    const CK_T *gamma, CK_T *const factors[3], CK_T *dgamma, CK_T *dbeta) {
  CK_T *a = factors[0], *b = factors[1], *c = factors[2];
  for (size_t j = 0; j < channels; j++) {
    double sum = sums[j], product = sums[channels + j], count = rows == 0 ? 1 : (double)rows;
    double scale = gamma ? (double)gamma[j] * inv_std[j] : inv_std[j];
    if (dgamma) dgamma[j] = (CK_T)(product * inv_std[j]);
    if (dbeta) dbeta[j] = (CK_T)sum;
    a[j] = (CK_T)scale;
    b[j] = (CK_T)(-scale * inv_std[j] * inv_std[j] * product / count);
    c[j] = (CK_T)(-scale * sum / count);
  }
}

void CK_F(ck_batch_norm_fused_gradient)(const CK_T *x, const CK_T *dy, const CK_T *mean, const CK_T *inv_std,
                                        const CK_T *gamma, const struct CK_F(ck_norm_slope) *slope, CK_T *dx,
                                        CK_T *dgamma, CK_T *dbeta, CK_T *dx_sums, size_t rows, size_t channels,
                                        int threads) {
  if (channels == 0) return;
  struct CK_F(norm_work) sizes = CK_F(norm_prepare)(rows, channels);
  struct CK_F(norm_gradient_work) w = {
    .x = x, .dy = dy, .dx = dx, .rows = rows, .channels = channels, .block = sizes.block, .fold = sizes.fold};
  size_t width = w.fold * channels, bytes = 6 * width * sizeof(CK_T), sum_bytes = 2 * channels * sizeof(double);
  CK_T *wide = ck_allocate(bytes), *a = wide + width, *b = a + width, *c = b + width, *again = c + width;
  double *sums = ck_allocate(sum_bytes);
  CK_F(norm_repeat)(mean, w.fold, channels, wide);
  w.mean = wide, w.a = a, w.b = b, w.c = c;
  if (slope) {
    w.low = slope->low, w.high = slope->high, w.y = slope->y, w.other = slope->other, w.masked = slope->masked;
    if (!slope->y) {
      CK_F(norm_repeat)(slope->scale, w.fold, channels, again);
      CK_F(norm_repeat)(slope->shift, w.fold, channels, again + width);
      w.scale = again, w.shift = again + width;
    }
  }
  CK_F(norm_first_pass)(w, sums, threads);
  CK_F(norm_coefficients)(sums, rows, channels, inv_std, gamma, (CK_T *const[3]){a, b, c}, dgamma, dbeta);
  for (CK_T *row = a; row <= c; row += width) CK_F(norm_repeat)(row, w.fold, channels, row);
  if (dx) CK_F(norm_second_pass)(w, dx_sums, threads);
  ck_release(sums, sum_bytes);
  ck_release(wide, bytes);
}

void CK_F(ck_batch_norm_gradient)(const CK_T *x, const CK_T *dy, const CK_T *mean, const CK_T *inv_std,
                                  const CK_T *gamma, CK_T *dx, CK_T *dgamma, CK_T *dbeta, size_t rows,
                                  size_t channels, int threads) {
  CK_F(ck_batch_norm_fused_gradient)
  (x, dy, mean, inv_std, gamma, NULL, dx, dgamma, dbeta, NULL, rows, channels, threads);
}
