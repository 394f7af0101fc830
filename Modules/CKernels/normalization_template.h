// Included once per element type with CK_T and CK_F(name) defined.

// `fold` rows side by side are one wide row, which keeps vectors full for few channels; `block` rows are one block.
struct CK_F(norm_work) {
  const CK_T *x, *dy, *mean, *a, *b, *c;
  CK_T *partial, *out;
  size_t rows, channels, block, fold;
};

// sums[0..<width] over `rows` rows of `width` values.
CK_INLINE void CK_F(norm_sum)(const CK_T *restrict x, size_t rows, size_t width, CK_T *restrict sums) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++) sums[j] += x[r * width + j];
}

CK_INLINE void CK_F(norm_sum_squares)(const CK_T *x, const CK_T *mean, size_t rows, size_t width,
                                                    CK_T *sums) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++) {
      CK_T d = x[r * width + j] - mean[j];
      sums[j] += d * d;
    }
}

CK_INLINE void CK_F(norm_sum_products)(const CK_T *x, const CK_T *dy, const CK_T *mean, size_t rows,
                                                     size_t width, CK_T *sums, CK_T *products) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++) {
      CK_T g = dy[r * width + j];
      sums[j] += g;
      products[j] += g * (x[r * width + j] - mean[j]);
    }
}

// Adds the folded columns onto the first `channels` of them.
CK_INLINE void CK_F(norm_unfold)(CK_T *sums, size_t fold, size_t channels) {
  for (size_t f = 1; f < fold; f++)
    for (size_t c = 0; c < channels; c++) sums[c] += sums[f * channels + c];
}

CK_INLINE void CK_F(norm_repeat)(const CK_T *x, size_t fold, size_t channels, CK_T *out) {
  for (size_t f = 0; f < fold; f++)
    for (size_t c = 0; c < channels; c++) out[f * channels + c] = x[c];
}

// partial[block] = (mean, sum of squared deviations from it) of the block's rows.
CK_CLONES static void CK_F(norm_moments_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(norm_work) *w = context;
  size_t channels = w->channels, width = w->fold * channels;
  CK_T *sums = ck_allocate(3 * width * sizeof(CK_T));
  CK_T *squares = sums + width, *mean = squares + width;
  for (size_t b = begin; b < end; b++) {
    size_t first = b * w->block, rows = w->rows - first < w->block ? w->rows - first : w->block;
    size_t folded = rows / w->fold, rest = folded * w->fold;
    const CK_T *x = w->x + first * channels;
    memset(sums, 0, 2 * width * sizeof(CK_T));
    CK_F(norm_sum)(x, folded, width, sums);
    CK_F(norm_unfold)(sums, w->fold, channels);
    CK_F(norm_sum)(x + rest * channels, rows - rest, channels, sums);
    CK_T *out = w->partial + b * 2 * channels;
    for (size_t c = 0; c < channels; c++) out[c] = sums[c] / (CK_T)rows;
    CK_F(norm_repeat)(out, w->fold, channels, mean);
    CK_F(norm_sum_squares)(x, mean, folded, width, squares);
    CK_F(norm_unfold)(squares, w->fold, channels);
    CK_F(norm_sum_squares)(x + rest * channels, mean, rows - rest, channels, squares);
    memcpy(out + channels, squares, channels * sizeof(CK_T));
  }
  ck_release(sums, 3 * width * sizeof(CK_T));
}

