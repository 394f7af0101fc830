// Softmax in one precision: included with REAL, K(name) (adds the suffix), LOOP_PRAGMA and CLONES defined.

typedef REAL K(lanes) __attribute__((vector_size(16 * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

CK_INLINE REAL K(total)(K(lanes) * sums) {
  REAL parts[16];
  *(K(lanes) *)parts = *sums;
  for (size_t half = 8; half > 0; half /= 2)
    for (size_t l = 0; l < half; l++) parts[l] += parts[l + half];
  return parts[0];
}

// The largest of n neighbours but for NaN, which reaches the sum of the exponentials anyway.
CK_INLINE REAL K(largest)(const REAL *x, size_t n) {
  REAL top = -(REAL)INFINITY;
  size_t i = 0;
  if (n >= 16) {
    K(lanes) tops = *(const K(lanes) *)x;
    for (i = 16; i + 16 <= n; i += 16) tops = __builtin_elementwise_max(tops, *(const K(lanes) *)(x + i));
    REAL parts[16];
    *(K(lanes) *)parts = tops;
    for (size_t l = 0; l < 16; l++) top = parts[l] > top ? parts[l] : top;
  }
  for (; i < n; i++) top = x[i] > top ? x[i] : top;
  return top;
}

CK_INLINE REAL K(sum_of)(const REAL *x, size_t n) {
  REAL sum = 0;
  size_t i = 0;
  if (n >= 16) {
    K(lanes) sums = *(const K(lanes) *)x;
    for (i = 16; i + 16 <= n; i += 16) sums += *(const K(lanes) *)(x + i);
    sum = K(total)(&sums);
  }
  for (; i < n; i++) sum += x[i];
  return sum;
}

CK_INLINE REAL K(dot_of)(const REAL *x, const REAL *y, size_t n) {
  REAL sum = 0;
  size_t i = 0;
  if (n >= 16) {
    K(lanes) sums = *(const K(lanes) *)x * *(const K(lanes) *)y;
    for (i = 16; i + 16 <= n; i += 16) sums += *(const K(lanes) *)(x + i) * *(const K(lanes) *)(y + i);
    sum = K(total)(&sums);
  }
  for (; i < n; i++) sum += x[i] * y[i];
  return sum;
}

// e[i] = e^x[i] for x[i] <= 0, of several rows at once, so that hardly any are left behind whole vectors.
CK_INLINE void K(exp_all)(const REAL *x, REAL *e, size_t n) {
  LOOP_PRAGMA
  for (size_t i = 0; i < n; i++) e[i] = K(ck_exp_below)(x[i]);
}

CK_INLINE void K(finish_row)(REAL *y, size_t n, REAL sum, const int is_log) {
  REAL scale = is_log ? K(ck_log)(sum) : 1 / sum;
  LOOP_PRAGMA
  for (size_t i = 0; i < n; i++) y[i] = is_log ? y[i] - scale : y[i] * scale;
}

CK_INLINE void K(shift_row)(const REAL *x, REAL *y, size_t n) {
  REAL top = K(largest)(x, n);
  LOOP_PRAGMA
  for (size_t i = 0; i < n; i++) y[i] = x[i] - top;
}

// Rows of n neighbours that together fill a block.
CK_INLINE void K(softmax_rows)(const REAL *x, REAL *y, size_t rows, size_t n, const int is_log) {
  REAL block[BLOCK], *e = is_log ? block : y;
  for (size_t r = 0; r < rows; r++) K(shift_row)(x + r * n, y + r * n, n);
  K(exp_all)(y, e, rows * n);
  for (size_t r = 0; r < rows; r++) K(finish_row)(y + r * n, n, K(sum_of)(e + r * n, n), is_log);
}

// A row longer than a block.
CK_INLINE void K(softmax_long_row)(const REAL *x, REAL *y, size_t n, const int is_log) {
  REAL block[BLOCK], sum = 0;
  K(shift_row)(x, y, n);
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t count = ck_min_size(BLOCK, n - i);
    REAL *e = is_log ? block : y + i;
    K(exp_all)(y + i, e, count);
    sum += K(sum_of)(e, count);
  }
  K(finish_row)(y, n, sum, is_log);
}

CK_INLINE void K(softmax_lines)(const REAL *x, REAL *y, size_t rows, size_t n, const int is_log) {
  size_t most = ck_max_size(1, BLOCK / n);
  for (size_t r = 0; r < rows; r += most) {
    if (n > BLOCK) {
      K(softmax_long_row)(x + r * n, y + r * n, n, is_log);
    } else {
      K(softmax_rows)(x + r * n, y + r * n, ck_min_size(most, rows - r), n, is_log);
    }
  }
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

CK_INLINE void K(gradient_row)(const REAL *y, const REAL *dy, REAL *dx, size_t n) {
  REAL sum = K(dot_of)(y, dy, n);
  LOOP_PRAGMA
  for (size_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - sum);
}

// Rows of n neighbours that together fill a block, or a part of a longer row whose sum of dy is known.
CK_INLINE void K(log_gradient_rows)(const REAL *y, const REAL *dy, REAL *dx, size_t rows, size_t n, const REAL *sum) {
  REAL e[BLOCK];
  LOOP_PRAGMA
  for (size_t i = 0; i < rows * n; i++) e[i] = K(ck_exp)(y[i]);
  for (size_t r = 0; r < rows; r++) {
    const REAL *v = e + r * n, *d = dy + r * n, total = sum ? *sum : K(sum_of)(d, n);
    REAL *to = dx + r * n;
    LOOP_PRAGMA
    for (size_t i = 0; i < n; i++) to[i] = d[i] - v[i] * total;
  }
}

CK_INLINE void K(log_gradient_lines)(const REAL *y, const REAL *dy, REAL *dx, size_t rows, size_t n) {
  if (n <= BLOCK) {
    size_t most = BLOCK / n;
    for (size_t r = 0; r < rows; r += most)
      K(log_gradient_rows)(y + r * n, dy + r * n, dx + r * n, ck_min_size(most, rows - r), n, NULL);
    return;
  }
  for (size_t r = 0; r < rows; r++, y += n, dy += n, dx += n) {
    REAL sum = K(sum_of)(dy, n);
    for (size_t i = 0; i < n; i += BLOCK)
      K(log_gradient_rows)(y + i, dy + i, dx + i, 1, ck_min_size(BLOCK, n - i), &sum);
  }
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
  if (job->inner == 1) {
    const REAL *x = (const REAL *)job->x + begin * job->n;
    REAL *y = (REAL *)job->y + begin * job->n;
    if (job->n == 0) return;
    if (job->is_log) K(softmax_lines)(x, y, end - begin, job->n, 1);
    else K(softmax_lines)(x, y, end - begin, job->n, 0);
    return;
  }
  for (size_t task = begin; task < end; task++) {
    size_t column = task % job->tiles * TILE, at = task / job->tiles * job->n * job->inner + column;
    K(softmax_columns)
    ((const REAL *)job->x + at, (REAL *)job->y + at, job->n, job->inner, ck_min_size(TILE, job->inner - column),
     job->is_log);
  }
}

CLONES static void K(gradient_body)(void *context, size_t begin, size_t end) {
  const softmax_job *job = context;
  if (job->inner == 1 && job->is_log) {
    size_t at = begin * job->n;
    const REAL *y = (const REAL *)job->x + at, *dy = (const REAL *)job->dy + at;
    if (job->n > 0) K(log_gradient_lines)(y, dy, (REAL *)job->y + at, end - begin, job->n);
    return;
  }
  for (size_t task = begin; task < end; task++) {
    size_t column = task % job->tiles * TILE, at = task / job->tiles * job->n * job->inner + column;
    const REAL *y = (const REAL *)job->x + at, *dy = (const REAL *)job->dy + at;
    REAL *dx = (REAL *)job->y + at;
    if (job->inner == 1) {
      K(gradient_row)(y, dy, dx, job->n);
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
