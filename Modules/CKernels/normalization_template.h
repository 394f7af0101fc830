// Included once per element type with CK_T and CK_F(name) defined.

// `fold` rows side by side are one wide row, which keeps vectors full for few channels; `block` rows are one block.
struct CK_F(norm_work) {
  const CK_T *x, *residual, *a, *b;
  double *partial;
  CK_T *out, low, high;
  size_t rows, channels, block, fold;
};

// sums[0..<width] over `rows` rows of `width` values.
CK_INLINE void CK_F(norm_sum)(const CK_T *restrict x, size_t rows, size_t width, CK_T *restrict sums) {
  for (size_t r = 0; r < rows; r++, x += width) {
    CK_LOOP
    for (size_t j = 0; j < width; j++) sums[j] += x[j];
  }
}

// sums and squares of x - pilot, over `count` rows at once, so that the sums are fetched less often.
CK_INLINE void CK_F(norm_sum_some)(const CK_T *restrict x, const CK_T *restrict pilot, size_t count, size_t width,
                                   CK_T *restrict sums, CK_T *restrict squares) {
  CK_LOOP
  for (size_t j = 0; j < width; j++) {
    CK_T sum = sums[j], square = squares[j], base = pilot[j];
    for (size_t r = 0; r < count; r++) {
      CK_T d = x[r * width + j] - base;
      sum += d;
      square += d * d;
    }
    sums[j] = sum;
    squares[j] = square;
  }
}

