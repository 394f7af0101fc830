// Included once per element type with CK_T and CK_F(name) defined.

struct CK_F(layer_norm_job) {
  const CK_T *x, *dy, *gamma, *beta, *given_mean, *given_inv_std;
  CK_T *y, *dx, *mean, *inv_std, *partial;
  size_t rows, width, block;
  double epsilon;
};

typedef CK_T CK_F(norm_lanes) __attribute__((vector_size(16 * sizeof(CK_T)), aligned(sizeof(CK_T)), may_alias));
#define CK_LANES_AT(pointer) (*(const CK_F(norm_lanes) *)(pointer))

// 64 partial sums keep vectors full and rounding small.
CK_INLINE CK_T CK_F(norm_total)(const CK_F(norm_lanes) * sums) {
  CK_T parts[16];
  *(CK_F(norm_lanes) *)parts = (sums[0] + sums[2]) + (sums[1] + sums[3]);
  for (size_t l = 8; l > 0; l /= 2)
    for (size_t j = 0; j < l; j++) parts[j] += parts[j + l];
  return parts[0];
}

CK_INLINE CK_T CK_F(row_sum)(const CK_T *x, size_t n) {
  CK_F(norm_lanes) sums[4] = {{0}, {0}, {0}, {0}};
  CK_T rest = 0;
  size_t i = 0;
  for (; i + 64 <= n; i += 64)
    for (size_t l = 0; l < 4; l++) sums[l] += CK_LANES_AT(x + i + 16 * l);
  for (; i + 16 <= n; i += 16) sums[0] += CK_LANES_AT(x + i);
  for (; i < n; i++) rest += x[i];
  return CK_F(norm_total)(sums) + rest;
}

CK_INLINE CK_T CK_F(row_squares)(const CK_T *x, CK_T mean, size_t n) {
  CK_F(norm_lanes) sums[4] = {{0}, {0}, {0}, {0}};
  CK_T rest = 0;
  size_t i = 0;
  for (; i + 64 <= n; i += 64)
    for (size_t l = 0; l < 4; l++) {
      CK_F(norm_lanes) d = CK_LANES_AT(x + i + 16 * l) - mean;
      sums[l] += d * d;
    }
  for (; i + 16 <= n; i += 16) {
    CK_F(norm_lanes) d = CK_LANES_AT(x + i) - mean;
    sums[0] += d * d;
  }
  for (; i < n; i++) rest += (x[i] - mean) * (x[i] - mean);
  return CK_F(norm_total)(sums) + rest;
}

CK_CLONES static void CK_F(layer_norm_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(layer_norm_job) *job = context;
  size_t n = job->width;
  const CK_T *gamma = job->gamma, *beta = job->beta;
  for (size_t row = begin; row < end; row++) {
    const CK_T *x = job->x + row * n;
    CK_T *y = job->y + row * n;
    CK_T mean = CK_F(row_sum)(x, n) / (CK_T)n;
    CK_T variance = CK_F(row_squares)(x, mean, n) / (CK_T)n;
    CK_T inv = (CK_T)1 / CK_F(ck_sqrt)(variance + (CK_T)job->epsilon);
    if (job->mean) job->mean[row] = mean;
    if (job->inv_std) job->inv_std[row] = inv;
    if (gamma && beta) {
      CK_VECTORIZE_ROW(CK_LANES)
      for (size_t i = 0; i < n; i++) y[i] = (x[i] - mean) * inv * gamma[i] + beta[i];
    } else {
      CK_VECTORIZE_ROW(CK_LANES)
      for (size_t i = 0; i < n; i++) y[i] = (x[i] - mean) * inv * (gamma ? gamma[i] : 1) + (beta ? beta[i] : 0);
    }
  }
}

CK_INLINE CK_T CK_F(lanes_total)(CK_T *sums) {
  for (size_t l = 32; l > 0; l /= 2)
    for (size_t j = 0; j < l; j++) sums[j] += sums[j + l];
  return sums[0];
}

