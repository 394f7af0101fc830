// Included once per element type with CK_T and CK_F(name) defined.
//
// B is packed into panels that the gather tile reads in sequence; A is read where it lies (a transposed A is copied).
// Weight gradients, A' * B over few rows, need no packing at all: the outer tile sums them from where they lie.

// Rows of one task, and how much of k a panel holds: 2 * lanes columns of it stay in the first-level cache.
#define CK_GEMM_ROWS 96
#define CK_GEMM_DEPTH 256
#define CK_GEMM_COLUMNS 4096

struct CK_F(gemm) {
  const struct CK_F(ck_tiles) *tiles;
  const CK_T *a, *b;
  CK_T *packed_a, *packed_b, *c;
  size_t m, n, k, lda, ldb, ldc;
  // Strides of op(B)'s element (i, j).
  size_t down, across;
  size_t panels_per_task, column_tasks, outer_columns, outer_rows;
  int accumulate;
};

// MARK: few rows: bound by reading B once

CK_CLONES static void CK_F(gemm_few_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(gemm) *g = context;
  CK_T sums[256];
  for (size_t block = begin; block < end; block++) {
    size_t first = block * 256, columns = ck_min_size(256, g->n - first);
    for (size_t i = 0; i < g->m; i++) {
      CK_T *restrict c = g->c + i * g->ldc + first;
      for (size_t j = 0; j < columns; j++) sums[j] = g->accumulate ? c[j] : 0;
      size_t p = 0;
      for (; p + 4 <= g->k; p += 4) {
        const CK_T *restrict b0 = g->b + p * g->ldb + first, *restrict b1 = b0 + g->ldb;
        const CK_T *restrict b2 = b1 + g->ldb, *restrict b3 = b2 + g->ldb, *a = g->a + i * g->lda + p;
        CK_T a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
        for (size_t j = 0; j < columns; j++) sums[j] += (a0 * b0[j] + a1 * b1[j]) + (a2 * b2[j] + a3 * b3[j]);
      }
      for (; p < g->k; p++) {
        const CK_T *restrict b = g->b + p * g->ldb + first;
        CK_T a = g->a[i * g->lda + p];
        for (size_t j = 0; j < columns; j++) sums[j] += a * b[j];
      }
      for (size_t j = 0; j < columns; j++) c[j] = sums[j];
    }
  }
}

CK_INLINE CK_T CK_F(gemm_dot)(const CK_T *restrict a, const CK_T *restrict b, size_t n) {
  CK_T sums[32] = {0}, total = 0;
  size_t i = 0;
  for (; i + 32 <= n; i += 32)
    for (size_t l = 0; l < 32; l++) sums[l] += a[i + l] * b[i + l];
  for (size_t l = 16; l > 0; l /= 2)
    for (size_t j = 0; j < l; j++) sums[j] += sums[j + l];
  for (; i < n; i++) total += a[i] * b[i];
  return sums[0] + total;
}

CK_CLONES static void CK_F(gemm_dots)(void *context, size_t begin, size_t end) {
  const struct CK_F(gemm) *g = context;
  for (size_t j = begin; j < end; j++)
    for (size_t i = 0; i < g->m; i++) {
      CK_T *c = g->c + i * g->ldc + j, sum = CK_F(gemm_dot)(g->a + i * g->lda, g->b + j * g->ldb, g->k);
      *c = g->accumulate ? *c + sum : sum;
    }
}

// MARK: one row: B streams through once, in the order in which it lies

// How many bands of rows B is cut into, at most, and how many of its elements a band has at least.
#define CK_GEMM_BANDS 32
#define CK_GEMM_BAND 16384
// Rows that are added up together, and columns.
#define CK_GEMM_TOGETHER 4
#define CK_GEMM_STRIP 64