CK_INLINE void CK_F(norm_sum_shifted)(const CK_T *restrict x, const CK_T *restrict pilot, size_t rows, size_t width,
                                      CK_T *restrict sums, CK_T *restrict squares) {
  size_t r = 0;
  for (; r + 4 <= rows; r += 4) CK_F(norm_sum_some)(x + r * width, pilot, 4, width, sums, squares);
  for (; r < rows; r++) CK_F(norm_sum_some)(x + r * width, pilot, 1, width, sums, squares);
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

// partial[block] = (mean, sum of squared deviations from it) of the block's rows. One pass, with the mean of the first
// rows taken off: as those are part of the block, its squares are at most a few times its squared deviations.
CK_CLONES static void CK_F(norm_moments_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(norm_work) *w = context;
  size_t channels = w->channels, width = w->fold * channels, bytes = 3 * width * sizeof(CK_T);
  CK_T *sums = ck_allocate(bytes);
  CK_T *squares = sums + width, *pilot = squares + width;
  for (size_t b = begin; b < end; b++) {
    size_t first = b * w->block, rows = w->rows - first < w->block ? w->rows - first : w->block;
    size_t folded = rows / w->fold, rest = folded * w->fold, some = folded < 8 ? folded : 8;
    const CK_T *x = w->x + first * channels;
    memset(pilot, 0, width * sizeof(CK_T));
    CK_F(norm_sum)(x, some, width, pilot);
    CK_F(norm_unfold)(pilot, w->fold, channels);
    if (some == 0) CK_F(norm_sum)(x, 1, channels, pilot);
    CK_T part = 1 / (CK_T)(some == 0 ? 1 : some * w->fold);
    // An infinity would make the mean NaN.
    for (size_t c = 0; c < channels; c++) pilot[c] = pilot[c] - pilot[c] == 0 ? pilot[c] * part : 0;
    CK_F(norm_repeat)(pilot, w->fold, channels, pilot);
    memset(sums, 0, 2 * width * sizeof(CK_T));
    CK_F(norm_sum_shifted)(x, pilot, folded, width, sums, squares);
    CK_F(norm_unfold)(sums, w->fold, channels);
    CK_F(norm_unfold)(squares, w->fold, channels);
    CK_F(norm_sum_shifted)(x + rest * channels, pilot, rows - rest, channels, sums, squares);
    double *restrict out = w->partial + b * 2 * channels, share = 1 / (double)rows;
    for (size_t c = 0; c < channels; c++) {
      double sum = sums[c], deviations = squares[c] - sum * (sum * share);
      out[c] = pilot[c] + sum * share;
      out[channels + c] = deviations < 0 ? 0 : deviations;
    }
  }
  ck_release(sums, bytes);
}

// out = clamp(x * a + b + residual), over ranges of rows.
CK_INLINE void CK_F(norm_apply)(const struct CK_F(norm_work) *w, size_t begin, size_t end, int has_residual) {
  size_t width = w->fold * w->channels, total = w->rows * w->channels;
  CK_T low = w->low, high = w->high;
  for (size_t at = begin * width; at < end * width && at < total; at += width) {
    size_t count = total - at < width ? total - at : width;
    const CK_T *x = w->x + at, *residual = w->residual + at, *a = w->a, *b = w->b;
    CK_T *out = w->out + at;
    CK_LOOP
    for (size_t j = 0; j < count; j++) {
      CK_T v = x[j] * a[j] + b[j];
      if (has_residual) v = v + residual[j];
      v = low > v ? low : v;
      out[j] = high < v ? high : v;
    }
  }
}

CK_CLONES static void CK_F(norm_scale_shift_rows)(void *context, size_t begin, size_t end) {
  CK_F(norm_apply)(context, begin, end, 0);
}

CK_CLONES static void CK_F(norm_residual_rows)(void *context, size_t begin, size_t end) {
  CK_F(norm_apply)(context, begin, end, 1);
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
    const double *restrict means = w->partial + b * 2 * channels, *restrict deviations = means + channels;
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

static struct CK_F(norm_work) CK_F(norm_prepare)(size_t rows, size_t channels) {
  struct CK_F(norm_work) w = {.rows = rows, .channels = channels};
  w.fold = channels >= 64 ? 1 : (64 + channels - 1) / channels;
  // Blocks of about 16K values: short enough for plain float sums, and a function of the shape alone.
  w.block = ck_max_size(16, (16384 + channels - 1) / channels);
  w.block = (w.block + w.fold - 1) / w.fold * w.fold;
  return w;
}

static size_t CK_F(norm_grain)(size_t width) { return 1 + 32768 / width; }

void CK_F(ck_moments)(const CK_T *x, CK_T *mean, CK_T *variance, size_t rows, size_t channels, int threads) {
  if (channels == 0) return;
  struct CK_F(norm_work) w = CK_F(norm_prepare)(rows, channels);
  size_t blocks = (rows + w.block - 1) / w.block, bytes = blocks * 2 * channels * sizeof(double);
  w.x = x;
  w.partial = ck_allocate(bytes);
  ck_parallel(blocks, 1, threads, CK_F(norm_moments_blocks), &w);
  CK_F(norm_combine_moments)(&w, blocks, mean, variance);
  ck_release(w.partial, bytes);
}

void CK_F(ck_scale_shift_clamp)(const CK_T *x, const CK_T *scale, const CK_T *shift, const CK_T *residual, CK_T low,
                                CK_T high, CK_T *y, size_t rows, size_t channels, int threads) {
  if (channels == 0) return;
  struct CK_F(norm_work) w = CK_F(norm_prepare)(rows, channels);
  size_t width = w.fold * channels, bytes = 2 * width * sizeof(CK_T);
  CK_T *wide = ck_allocate(bytes);
  CK_F(norm_repeat)(scale, w.fold, channels, wide);
  CK_F(norm_repeat)(shift, w.fold, channels, wide + width);
  w.x = x, w.residual = residual ? residual : x, w.a = wide, w.b = wide + width;
  w.out = y, w.low = low, w.high = high;
  ck_parallel((rows + w.fold - 1) / w.fold, CK_F(norm_grain)(width), threads,
              residual ? CK_F(norm_residual_rows) : CK_F(norm_scale_shift_rows), &w);
  ck_release(wide, bytes);
}

void CK_F(ck_scale_shift)(const CK_T *x, const CK_T *scale, const CK_T *shift, CK_T *y, size_t rows, size_t channels,
                          int threads) {
  CK_F(ck_scale_shift_clamp)(x, scale, shift, NULL, -(CK_T)INFINITY, (CK_T)INFINITY, y, rows, channels, threads);
}