// One row of the gradient: sums of dy gamma and of dy gamma xhat, then dx.
CK_INLINE void CK_F(layer_norm_gradient_row)(const struct CK_F(layer_norm_job) *job, size_t row, int has_gamma) {
  size_t n = job->width, i = 0;
  const CK_T *restrict x = job->x + row * n, *restrict dy = job->dy + row * n, *restrict gamma = job->gamma;
  CK_T mean = job->given_mean[row], inv = job->given_inv_std[row], sums[64] = {0}, products[64] = {0};
  for (; i + 64 <= n; i += 64)
    for (size_t l = 0; l < 64; l++) {
      CK_T g = has_gamma ? dy[i + l] * gamma[i + l] : dy[i + l];
      sums[l] += g;
      products[l] += g * ((x[i + l] - mean) * inv);
    }
  for (size_t l = 0; i + l < n; l++) {
    CK_T g = has_gamma ? dy[i + l] * gamma[i + l] : dy[i + l];
    sums[l] += g;
    products[l] += g * ((x[i + l] - mean) * inv);
  }
  CK_T sum = CK_F(lanes_total)(sums) / (CK_T)n, product = CK_F(lanes_total)(products) / (CK_T)n;
  CK_T *dx = job->dx + row * n;
  CK_VECTORIZE_ROW(CK_LANES)
  for (size_t j = 0; j < n; j++) {
    CK_T g = has_gamma ? dy[j] * gamma[j] : dy[j];
    dx[j] = inv * (g - sum - (x[j] - mean) * inv * product);
  }
}

// Blocks of rows: dx, and the block's share of dgamma and dbeta.
CK_CLONES static void CK_F(layer_norm_gradient_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(layer_norm_job) *job = context;
  size_t n = job->width;
  for (size_t block = begin; block < end; block++) {
    size_t first = block * job->block, last = ck_min_size(first + job->block, job->rows);
    CK_T *restrict scale = job->partial ? job->partial + block * 2 * n : NULL;
    CK_T *restrict shift = scale ? scale + n : NULL;
    if (scale) memset(scale, 0, 2 * n * sizeof(CK_T));
    for (size_t row = first; row < last; row++) {
      const CK_T *restrict x = job->x + row * n, *restrict dy = job->dy + row * n;
      CK_T mean = job->given_mean[row], inv = job->given_inv_std[row];
      if (scale)
        for (size_t i = 0; i < n; i++) {
          scale[i] += dy[i] * ((x[i] - mean) * inv);
          shift[i] += dy[i];
        }
      // Last, because dx may be dy.
      if (job->dx && job->gamma) CK_F(layer_norm_gradient_row)(job, row, 1);
      if (job->dx && !job->gamma) CK_F(layer_norm_gradient_row)(job, row, 0);
    }
  }
}

void CK_F(ck_layer_norm)(const CK_T *x, const CK_T *gamma, const CK_T *beta, CK_T *y, CK_T *mean, CK_T *inv_std,
                         size_t rows, size_t width, double epsilon, int threads) {
  if (width == 0) return;
  struct CK_F(layer_norm_job) job = {
    .x = x, .gamma = gamma, .beta = beta, .y = y, .mean = mean, .inv_std = inv_std, .rows = rows, .width = width,
    .epsilon = epsilon,
  };
  ck_parallel(rows, 1 + 8192 / width, threads, CK_F(layer_norm_rows), &job);
}

void CK_F(ck_layer_norm_gradient)(const CK_T *x, const CK_T *dy, const CK_T *mean, const CK_T *inv_std,
                                  const CK_T *gamma, CK_T *dx, CK_T *dgamma, CK_T *dbeta, size_t rows, size_t width,
                                  int threads) {
  if (width == 0) return;
  struct CK_F(layer_norm_job) job = {
    .x = x, .dy = dy, .given_mean = mean, .given_inv_std = inv_std, .gamma = gamma, .dx = dx, .rows = rows,
    .width = width,
  };
  // At least 16K values to a block, and no more than 64 blocks: a function of the shape alone.
  job.block = ck_max_size((16384 + width - 1) / width, (rows + 63) / 64);
  size_t blocks = (rows + job.block - 1) / job.block, bytes = blocks * 2 * width * sizeof(CK_T);
  job.partial = dgamma || dbeta ? ck_allocate(bytes) : NULL;
  ck_parallel(blocks, 1, threads, CK_F(layer_norm_gradient_blocks), &job);
  if (!job.partial) return;
  for (size_t i = 0; i < width; i++) {
    double scale = 0, shift = 0;
    for (size_t b = 0; b < blocks; b++) {
      scale += (double)job.partial[b * 2 * width + i];
      shift += (double)job.partial[(b * 2 + 1) * width + i];
    }
    if (dgamma) dgamma[i] = (CK_T)scale;
    if (dbeta) dbeta[i] = (CK_T)shift;
  }
  ck_release(job.partial, bytes);
}

#undef CK_T
#undef CK_F
#undef CK_LANES
#undef CK_LANES_AT
