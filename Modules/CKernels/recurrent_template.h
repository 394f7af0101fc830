// The loops over steps, in one precision.

// A matrix packed for the gather tile: depth x columns.
struct CK_F(recurrent_matrix) {
  const struct CK_F(ck_tiles) *tiles;
  CK_T *packed;
  size_t depth, columns, bytes;
};

// Element (i, j) of the matrix at i * down + j * across.
static struct CK_F(recurrent_matrix)
CK_F(recurrent_pack)(const CK_T *matrix, size_t down, size_t across, size_t depth, size_t columns) {
  struct CK_F(recurrent_matrix) m = {.tiles = CK_F(ck_tiles)(), .depth = depth, .columns = columns};
  if (depth == 0 || columns == 0) return m;
  m.bytes = depth * ck_packed_columns(m.tiles->lanes, columns) * sizeof(CK_T);
  m.packed = ck_allocate(m.bytes);
  CK_F(ck_pack)(m.tiles->lanes, matrix, down, across, depth, columns, m.packed);
  return m;
}

static void CK_F(recurrent_release)(struct CK_F(recurrent_matrix) * m) {
  if (m->bytes) ck_release(m->packed, m->bytes);
}

// y = x * m for rows of x and y that lie `x_step` and `y_step` apart.
static void CK_F(recurrent_product)(const struct CK_F(recurrent_matrix) * m, const CK_T *x, size_t x_step, size_t rows,
                                    CK_T *y, size_t y_step) {
  static const ptrdiff_t zero = 0;
  size_t lanes = m->tiles->lanes, width = 2 * lanes;
  for (size_t column = 0; column < m->columns; column += width) {
    struct CK_F(ck_gather) gather = {
      .taps = &zero, .tap_count = 1, .run = m->depth, .packed = m->packed + column * m->depth,
      .columns = ck_min_size(width, m->columns - column),
    };
    size_t most = m->tiles->rows[gather.columns > lanes ? 2 : 1];
    for (size_t first = 0; first < rows; first += most) {
      gather.count = ck_min_size(most, rows - first);
      for (size_t i = 0; i < most; i++) {
        size_t row = first + (i < gather.count ? i : 0);
        gather.rows[i] = x + row * x_step;
        gather.outs[i] = y + row * y_step + column;
      }
      m->tiles->gather(&gather);
    }
  }
}

// MARK: forward

struct CK_F(recurrent_forward) {
  const struct ck_recurrent *r;
  const struct CK_F(ck_recurrent_pass) *pass;
  // U, or for a GRU that resets first its parts for the gates and for the candidate.
  struct CK_F(recurrent_matrix) kernel, candidate;
  const CK_T *inner_bias;
};

// What a step leaves for the gradient, before it changes the states.
static void CK_F(recurrent_keep)(const struct CK_F(recurrent_forward) * job, size_t row, size_t at) {
  size_t n = job->r->units;
  const struct CK_F(ck_recurrent_pass) *pass = job->pass;
  if (!pass->before) return;
  memcpy(pass->before + at * n, pass->h + row * n, n * sizeof(CK_T));
  if (job->r->cell == CK_RECURRENT_LSTM) memcpy(pass->extra + at * n, pass->c + row * n, n * sizeof(CK_T));
}

// The output of the `index`-th step of a row.
static void CK_F(recurrent_put)(const struct CK_F(recurrent_forward) * job, size_t row, size_t index, int masked) {
  const struct ck_recurrent *r = job->r;
  size_t n = r->units;
  CK_T *output = job->pass->output + (r->returns_sequence ? row * r->steps + index : row) * n;
  if (!masked) {
    if (r->returns_sequence || r->mask || index + 1 == r->steps)
      memcpy(output, job->pass->h + row * n, n * sizeof(CK_T));
  } else if (r->zero_masked || index == 0) {
    memset(output, 0, n * sizeof(CK_T));
  } else if (r->returns_sequence) {
    memcpy(output, output - n, n * sizeof(CK_T));
  }
}

