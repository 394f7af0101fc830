// Included once per element type with CK_T and CK_F(name) defined: the plain triple loop.

void CK_F(ck_gemm)(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const CK_T *a, size_t lda,
                   const CK_T *b, size_t ldb, CK_T beta, CK_T *c, size_t ldc, int threads) {
  (void)threads;
  for (size_t i = 0; i < m; i++) {
    CK_T *row = c + i * ldc;
    for (size_t j = 0; j < n; j++) row[j] = beta == 0 ? 0 : beta * row[j];
    for (size_t p = 0; p < k; p++) {
      CK_T value = transpose_a ? a[p * lda + i] : a[i * lda + p];
      for (size_t j = 0; j < n; j++) row[j] += value * (transpose_b ? b[j * ldb + p] : b[p * ldb + j]);
    }
  }
}

#undef CK_T
#undef CK_F