// Band after band, its share of the result to a row of `packed_b`, which is n long.
CK_CLONES static void CK_F(gemm_bands)(void *context, size_t begin, size_t end) {
  const struct CK_F(gemm) *g = context;
  size_t n = g->n, ldb = g->ldb;
  for (size_t band = begin; band < end; band++) {
    CK_T *restrict sums = g->packed_b + band * n;
    size_t p = band * g->outer_rows, last = ck_min_size(p + g->outer_rows, g->k);
    memset(sums, 0, n * sizeof(CK_T));
    for (; p + CK_GEMM_TOGETHER <= last; p += CK_GEMM_TOGETHER) {
      const CK_T *b = g->b + p * ldb, *a = g->a + p;
      size_t j = 0;
      for (; j + CK_GEMM_STRIP <= n; j += CK_GEMM_STRIP) {
        // The next rows, which the hardware would fetch late: it stops at the end of a page.
        for (size_t r = 0; r < CK_GEMM_TOGETHER; r++)
          for (size_t i = 0; i < CK_GEMM_STRIP * sizeof(CK_T); i += 64)
            __builtin_prefetch((const char *)(b + (CK_GEMM_TOGETHER + r) * ldb + j) + i);
        for (size_t i = j; i < j + CK_GEMM_STRIP; i++) {
          CK_T sum = 0;
          for (size_t r = 0; r < CK_GEMM_TOGETHER; r++) sum += a[r] * b[r * ldb + i];
          sums[i] += sum;
        }
      }
      for (; j < n; j++) {
        CK_T sum = 0;
        for (size_t r = 0; r < CK_GEMM_TOGETHER; r++) sum += a[r] * b[r * ldb + j];
        sums[j] += sum;
      }
    }
    for (; p < last; p++)
      for (size_t j = 0; j < n; j++) sums[j] += g->a[p] * g->b[p * ldb + j];
  }
}

CK_CLONES static void CK_F(gemm_add_bands)(const struct CK_F(gemm) *g, size_t bands) {
  CK_T *restrict c = g->c;
  if (!g->accumulate) memset(c, 0, g->n * sizeof(CK_T));
  for (size_t band = 0; band < bands; band++) {
    const CK_T *restrict sums = g->packed_b + band * g->n;
    for (size_t j = 0; j < g->n; j++) c[j] += sums[j];
  }
}

static void CK_F(gemm_one_row)(struct CK_F(gemm) g, int threads) {
  size_t most = ck_min_size(CK_GEMM_BANDS, 1 + g.n * g.k / CK_GEMM_BAND);
  g.outer_rows = ((g.k + most - 1) / most + CK_GEMM_TOGETHER - 1) / CK_GEMM_TOGETHER * CK_GEMM_TOGETHER;
  size_t bands = (g.k + g.outer_rows - 1) / g.outer_rows, bytes = bands * g.n * sizeof(CK_T);
  g.packed_b = ck_allocate(bytes);
  ck_parallel(bands, 1 + 2 * CK_GEMM_BAND / (g.outer_rows * g.n), threads, CK_F(gemm_bands), &g);
  CK_F(gemm_add_bands)(&g, bands);
  ck_release(g.packed_b, bytes);
}

// MARK: A' * B

static void CK_F(gemm_outer_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(gemm) *g = context;
  size_t width = 2 * g->tiles->lanes;
  for (size_t task = begin; task < end; task++) {
    size_t row = task / g->outer_columns * g->outer_rows, column = task % g->outer_columns * width;
    struct CK_F(ck_outer) o = {
      .x = g->a + row, .y = g->b + column, .x_step = g->lda, .y_step = g->ldb, .steps = g->k, .lines = 1,
      .depth = ck_min_size(g->outer_rows, g->m - row), .columns = ck_min_size(width, g->n - column),
      .out = g->c + row * g->ldc + column, .out_step = g->ldc,
    };
    if (!g->accumulate)
      for (size_t i = 0; i < o.depth; i++) memset(o.out + i * g->ldc, 0, o.columns * sizeof(CK_T));
    g->tiles->outer(&o);
  }
}

// MARK: the general case

// One panel of op(B)'s current block per item.
static void CK_F(gemm_pack_panels)(void *context, size_t begin, size_t end) {
  const struct CK_F(gemm) *g = context;
  size_t width = 2 * g->tiles->lanes;
  for (size_t panel = begin; panel < end; panel++) {
    size_t first = panel * width;
    CK_F(ck_pack)
    (g->tiles->lanes, g->b + first * g->across, g->down, g->across, g->k, ck_min_size(width, g->n - first),
     g->packed_b + first * g->k);
  }
}

