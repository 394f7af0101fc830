// Included once per element type with CK_T and CK_F(name) defined.

struct CK_F(update_job) {
  enum ck_update_rule rule;
  CK_T *w, *m, *v, *vhat;
  const CK_T *g;
  CK_T rate, mu, rest1, rest2, eps, scale, limit, decay;
  // Of an update by rows: where the rows' gradients are listed.
  size_t rows, width;
  const size_t *starts, *order;
};

// One element by one rule. Statements are kept apart where Keras rounds between them: within a statement, a product
// and a sum are one operation on CPUs that have it.
CK_INLINE void CK_F(update_element)(const struct CK_F(update_job) *job, enum ck_update_rule rule, size_t i, CK_T g) {
  CK_T w = job->w[i];
  CK_T lost = w * job->decay;
  w = job->decay != 0 ? w - lost : w;
  if (rule == CK_UPDATE_SGD) {
    job->w[i] = w - job->rate * g;
  } else if (rule == CK_UPDATE_MOMENTUM) {
    CK_T velocity = job->mu * job->m[i] - job->rate * g;
    job->m[i] = velocity;
    job->w[i] = w + velocity;
  } else if (rule == CK_UPDATE_NESTEROV) {
    CK_T step = job->rate * g, velocity = job->mu * job->m[i] - step;
    job->m[i] = velocity;
    job->w[i] = w + (job->mu * velocity - step);
  } else {
    CK_T first = job->m[i] + (g - job->m[i]) * job->rest1, second = job->v[i] + (g * g - job->v[i]) * job->rest2;
    CK_T root = second;
    job->m[i] = first;
    job->v[i] = second;
    if (rule == CK_UPDATE_AMSGRAD) {
      root = job->vhat[i] > second ? job->vhat[i] : second;
      job->vhat[i] = root;
    }
    job->w[i] = w - first * job->rate / (CK_F(ck_sqrt)(root) + job->eps);
  }
}

// Elements [begin, end) with the gradients g[0], g[1], ...; `has_gradient` 0: all are zero.
CK_INLINE void CK_F(update_range)(const struct CK_F(update_job) *shared, enum ck_update_rule rule, int has_gradient,
                                  const CK_T *g, size_t begin, size_t end) {
  const struct CK_F(update_job) copy = *shared, *job = &copy;
  CK_VECTORIZE(CK_LANES)
  for (size_t i = begin; i < end; i++) {
    CK_T scaled = has_gradient ? g[i - begin] * job->scale : 0;
    scaled = scaled > job->limit ? job->limit : scaled;
    scaled = scaled < -job->limit ? -job->limit : scaled;
    CK_F(update_element)(job, rule, i, scaled);
  }
}

CK_INLINE void CK_F(update_by_rule)(const struct CK_F(update_job) *job, int has_gradient, const CK_T *g, size_t begin,
                                    size_t end) {
  switch (job->rule) {
    case CK_UPDATE_SGD: CK_F(update_range)(job, CK_UPDATE_SGD, has_gradient, g, begin, end); break;
    case CK_UPDATE_MOMENTUM: CK_F(update_range)(job, CK_UPDATE_MOMENTUM, has_gradient, g, begin, end); break;
    case CK_UPDATE_NESTEROV: CK_F(update_range)(job, CK_UPDATE_NESTEROV, has_gradient, g, begin, end); break;
    case CK_UPDATE_ADAM: CK_F(update_range)(job, CK_UPDATE_ADAM, has_gradient, g, begin, end); break;
    case CK_UPDATE_AMSGRAD: CK_F(update_range)(job, CK_UPDATE_AMSGRAD, has_gradient, g, begin, end); break;
  }
}

CK_CLONES static void CK_F(update_dense)(void *context, size_t begin, size_t end) {
  const struct CK_F(update_job) *job = context;
  CK_F(update_by_rule)(job, 1, job->g + begin, begin, end);
}

CK_CLONES static void CK_F(update_sum_row)(CK_T *restrict sum, const CK_T *restrict row, size_t width) {
  for (size_t i = 0; i < width; i++) sum[i] += row[i];
}

CK_CLONES static void CK_F(update_row)(const struct CK_F(update_job) *job, const CK_T *g, size_t row) {
  CK_F(update_by_rule)(job, 1, g, row * job->width, (row + 1) * job->width);
}

// Rows without a gradient are most of a table, and are taken in long runs.
CK_CLONES static void CK_F(update_still_rows)(const struct CK_F(update_job) *job, size_t begin, size_t end) {
  CK_F(update_by_rule)(job, 0, NULL, begin * job->width, end * job->width);
}

static void CK_F(update_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(update_job) *job = context;
  CK_T *sum = ck_allocate(job->width * sizeof(CK_T));
  for (size_t row = begin; row < end;) {
    size_t first = job->starts[row], count = job->starts[row + 1] - first;
    if (count == 0) {
      size_t still = row + 1;
      while (still < end && job->starts[still + 1] == first) still++;
      CK_F(update_still_rows)(job, row, still);
      row = still;
      continue;
    }
    const CK_T *g = job->g + job->order[first] * job->width;
    if (count > 1) {
      memcpy(sum, g, job->width * sizeof(CK_T));
      for (size_t i = 1; i < count; i++)
        CK_F(update_sum_row)(sum, job->g + job->order[first + i] * job->width, job->width);
      g = sum;
    }
    CK_F(update_row)(job, g, row);
    row++;
  }
  ck_release(sum, job->width * sizeof(CK_T));
}