// partial[block] = (sum of dy, sum of dy * (x - mean)) of the block's rows.
CK_CLONES static void CK_F(norm_gradient_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(norm_work) *w = context;
  size_t channels = w->channels, width = w->fold * channels;
  CK_T *sums = ck_allocate(3 * width * sizeof(CK_T));
  CK_T *products = sums + width, *mean = products + width;
  CK_F(norm_repeat)(w->mean, w->fold, channels, mean);
  for (size_t b = begin; b < end; b++) {
    size_t first = b * w->block, rows = w->rows - first < w->block ? w->rows - first : w->block;
    size_t folded = rows / w->fold, rest = folded * w->fold;
    const CK_T *x = w->x + first * channels, *dy = w->dy + first * channels;
    memset(sums, 0, 2 * width * sizeof(CK_T));
    CK_F(norm_sum_products)(x, dy, mean, folded, width, sums, products);
    CK_F(norm_unfold)(sums, w->fold, channels);
    CK_F(norm_unfold)(products, w->fold, channels);
    CK_F(norm_sum_products)
    (x + rest * channels, dy + rest * channels, mean, rows - rest, channels, sums, products);
    memcpy(w->partial + b * 2 * channels, sums, channels * sizeof(CK_T));
    memcpy(w->partial + (b * 2 + 1) * channels, products, channels * sizeof(CK_T));
  }
  ck_release(sums, 3 * width * sizeof(CK_T));
}

// out = x * a + b, over ranges of rows.
CK_CLONES static void CK_F(norm_scale_shift_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(norm_work) *w = context;
  size_t width = w->fold * w->channels, total = w->rows * w->channels;
  for (size_t at = begin * width; at < end * width && at < total; at += width) {
    size_t count = total - at < width ? total - at : width;
    for (size_t j = 0; j < count; j++) w->out[at + j] = w->x[at + j] * w->a[j] + w->b[j];
  }
}

// out = dy * a + (x - mean) * b + c, over ranges of rows.
CK_CLONES static void CK_F(norm_gradient_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(norm_work) *w = context;
  size_t width = w->fold * w->channels, total = w->rows * w->channels;
  for (size_t at = begin * width; at < end * width && at < total; at += width) {
    size_t count = total - at < width ? total - at : width;
    for (size_t j = 0; j < count; j++)
      w->out[at + j] = w->dy[at + j] * w->a[j] + ((w->x[at + j] - w->mean[j]) * w->b[j] + w->c[j]);
  }
}

// Mean and variance of all rows from those of the blocks, which are taken one after the other (Chan et al. 1979).
CK_CLONES static void CK_F(norm_combine_moments)(const struct CK_F(norm_work) * w, size_t blocks, CK_T *mean,
                                                 CK_T *variance) {
  size_t channels = w->channels, bytes = 2 * channels * sizeof(double);
  double *restrict m = ck_allocate(bytes), *restrict squares = m + channels;
  double count = 0;
  memset(m, 0, bytes);
  for (size_t b = 0; b < blocks; b++) {
    double n = (double)(w->rows - b * w->block < w->block ? w->rows - b * w->block : w->block);
    double share = n / (count + n), weight = count * share;
    const CK_T *restrict means = w->partial + b * 2 * channels, *restrict deviations = means + channels;
    for (size_t c = 0; c < channels; c++) {
      double delta = means[c] - m[c];
      m[c] += delta * share;
      squares[c] += deviations[c] + delta * delta * weight;
    }
    count += n;
  }
  for (size_t c = 0; c < channels; c++) {
    mean[c] = (CK_T)m[c];
    variance[c] = w->rows == 0 ? 0 : (CK_T)(squares[c] / (double)w->rows);
  }
  ck_release(m, bytes);
}

// sums[0..<2 * channels]: the blocks' sums and products, added up.
CK_CLONES static void CK_F(norm_combine_sums)(const struct CK_F(norm_work) * w, size_t blocks, double *restrict sums) {
  size_t width = 2 * w->channels;
  memset(sums, 0, width * sizeof(double));
  for (size_t b = 0; b < blocks; b++) {
    const CK_T *restrict partial = w->partial + b * width;
    for (size_t j = 0; j < width; j++) sums[j] += partial[j];
  }
}

static struct CK_F(norm_work) CK_F(norm_prepare)(size_t rows, size_t channels) {
  struct CK_F(norm_work) w = {.rows = rows, .channels = channels};
  w.fold = channels >= 64 ? 1 : (64 + channels - 1) / channels;
  // Blocks of about 16K values: short enough for plain float sums, and a function of the shape alone.
  w.block = (16384 + channels - 1) / channels;
  w.block = (w.block + w.fold - 1) / w.fold * w.fold;
  return w;
}