// packed_a[i][p] = a[p][i], in blocks that stay in cache; items are blocks of 16 rows of op(A).
static void CK_F(gemm_transpose_a)(void *context, size_t begin, size_t end) {
  const struct CK_F(gemm) *g = context;
  for (size_t row = begin * 16; row < end * 16 && row < g->m; row += 16) {
    size_t rows = ck_min_size(16, g->m - row);
    for (size_t p = 0; p < g->k; p += 16) {
      size_t depth = ck_min_size(16, g->k - p);
      for (size_t i = 0; i < rows; i++)
        for (size_t q = 0; q < depth; q++)
          g->packed_a[(row + i) * CK_GEMM_DEPTH + p + q] = g->a[(p + q) * g->lda + row + i];
    }
  }
}

// All panels [column, column_end) for rows [row, row_end); `a` is where op(A)'s row `row` begins.
static void CK_F(gemm_task)(const struct CK_F(gemm) *g, const CK_T *a, size_t lda, size_t row, size_t row_end,
                            size_t column, size_t column_end) {
  static const ptrdiff_t zero = 0;
  size_t lanes = g->tiles->lanes, width = 2 * lanes;
  for (; column < column_end; column += width) {
    struct CK_F(ck_gather) gather = {
      .taps = &zero, .tap_count = 1, .run = g->k, .packed = g->packed_b + column * g->k,
      .columns = ck_min_size(width, g->n - column), .accumulate = g->accumulate,
    };
    size_t most = g->tiles->rows[gather.columns > lanes ? 2 : 1];
    for (size_t first = row; first < row_end; first += most) {
      gather.count = ck_min_size(most, row_end - first);
      for (size_t r = 0; r < most; r++) {
        size_t i = first + (r < gather.count ? r : 0);
        gather.rows[r] = a + (i - row) * lda;
        gather.outs[r] = g->c + i * g->ldc + column;
      }
      g->tiles->gather(&gather);
    }
  }
}

static void CK_F(gemm_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(gemm) *g = context;
  size_t width = 2 * g->tiles->lanes;
  // Rows far apart share few cache sets; close together they stay in the first-level cache.
  int copied = g->lda != CK_GEMM_DEPTH && g->panels_per_task > 1;
  CK_T *copy = copied ? ck_allocate(CK_GEMM_ROWS * CK_GEMM_DEPTH * sizeof(CK_T)) : NULL;
  for (size_t task = begin; task < end; task++) {
    size_t row = task / g->column_tasks * CK_GEMM_ROWS, row_end = ck_min_size(row + CK_GEMM_ROWS, g->m);
    size_t column = task % g->column_tasks * g->panels_per_task * width;
    size_t column_end = ck_min_size(column + g->panels_per_task * width, g->n);
    const CK_T *a = g->a + row * g->lda;
    for (size_t i = row; copied && i < row_end; i++)
      memcpy(copy + (i - row) * CK_GEMM_DEPTH, g->a + i * g->lda, g->k * sizeof(CK_T));
    CK_F(gemm_task)(g, copied ? copy : a, copied ? CK_GEMM_DEPTH : g->lda, row, row_end, column, column_end);
  }
  if (copied) ck_release(copy, CK_GEMM_ROWS * CK_GEMM_DEPTH * sizeof(CK_T));
}

// One block of columns and depth; `g` describes that block alone.
static void CK_F(gemm_block)(struct CK_F(gemm) g, int transpose_a, int threads) {
  size_t width = 2 * g.tiles->lanes, panels = (g.n + width - 1) / width;
  ck_parallel(panels, 1 + 16384 / (width * g.k), threads, CK_F(gemm_pack_panels), &g);
  if (transpose_a) {
    ck_parallel((g.m + 15) / 16, 1 + 1024 / g.k, threads, CK_F(gemm_transpose_a), &g);
    g.a = g.packed_a;
    g.lda = CK_GEMM_DEPTH;
  }
  size_t row_tasks = (g.m + CK_GEMM_ROWS - 1) / CK_GEMM_ROWS;
  g.panels_per_task = ck_max_size(1, ck_min_size(8, panels * row_tasks / 16));
  g.column_tasks = (panels + g.panels_per_task - 1) / g.panels_per_task;
  size_t grain = 1 + 65536 / (CK_GEMM_ROWS * g.panels_per_task * width * g.k);
  ck_parallel(row_tasks * g.column_tasks, grain, threads, CK_F(gemm_blocks), &g);
}