static struct CK_F(update_job) CK_F(update_prepare)(const struct ck_update *update, CK_T *w, const CK_T *g, CK_T *m,
                                                    CK_T *v, CK_T *vhat) {
  return (struct CK_F(update_job)){
    .rule = update->rule, .w = w, .m = m, .v = v, .vhat = vhat, .g = g,
    .rate = (CK_T)update->rate, .mu = (CK_T)update->momentum, .rest1 = (CK_T)(1 - update->beta1),
    .rest2 = (CK_T)(1 - update->beta2), .eps = (CK_T)update->epsilon, .scale = (CK_T)update->scale,
    .limit = update->limit > 0 ? (CK_T)update->limit : (CK_T)INFINITY, .decay = (CK_T)update->decay,
  };
}

void CK_F(ck_update)(const struct ck_update *update, CK_T *w, const CK_T *g, CK_T *m, CK_T *v, CK_T *vhat, size_t n,
                     int threads) {
  struct CK_F(update_job) job = CK_F(update_prepare)(update, w, g, m, v, vhat);
  ck_parallel(n, CK_UPDATE_GRAIN, threads, CK_F(update_dense), &job);
}

void CK_F(ck_update_rows)(const struct ck_update *update, CK_T *w, CK_T *m, CK_T *v, CK_T *vhat, size_t rows,
                          size_t width, const int64_t *indices, const CK_T *g, size_t count, int threads) {
  if (rows == 0 || width == 0) return;
  struct CK_F(update_job) job = CK_F(update_prepare)(update, w, g, m, v, vhat);
  size_t bytes = (rows + 1 + count) * sizeof(size_t), *starts = ck_allocate(bytes), *order = starts + rows + 1;
  ck_order_by_row(indices, count, rows, starts, order);
  job.rows = rows, job.width = width, job.starts = starts, job.order = order;
  ck_parallel(rows, 1 + CK_UPDATE_GRAIN / width, threads, CK_F(update_rows), &job);
  ck_release(starts, bytes);
}

void CK_F(ck_sgd)(CK_T *w, const CK_T *g, size_t n, CK_T lr, int threads) {
  struct ck_update update = {.rule = CK_UPDATE_SGD, .rate = (double)lr, .scale = 1};
  CK_F(ck_update)(&update, w, g, NULL, NULL, NULL, n, threads);
}

void CK_F(ck_momentum)(CK_T *w, const CK_T *g, CK_T *m, size_t n, CK_T lr, CK_T mu, int nesterov, int threads) {
  enum ck_update_rule rule = nesterov ? CK_UPDATE_NESTEROV : CK_UPDATE_MOMENTUM;
  struct ck_update update = {.rule = rule, .rate = (double)lr, .momentum = (double)mu, .scale = 1};
  CK_F(ck_update)(&update, w, g, m, NULL, NULL, n, threads);
}

void CK_F(ck_adam)(CK_T *w, const CK_T *g, CK_T *m, CK_T *v, CK_T *vhat, size_t n, CK_T alpha, double beta1,
                   double beta2, CK_T eps, int threads) {
  struct ck_update update = {
    .rule = vhat ? CK_UPDATE_AMSGRAD : CK_UPDATE_ADAM, .rate = (double)alpha, .beta1 = beta1, .beta2 = beta2,
    .epsilon = (double)eps, .scale = 1,
  };
  CK_F(ck_update)(&update, w, g, m, v, vhat, n, threads);
}

// MARK: the norm that clipping looks at

struct CK_F(squares_job) {
  const CK_T *x;
  size_t n;
  double *partial;
};

CK_CLONES static void CK_F(squares_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(squares_job) *job = context;
  for (size_t block = begin; block < end; block++) {
    const CK_T *x = job->x + block * CK_UPDATE_GRAIN;
    size_t n = ck_min_size(CK_UPDATE_GRAIN, job->n - block * CK_UPDATE_GRAIN), i = 0;
    CK_T sums[32] = {0};
    double total = 0;
    for (; i + 32 <= n; i += 32)
      for (size_t l = 0; l < 32; l++) sums[l] += x[i + l] * x[i + l];
    for (; i < n; i++) total += (double)x[i] * (double)x[i];
    for (size_t l = 0; l < 32; l++) total += (double)sums[l];
    job->partial[block] = total;
  }
}

double CK_F(ck_sum_squares)(const CK_T *x, size_t n, int threads) {
  size_t blocks = (n + CK_UPDATE_GRAIN - 1) / CK_UPDATE_GRAIN;
  struct CK_F(squares_job) job = {.x = x, .n = n, .partial = ck_allocate(blocks * sizeof(double))};
  ck_parallel(blocks, 4, threads, CK_F(squares_blocks), &job);
  double total = 0;
  for (size_t block = 0; block < blocks; block++) total += job.partial[block];
  ck_release(job.partial, blocks * sizeof(double));
  return total;
}

#undef CK_T
#undef CK_F
#undef CK_LANES