static size_t CK_F(norm_grain)(const struct CK_F(norm_work) *w) {
  size_t width = w->fold * w->channels;
  return 1 + 32768 / width;
}

void CK_F(ck_moments)(const CK_T *x, CK_T *mean, CK_T *variance, size_t rows, size_t channels, int threads) {
  if (channels == 0) return;
  struct CK_F(norm_work) w = CK_F(norm_prepare)(rows, channels);
  size_t blocks = (rows + w.block - 1) / w.block, bytes = blocks * 2 * channels * sizeof(CK_T);
  w.x = x;
  w.partial = ck_allocate(bytes);
  ck_parallel(blocks, 1, threads, CK_F(norm_moments_blocks), &w);
  CK_F(norm_combine_moments)(&w, blocks, mean, variance);
  ck_release(w.partial, bytes);
}

void CK_F(ck_scale_shift)(const CK_T *x, const CK_T *scale, const CK_T *shift, CK_T *y, size_t rows, size_t channels,
                          int threads) {
  if (channels == 0) return;
  struct CK_F(norm_work) w = CK_F(norm_prepare)(rows, channels);
  size_t width = w.fold * channels, bytes = 2 * width * sizeof(CK_T);
  CK_T *wide = ck_allocate(bytes);
  CK_F(norm_repeat)(scale, w.fold, channels, wide);
  CK_F(norm_repeat)(shift, w.fold, channels, wide + width);
  w.x = x, w.a = wide, w.b = wide + width, w.out = y;
  ck_parallel((rows + w.fold - 1) / w.fold, CK_F(norm_grain)(&w), threads, CK_F(norm_scale_shift_rows), &w);
  ck_release(wide, bytes);
}

void CK_F(ck_batch_norm_gradient)(const CK_T *x, const CK_T *dy, const CK_T *mean, const CK_T *inv_std,
                                  const CK_T *gamma, CK_T *dx, CK_T *dgamma, CK_T *dbeta, size_t rows,
                                  size_t channels, int threads) {
  if (channels == 0) return;
  struct CK_F(norm_work) w = CK_F(norm_prepare)(rows, channels);
  size_t blocks = (rows + w.block - 1) / w.block, width = w.fold * channels;
  size_t bytes = (blocks * 2 * channels + 4 * width) * sizeof(CK_T);
  w.x = x, w.dy = dy, w.mean = mean, w.out = dx;
  w.partial = ck_allocate(bytes);
  CK_T *wide_mean = w.partial + blocks * 2 * channels, *a = wide_mean + width, *b = a + width, *c = b + width;
  ck_parallel(blocks, 1, threads, CK_F(norm_gradient_blocks), &w);
  size_t sum_bytes = 2 * channels * sizeof(double);
  double *sums = ck_allocate(sum_bytes);
  CK_F(norm_combine_sums)(&w, blocks, sums);
  for (size_t j = 0; j < channels; j++) {
    double sum = sums[j], product = sums[channels + j];
    double scale = gamma ? (double)gamma[j] * inv_std[j] : inv_std[j], count = rows == 0 ? 1 : (double)rows;
    if (dgamma) dgamma[j] = (CK_T)(product * inv_std[j]);
    if (dbeta) dbeta[j] = (CK_T)sum;
    wide_mean[j] = mean[j];
    a[j] = (CK_T)scale;
    b[j] = (CK_T)(-scale * inv_std[j] * inv_std[j] * product / count);
    c[j] = (CK_T)(-scale * sum / count);
  }
  ck_release(sums, sum_bytes);
  if (dx) {
    for (CK_T *row = wide_mean; row <= c; row += width)
      CK_F(norm_repeat)(row, w.fold, channels, row);
    w.mean = wide_mean, w.a = a, w.b = b, w.c = c;
    ck_parallel((rows + w.fold - 1) / w.fold, CK_F(norm_grain)(&w), threads, CK_F(norm_gradient_rows), &w);
  }
  ck_release(w.partial, bytes);
}

#undef CK_T
#undef CK_F