// A step of rows [begin, end). z has room for a row of gates, and of units, each.
static void CK_F(recurrent_step)(const struct CK_F(recurrent_forward) * job, size_t begin, size_t end, size_t index,
                                 CK_T *z, CK_T *side) {
  const struct ck_recurrent *r = job->r;
  const struct CK_F(ck_recurrent_pass) *pass = job->pass;
  size_t n = r->units, columns = gate_count(r->cell) * n, step = place(r, index), rows = end - begin;
  int resets_first = r->cell == CK_RECURRENT_GRU;
  CK_F(recurrent_product)(&job->kernel, pass->h + begin * n, n, rows, z, columns);
  for (size_t row = begin; resets_first && row < end; row++) {
    size_t at = row * r->steps + step;
    CK_T *reset = side + (row - begin) * n;
    CK_F(gru_gates)(r, z + (row - begin) * columns, pass->gates + at * columns, pass->h + row * n, reset);
    if (pass->extra) memcpy(pass->extra + at * n, reset, n * sizeof(CK_T));
  }
  if (resets_first) CK_F(recurrent_product)(&job->candidate, side, n, rows, z, columns);
  for (size_t row = begin; row < end; row++) {
    size_t at = row * r->steps + step;
    CK_T *p = pass->gates + at * columns, *h = pass->h + row * n;
    const CK_T *product = z + (row - begin) * columns;
    int masked = is_masked(r, row, step);
    CK_F(recurrent_keep)(job, row, at);
    if (!masked) {
      switch (r->cell) {
        case CK_RECURRENT_LSTM: CK_F(lstm)(r, product, p, h, pass->c + row * n); break;
        case CK_RECURRENT_GRU: CK_F(gru_candidate)(r, product, p, h); break;
        case CK_RECURRENT_GRU_RESET_AFTER:
          CK_F(gru_after)(r, product, job->inner_bias, p, pass->extra ? pass->extra + at * n : side, h);
          break;
        case CK_RECURRENT_SIMPLE:
          CK_F(add)(p, product, n);
          CK_F(activate)(r->activation, r->alpha, p, n);
          memcpy(h, p, n * sizeof(CK_T));
      }
    }
    CK_F(recurrent_put)(job, row, index, masked);
  }
}

static void CK_F(recurrent_forward_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(recurrent_forward) *job = context;
  const struct ck_recurrent *r = job->r;
  size_t blocks = (end - begin + MOST_ROWS - 1) / MOST_ROWS, rows = (end - begin + blocks - 1) / blocks;
  size_t columns = gate_count(r->cell) * r->units, bytes = rows * (columns + r->units) * sizeof(CK_T);
  CK_T *z = ck_allocate(bytes);
  for (size_t first = begin; first < end; first += rows) {
    size_t last = ck_min_size(first + rows, end);
    for (size_t index = 0; index < r->steps; index++) {
      CK_F(recurrent_step)(job, first, last, index, z, z + rows * columns);
    }
  }
  ck_release(z, bytes);
}

void CK_F(ck_recurrent_forward)(const struct ck_recurrent *r, const struct CK_F(ck_recurrent_pass) * pass,
                                int threads) {
  size_t n = r->units, columns = gate_count(r->cell) * n;
  if (r->batch == 0 || n == 0) return;
  if (r->steps == 0) {
    if (!r->returns_sequence) memset(pass->output, 0, r->batch * n * sizeof(CK_T));
    return;
  }
#ifdef CK_FUSED
  if (ck_recurrent_is_fused(r)) return ck_recurrent_fused_forward(r, pass, threads);
#endif
  int resets_first = r->cell == CK_RECURRENT_GRU;
  size_t zero_bytes = n * sizeof(CK_T);
  CK_T *zeros = ck_allocate(zero_bytes);
  memset(zeros, 0, zero_bytes);
  struct CK_F(recurrent_forward) job = {
    .r = r, .pass = pass, .inner_bias = pass->inner_bias ? pass->inner_bias + 2 * n : zeros,
    .kernel = CK_F(recurrent_pack)(pass->recurrent_kernel, columns, 1, n, resets_first ? 2 * n : columns),
  };
  if (resets_first) job.candidate = CK_F(recurrent_pack)(pass->recurrent_kernel + 2 * n, columns, 1, n, n);
  ck_parallel(r->batch, block_rows(r, threads), threads, CK_F(recurrent_forward_rows), &job);
  CK_F(recurrent_release)(&job.kernel);
  CK_F(recurrent_release)(&job.candidate);
  ck_release(zeros, zero_bytes);
}

