#ifndef CK_GEMM_H
#define CK_GEMM_H

#include <stddef.h>
#include <stdint.h>

// Matrix products: C = op(A) * op(B) + beta * C, row-major, where op transposes when its flag is not 0.
// op(A) is m x k, op(B) is k x n, C is m x n; `lda`, `ldb` and `ldc` are the distances between stored rows.
// With beta == 0, C is only written, so it may be uninitialised. Every element of C is summed in an order
// that depends on (m, n, k) alone, never on the number of threads.

void ck_gemm_f32(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a, size_t lda,
                 const float *b, size_t ldb, float beta, float *c, size_t ldc, int threads);
void ck_gemm_f64(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const double *a, size_t lda,
                 const double *b, size_t ldb, double beta, double *c, size_t ldc, int threads);

// The same with a B that is packed once and multiplied often: C = A * B + beta * C, A as it is. Faster than the above
// where A has few rows, because packing and fetching B is then most of the work. What packed bytes mean depends on the
// CPU: they are for this process alone.
size_t ck_gemm_packed_bytes_f32(size_t n, size_t k);
size_t ck_gemm_packed_bytes_f64(size_t n, size_t k);

// Packs op(B), which is k x n.
void ck_gemm_pack_b_f32(int transpose_b, size_t n, size_t k, const float *b, size_t ldb, void *packed, int threads);
void ck_gemm_pack_b_f64(int transpose_b, size_t n, size_t k, const double *b, size_t ldb, void *packed, int threads);

void ck_gemm_packed_f32(size_t m, size_t n, size_t k, const float *a, size_t lda, const void *packed, float beta,
                        float *c, size_t ldc, int threads);
void ck_gemm_packed_f64(size_t m, size_t n, size_t k, const double *a, size_t lda, const void *packed, double beta,
                        double *c, size_t ldc, int threads);

// y = x * matrix for one row x [k] and a matrix [k, n] of bfloat16 numbers; n and k are not 0. Sums are float32.
void ck_row_product_bf16(size_t n, size_t k, const uint16_t *x, const uint16_t *matrix, float *y, int threads);

// Integer products wrap around.
void ck_gemm_i32(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const int32_t *a, size_t lda,
                 const int32_t *b, size_t ldb, int32_t beta, int32_t *c, size_t ldc, int threads);
void ck_gemm_i64(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const int64_t *a, size_t lda,
                 const int64_t *b, size_t ldb, int64_t beta, int64_t *c, size_t ldc, int threads);

#endif
