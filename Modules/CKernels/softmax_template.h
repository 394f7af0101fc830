// Softmax in one precision: included with REAL, K(name) (adds the suffix), LOOP_PRAGMA and CLONES defined.

// The largest of n neighbours, NaN if there is one.
CK_INLINE REAL K(largest)(const REAL *x, size_t n) {
  REAL lanes[16], top = -(REAL)INFINITY;
  size_t whole = n / 16 * 16;
  for (int l = 0; l < 16; l++) lanes[l] = top;
  for (size_t i = 0; i < whole; i += 16) {
    for (int l = 0; l < 16; l++) lanes[l] = x[i + l] > lanes[l] || x[i + l] != x[i + l] ? x[i + l] : lanes[l];
  }
  for (int l = 0; l < 16; l++) top = lanes[l] > top || lanes[l] != lanes[l] ? lanes[l] : top;
  for (size_t i = whole; i < n; i++) top = x[i] > top || x[i] != x[i] ? x[i] : top;
  return top;
}

CK_INLINE REAL K(softmax_one)(REAL x, REAL top, REAL *sum, const int is_log) {
  REAL shifted = x - top, e = K(ck_exp)(shifted);
  *sum += e;
  return is_log ? shifted : e;
}

// A row of n neighbours. What is left after whole vectors is the end of one more vector, which is computed first, since
// y may be x.
CK_INLINE void K(softmax_row)(const REAL *x, REAL *y, size_t n, const int is_log) {
  REAL top = K(largest)(x, n), sum = 0, sums[16] = {0}, last[16];
  size_t whole = n / 16 * 16, known = 16 - (n - whole);
  if (n < 16) {
    for (size_t i = 0; i < n; i++) y[i] = K(softmax_one)(x[i], top, &sum, is_log);
  } else {
    if (whole < n) {
      LOOP_PRAGMA
      for (size_t l = 0; l < 16; l++) {
        REAL e = 0;
        last[l] = K(softmax_one)(x[n - 16 + l], top, &e, is_log);
        sums[l] = l < known ? 0 : e;
      }
    }
    for (size_t i = 0; i < whole; i += 16) {
      LOOP_PRAGMA
      for (size_t l = 0; l < 16; l++) y[i + l] = K(softmax_one)(x[i + l], top, sums + l, is_log);
    }
    for (size_t half = 8; half > 0; half /= 2)
      for (size_t l = 0; l < half; l++) sums[l] += sums[l + half];
    sum = sums[0];
    if (whole < n) memcpy(y + n - 16, last, sizeof last);
  }
  REAL scale = is_log ? K(ck_log)(sum) : 1 / sum;
  LOOP_PRAGMA
  for (size_t i = 0; i < n; i++) y[i] = is_log ? y[i] - scale : y[i] * scale;
}

// `cols` columns that stand side by side, n rows of them.
CK_INLINE void K(softmax_columns)(const REAL *x, REAL *y, size_t n, size_t inner, size_t cols, int is_log) {
  REAL top[TILE], sum[TILE];
  for (size_t c = 0; c < cols; c++) top[c] = -(REAL)INFINITY, sum[c] = 0;
  for (size_t r = 0; r < n; r++) {
    const REAL *v = x + r * inner;
    for (size_t c = 0; c < cols; c++) top[c] = v[c] > top[c] || v[c] != v[c] ? v[c] : top[c];
  }
  for (size_t r = 0; r < n; r++) {
    LOOP_PRAGMA
    for (size_t c = 0; c < cols; c++) {
      REAL shifted = x[r * inner + c] - top[c], e = K(ck_exp)(shifted);
      y[r * inner + c] = is_log ? shifted : e;
      sum[c] += e;
    }
  }
  for (size_t c = 0; c < cols; c++) sum[c] = is_log ? K(ck_log)(sum[c]) : 1 / sum[c];
  for (size_t r = 0; r < n; r++) {
    REAL *v = y + r * inner;
    for (size_t c = 0; c < cols; c++) v[c] = is_log ? v[c] - sum[c] : v[c] * sum[c];
  }
}

CK_INLINE void K(gradient_row)(const REAL *y, const REAL *dy, REAL *dx, size_t n, int is_log) {
  REAL sum = 0;
  {
#pragma clang fp reassociate(on)
    LOOP_PRAGMA
    for (size_t i = 0; i < n; i++) sum += is_log ? dy[i] : dy[i] * y[i];
  }
  LOOP_PRAGMA
  for (size_t i = 0; i < n; i++) dx[i] = is_log ? dy[i] - K(ck_exp)(y[i]) * sum : y[i] * (dy[i] - sum);
}

CK_INLINE void K(gradient_columns)(
  const REAL *y, const REAL *dy, REAL *dx, size_t n, size_t inner, size_t cols, int is_log) {
  REAL sum[TILE];
  for (size_t c = 0; c < cols; c++) sum[c] = 0;
  for (size_t r = 0; r < n; r++) {
    for (size_t c = 0; c < cols; c++) sum[c] += is_log ? dy[r * inner + c] : dy[r * inner + c] * y[r * inner + c];
  }
  for (size_t r = 0; r < n; r++) {
    LOOP_PRAGMA
    for (size_t c = 0; c < cols; c++) {
      size_t i = r * inner + c;
      dx[i] = is_log ? dy[i] - K(ck_exp)(y[i]) * sum[c] : y[i] * (dy[i] - sum[c]);
    }
  }
}

CLONES static void K(softmax_body)(void *context, size_t begin, size_t end) {
  const softmax_job *job = context;
  for (size_t task = begin; task < end; task++) {
    size_t column = task % job->tiles * TILE, at = task / job->tiles * job->n * job->inner + column;
    const REAL *x = (const REAL *)job->x + at;
    REAL *y = (REAL *)job->y + at;
    if (job->inner == 1 && job->is_log) {
      K(softmax_row)(x, y, job->n, 1);
    } else if (job->inner == 1) {
      K(softmax_row)(x, y, job->n, 0);
    } else {
      K(softmax_columns)(x, y, job->n, job->inner, ck_min_size(TILE, job->inner - column), job->is_log);
    }
  }
}

CLONES static void K(gradient_body)(void *context, size_t begin, size_t end) {
  const softmax_job *job = context;
  for (size_t task = begin; task < end; task++) {
    size_t column = task % job->tiles * TILE, at = task / job->tiles * job->n * job->inner + column;
    const REAL *y = (const REAL *)job->x + at, *dy = (const REAL *)job->dy + at;
    REAL *dx = (REAL *)job->y + at;
    if (job->inner == 1) {
      K(gradient_row)(y, dy, dx, job->n, job->is_log);
    } else {
      K(gradient_columns)(y, dy, dx, job->n, job->inner, ck_min_size(TILE, job->inner - column), job->is_log);
    }
  }
}

void K(ck_softmax)(const REAL *x, REAL *y, size_t outer, size_t n, size_t inner, int is_log, int threads) {
  run(K(softmax_body), (softmax_job){.x = x, .y = y, .n = n, .inner = inner, .is_log = is_log}, outer, threads);
}

void K(ck_softmax_gradient)(
  const REAL *y, const REAL *dy, REAL *dx, size_t outer, size_t n, size_t inner, int is_log, int threads) {
  softmax_job job = {.x = y, .dy = dy, .y = dx, .n = n, .inner = inner, .is_log = is_log};
  run(K(gradient_body), job, outer, threads);
}