// MARK: backward

struct CK_F(recurrent_backward) {
  const struct ck_recurrent *r;
  const struct CK_F(ck_recurrent_return) *pass;
  // U transposed, or its parts.
  struct CK_F(recurrent_matrix) kernel, candidate;
};

// Scratch of a block of rows.
struct CK_F(recurrent_scratch) {
  CK_T *d;        // gradients of the gates' arguments
  CK_T *product;  // what comes through U, units wide
  CK_T *carry;    // gradients of outputs that repeat an earlier one
  CK_T *row;      // one row's
};

// Adds the gradient of the `index`-th output to that of h.
static void CK_F(recurrent_take)(const struct CK_F(recurrent_backward) * job, size_t row, size_t index, int masked,
                                 CK_T *carry) {
  const struct ck_recurrent *r = job->r;
  size_t n = r->units;
  CK_T *h = job->pass->h + row * n;
  const CK_T *output = job->pass->output;
  if (output && (r->returns_sequence || index + 1 == r->steps)) {
    CK_F(add)(r->mask ? carry : h, output + (r->returns_sequence ? row * r->steps + index : row) * n, n);
  }
  if (!r->mask) return;
  if (!masked) CK_F(add)(h, carry, n);
  if (!masked || r->zero_masked) memset(carry, 0, n * sizeof(CK_T));
}

// One row between the products; a GRU that resets first comes here for its first half.
static void CK_F(recurrent_row_back)(const struct CK_F(recurrent_backward) * job, size_t row, size_t at, CK_T *d,
                                     CK_T *scratch) {
  const struct ck_recurrent *r = job->r;
  const struct CK_F(ck_recurrent_return) *pass = job->pass;
  size_t n = r->units, columns = gate_count(r->cell) * n;
  const CK_T *p = pass->gates + at * columns, *before = pass->before + at * n;
  CK_T *dgates = pass->dgates + at * columns, *h = pass->h + row * n;
  switch (r->cell) {
    case CK_RECURRENT_LSTM:
      CK_F(lstm_back)(r, p, pass->extra + at * n, h, pass->c + row * n, d, scratch);
      memcpy(dgates, d, columns * sizeof(CK_T));
      break;
    case CK_RECURRENT_GRU: CK_F(gru_back)(r, p, before, h, d); break;
    case CK_RECURRENT_GRU_RESET_AFTER:
      CK_F(gru_after_back)(r, p, pass->extra + at * n, before, h, dgates, d);
      memcpy(pass->dinner + at * columns, d, columns * sizeof(CK_T));
      break;
    case CK_RECURRENT_SIMPLE:
      CK_F(slope)(r->activation, r->alpha, p, h, d, n);
      memcpy(dgates, d, columns * sizeof(CK_T));
  }
}

// The second half of a GRU that resets first: `dq` is the gradient of r h.
static void CK_F(recurrent_reset_back)(const struct CK_F(recurrent_backward) * job, size_t row, size_t at, CK_T *d,
                                       const CK_T *dq) {
  size_t n = job->r->units, columns = 3 * n;
  const CK_T *p = job->pass->gates + at * columns;
  CK_T *h = job->pass->h + row * n;
  CK_F(gru_back_reset)(job->r, p, dq, job->pass->before + at * n, d);
  for (size_t j = 0; j < n; j++) h[j] += dq[j] * p[n + j];
  memcpy(job->pass->dgates + at * columns, d, columns * sizeof(CK_T));
}