static void CK_F(gemm_packed)(struct CK_F(gemm) g, int transpose_a, int threads) {
  size_t depth = ck_min_size(CK_GEMM_DEPTH, g.k), columns = ck_min_size(CK_GEMM_COLUMNS, g.n);
  size_t b_bytes = depth * ck_packed_columns(g.tiles->lanes, columns) * sizeof(CK_T);
  size_t a_bytes = transpose_a ? g.m * CK_GEMM_DEPTH * sizeof(CK_T) : 0;
  g.packed_b = ck_allocate(b_bytes);
  g.packed_a = a_bytes ? ck_allocate(a_bytes) : NULL;
  for (size_t j = 0; j < g.n; j += CK_GEMM_COLUMNS)
    for (size_t p = 0; p < g.k; p += CK_GEMM_DEPTH) {
      struct CK_F(gemm) block = g;
      block.n = ck_min_size(CK_GEMM_COLUMNS, g.n - j);
      block.k = ck_min_size(CK_GEMM_DEPTH, g.k - p);
      block.a += transpose_a ? p * g.lda : p;
      block.b += p * g.down + j * g.across;
      block.c += j;
      block.accumulate = g.accumulate || p > 0;
      CK_F(gemm_block)(block, transpose_a, threads);
    }
  ck_release(g.packed_b, b_bytes);
  if (a_bytes) ck_release(g.packed_a, a_bytes);
}

// C = beta * C; returns whether the product adds to it.
static int CK_F(gemm_scale)(size_t m, size_t n, CK_T beta, CK_T *c, size_t ldc, int zero) {
  if (beta == 1) return 1;
  if (beta == 0 && !zero) return 0;
  for (size_t i = 0; i < m; i++) {
    if (beta == 0) memset(c + i * ldc, 0, n * sizeof(CK_T));
    for (size_t j = 0; j < n && beta != 0; j++) c[i * ldc + j] *= beta;
  }
  return 1;
}

static void CK_F(gemm_thin)(struct CK_F(gemm) g, int transpose_a, int transpose_b, int threads) {
  size_t bytes = transpose_a ? g.m * g.k * sizeof(CK_T) : 0;
  CK_T *copy = bytes ? ck_allocate(bytes) : NULL;
  for (size_t i = 0; copy && i < g.m; i++)
    for (size_t p = 0; p < g.k; p++) copy[i * g.k + p] = g.a[p * g.lda + i];
  if (copy) g.a = copy, g.lda = g.k;
  if (transpose_b) {
    ck_parallel(g.n, 1 + 32768 / g.k, threads, CK_F(gemm_dots), &g);
  } else if (g.m == 1) {
    CK_F(gemm_one_row)(g, threads);
  } else {
    ck_parallel((g.n + 255) / 256, 1 + 128 / g.k, threads, CK_F(gemm_few_rows), &g);
  }
  if (copy) ck_release(copy, bytes);
}

void CK_F(ck_gemm)(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const CK_T *a, size_t lda,
                   const CK_T *b, size_t ldb, CK_T beta, CK_T *c, size_t ldc, int threads) {
  if (m == 0 || n == 0) return;
  struct CK_F(gemm) g = {
    .tiles = CK_F(ck_tiles)(), .a = a, .b = b, .c = c, .m = m, .n = n, .k = k, .lda = lda, .ldb = ldb, .ldc = ldc,
    .down = transpose_b ? 1 : ldb, .across = transpose_b ? ldb : 1,
  };
  g.accumulate = CK_F(gemm_scale)(m, n, beta, c, ldc, k == 0);
  if (k == 0) return;
  if (m <= 3) {
    CK_F(gemm_thin)(g, transpose_a, transpose_b, threads);
  } else if (transpose_a && !transpose_b && k <= 512) {
    size_t width = 2 * g.tiles->lanes;
    g.outer_rows = 48;
    g.outer_columns = (n + width - 1) / width;
    size_t tasks = (m + g.outer_rows - 1) / g.outer_rows * g.outer_columns;
    ck_parallel(tasks, 1 + 65536 / (g.outer_rows * width * k), threads, CK_F(gemm_outer_blocks), &g);
  } else {
    CK_F(gemm_packed)(g, transpose_a, threads);
  }
}

#undef CK_GEMM_ROWS
#undef CK_GEMM_DEPTH
#undef CK_GEMM_COLUMNS
#undef CK_GEMM_BANDS
#undef CK_GEMM_BAND
#undef CK_GEMM_TOGETHER
#undef CK_GEMM_STRIP
