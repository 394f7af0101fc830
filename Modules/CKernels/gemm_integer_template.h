// Included once per integer type with CK_T, its unsigned CK_U and CK_F(name) defined: row by row, wrapping around.

struct CK_F(gemm) {
  const CK_T *a, *b;
  CK_T *c, beta;
  size_t n, k, ldc;
  size_t a_down, a_across, b_down, b_across;
};

CK_CLONES static void CK_F(gemm_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(gemm) *g = context;
  for (size_t i = begin; i < end; i++) {
    CK_T *restrict row = g->c + i * g->ldc;
    for (size_t j = 0; j < g->n; j++) row[j] = g->beta == 0 ? 0 : (CK_T)((CK_U)g->beta * (CK_U)row[j]);
    for (size_t p = 0; p < g->k; p++) {
      CK_U value = (CK_U)g->a[i * g->a_down + p * g->a_across];
      const CK_T *restrict b = g->b + p * g->b_down;
      if (g->b_across == 1) {
        for (size_t j = 0; j < g->n; j++) row[j] = (CK_T)((CK_U)row[j] + value * (CK_U)b[j]);
      } else {
        for (size_t j = 0; j < g->n; j++) row[j] = (CK_T)((CK_U)row[j] + value * (CK_U)b[j * g->b_across]);
      }
    }
  }
}

void CK_F(ck_gemm)(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const CK_T *a, size_t lda,
                   const CK_T *b, size_t ldb, CK_T beta, CK_T *c, size_t ldc, int threads) {
  struct CK_F(gemm) g = {
    .a = a, .b = b, .c = c, .beta = beta, .n = n, .k = k, .ldc = ldc,
    .a_down = transpose_a ? 1 : lda, .a_across = transpose_a ? lda : 1,
    .b_down = transpose_b ? 1 : ldb, .b_across = transpose_b ? ldb : 1,
  };
  ck_parallel(m, 1 + 32768 / (n * k + 1), threads, CK_F(gemm_rows), &g);
}

#undef CK_T
#undef CK_U
#undef CK_F
