// OpenBLAS, loaded at run time.
//
// OpenBLAS picks its kernels and starts its threads in its constructor. Both can only be steered before the library is
// loaded, so it is opened here by name instead of being linked: with the kernels that the CPU has (versions that do not
// know a new CPU fall back to AVX2), and with one thread, since the caller's thread team splits the work.
#ifndef COPENBLAS_H
#define COPENBLAS_H

/// Loads the library once. Returns 1 on success; 0 otherwise, and `copenblas_error` says why. Thread-safe.
int copenblas_load(void);

/// Why loading failed; empty after success.
const char *copenblas_error(void);

/// The library's version and build, e.g. "OpenBLAS 0.3.21 ... DYNAMIC_ARCH". Empty before a successful load.
const char *copenblas_config(void);

/// The kernels that run: "SkylakeX", "Haswell". Empty before a successful load.
const char *copenblas_core_name(void);

/// C = op(A) op(B) + beta C, row-major; `transpose_*` is 0 or 1. Only after a successful load.
void copenblas_sgemm(int transpose_a, int transpose_b, long m, long n, long k, const float *a, long lda, const float *b,
                     long ldb, float beta, float *c, long ldc);
void copenblas_dgemm(int transpose_a, int transpose_b, long m, long n, long k, const double *a, long lda,
                     const double *b, long ldb, double beta, double *c, long ldc);

#endif
