// Included once per element type with CK_T and CK_F(name) defined, behind gemm_template.h.
//
// Packed B: blocks of CK_PANEL_DEPTH rows within panels of 2 * lanes columns, in the order in which they are read.

#define CK_PANEL_DEPTH 256
// Rows that a panel meets before the next one: they stay in the second-level cache.
#define CK_PANEL_ROWS 240

struct CK_F(packed_gemm) {
  const struct CK_F(ck_tiles) *tiles;
  const CK_T *a, *b;
  CK_T *c;
  void *out;
  const CK_T *packed;
  size_t m, n, k, lda, ldc, down, across, row_tasks, panels, panels_per_task;
  int accumulate;
};

size_t CK_F(ck_gemm_packed_bytes)(size_t n, size_t k) {
  return k * ck_packed_columns(2 * CK_F(ck_tiles)()->lanes, n) * sizeof(CK_T);
}

static void CK_F(packed_gemm_pack)(void *context, size_t begin, size_t end) {
  const struct CK_F(packed_gemm) *g = context;
  size_t lanes = g->tiles->lanes, width = 2 * lanes;
  for (size_t panel = begin; panel < end; panel++) {
    const CK_T *b = g->b + panel * width * g->across;
    CK_T *out = (CK_T *)g->out + panel * width * g->k;
    CK_F(ck_pack)(lanes, b, g->down, g->across, g->k, ck_min_size(width, g->n - panel * width), out);
  }
}

void CK_F(ck_gemm_pack_b)(int transpose_b, size_t n, size_t k, const CK_T *b, size_t ldb, void *packed, int threads) {
  if (n == 0 || k == 0) return;
  struct CK_F(packed_gemm) g = {
    .tiles = CK_F(ck_tiles)(), .b = b, .out = packed, .n = n, .k = k, .down = transpose_b ? 1 : ldb,
    .across = transpose_b ? ldb : 1,
  };
  size_t width = 2 * g.tiles->lanes;
  ck_parallel((n + width - 1) / width, 1 + 16384 / (width * k), threads, CK_F(packed_gemm_pack), &g);
}

// One block of depth of one panel, for rows [row, row_end), in tiles of nearly equal heights.
static void CK_F(packed_gemm_block)(const struct CK_F(packed_gemm) *g, size_t panel, size_t from, size_t depth,
                                    size_t row, size_t row_end) {
  size_t lanes = g->tiles->lanes, width = 2 * lanes, column = panel * width;
  size_t columns = ck_min_size(width, g->n - column);
  size_t packed_width = columns > lanes ? width : lanes;
  size_t rows = row_end - row, count = (rows + g->tiles->rows[2] - 1) / g->tiles->rows[2];
  struct CK_F(ck_panel) p = {
    .packed = g->packed + panel * width * g->k + from * packed_width, .lda = g->lda, .ldc = g->ldc,
    .columns = columns, .depth = depth, .accumulate = g->accumulate || from > 0,
    .next_step = (packed_width * sizeof(CK_T) + count - 1) / count,
  };
  p.next = (const char *)(p.packed + depth * packed_width);
  for (size_t i = 0; i < count; i++) {
    size_t first = row + rows * i / count;
    p.rows = row + rows * (i + 1) / count - first;
    p.a = g->a + first * g->lda + from;
    p.c = g->c + first * g->ldc + column;
    g->tiles->panel(&p);
    p.next += depth * p.next_step;
  }
}

static void CK_F(packed_gemm_tasks)(void *context, size_t begin, size_t end) {
  const struct CK_F(packed_gemm) *g = context;
  for (size_t task = begin; task < end; task++) {
    size_t row = g->m * (task % g->row_tasks) / g->row_tasks, row_end = g->m * (task % g->row_tasks + 1) / g->row_tasks;
    size_t first = task / g->row_tasks * g->panels_per_task, last = ck_min_size(first + g->panels_per_task, g->panels);
    for (size_t panel = first; panel < last; panel++)
      for (size_t from = 0; from < g->k; from += CK_PANEL_DEPTH)
        CK_F(packed_gemm_block)(g, panel, from, ck_min_size(CK_PANEL_DEPTH, g->k - from), row, row_end);
  }
}

void CK_F(ck_gemm_packed)(size_t m, size_t n, size_t k, const CK_T *a, size_t lda, const void *packed, CK_T beta,
                          CK_T *c, size_t ldc, int threads) {
  if (m == 0 || n == 0) return;
  struct CK_F(packed_gemm) g = {
    .tiles = CK_F(ck_tiles)(), .a = a, .packed = packed, .c = c, .m = m, .n = n, .k = k, .lda = lda, .ldc = ldc,
  };
  g.accumulate = CK_F(gemm_scale)(m, n, beta, c, ldc, k == 0);
  if (k == 0) return;
  size_t width = 2 * g.tiles->lanes;
  g.panels = (n + width - 1) / width;
  g.row_tasks = (m + CK_PANEL_ROWS - 1) / CK_PANEL_ROWS;
  g.panels_per_task = ck_max_size(1, g.panels * g.row_tasks / 16);
  size_t tasks = (g.panels + g.panels_per_task - 1) / g.panels_per_task * g.row_tasks;
  size_t work = (m / g.row_tasks) * g.panels_per_task * width * k;
  ck_parallel(tasks, 1 + 65536 / ck_max_size(1, work), threads, CK_F(packed_gemm_tasks), &g);
}

#undef CK_PANEL_DEPTH
#undef CK_PANEL_ROWS