static void CK_F(recurrent_step_back)(const struct CK_F(recurrent_backward) * job, size_t begin, size_t end,
                                      size_t index, const struct CK_F(recurrent_scratch) * s) {
  const struct ck_recurrent *r = job->r;
  size_t n = r->units, columns = gate_count(r->cell) * n, step = place(r, index), rows = end - begin;
  int adds = r->cell == CK_RECURRENT_GRU || r->cell == CK_RECURRENT_GRU_RESET_AFTER;
  for (size_t row = begin; row < end; row++) {
    size_t at = row * r->steps + step;
    CK_T *d = s->d + (row - begin) * columns;
    int masked = is_masked(r, row, step);
    CK_F(recurrent_take)(job, row, index, masked, s->carry + (row - begin) * n);
    if (masked) {
      memset(d, 0, columns * sizeof(CK_T));
      memset(job->pass->dgates + at * columns, 0, columns * sizeof(CK_T));
      if (job->pass->dinner) memset(job->pass->dinner + at * columns, 0, columns * sizeof(CK_T));
    } else {
      CK_F(recurrent_row_back)(job, row, at, d, s->row);
    }
  }
  if (r->cell == CK_RECURRENT_GRU) {
    CK_F(recurrent_product)(&job->candidate, s->d + 2 * n, columns, rows, s->product, n);
    for (size_t row = begin; row < end; row++) {
      size_t at = row * r->steps + step;
      if (is_masked(r, row, step)) continue;
      CK_F(recurrent_reset_back)(job, row, at, s->d + (row - begin) * columns, s->product + (row - begin) * n);
    }
  }
  CK_F(recurrent_product)(&job->kernel, s->d, columns, rows, s->product, n);
  for (size_t row = begin; row < end; row++) {
    CK_T *h = job->pass->h + row * n;
    if (is_masked(r, row, step)) continue;
    if (adds) CK_F(add)(h, s->product + (row - begin) * n, n);
    else memcpy(h, s->product + (row - begin) * n, n * sizeof(CK_T));
  }
}

static void CK_F(recurrent_backward_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(recurrent_backward) *job = context;
  const struct ck_recurrent *r = job->r;
  size_t blocks = (end - begin + MOST_ROWS - 1) / MOST_ROWS, rows = (end - begin + blocks - 1) / blocks;
  size_t n = r->units, columns = gate_count(r->cell) * n, bytes = (rows * (columns + 2 * n) + n) * sizeof(CK_T);
  CK_T *memory = ck_allocate(bytes);
  struct CK_F(recurrent_scratch) s = {
    .d = memory, .product = memory + rows * columns, .carry = memory + rows * (columns + n),
    .row = memory + rows * (columns + 2 * n),
  };
  for (size_t first = begin; first < end; first += rows) {
    memset(s.carry, 0, rows * n * sizeof(CK_T));
    for (size_t index = r->steps; index-- > 0;) {
      CK_F(recurrent_step_back)(job, first, ck_min_size(first + rows, end), index, &s);
    }
  }
  ck_release(memory, bytes);
}

void CK_F(ck_recurrent_backward)(const struct ck_recurrent *r, const struct CK_F(ck_recurrent_return) * pass,
                                 int threads) {
  size_t n = r->units, columns = gate_count(r->cell) * n;
  if (r->batch == 0 || n == 0 || r->steps == 0) return;
#ifdef CK_FUSED
  if (ck_recurrent_is_fused(r)) return ck_recurrent_fused_backward(r, pass, threads);
#endif
  int resets_first = r->cell == CK_RECURRENT_GRU;
  struct CK_F(recurrent_backward) job = {
    .r = r, .pass = pass,
    .kernel = CK_F(recurrent_pack)(pass->recurrent_kernel, 1, columns, resets_first ? 2 * n : columns, n),
  };
  if (resets_first) job.candidate = CK_F(recurrent_pack)(pass->recurrent_kernel + 2 * n, 1, columns, n, n);
  ck_parallel(r->batch, block_rows(r, threads), threads, CK_F(recurrent_backward_rows), &job);
  CK_F(recurrent_release)(&job.kernel);
  CK_F(recurrent_release)(&job.candidate);
}
