// Reductions over the middle axis of [outer, n, inner], scans and softmax.
#ifndef CK_REDUCE_H
#define CK_REDUCE_H

#include <stddef.h>
#include <stdint.h>

// Floats are summed in blocks (error grows with the logarithm of n). MAX and MIN propagate NaN. Integers wrap; their
// mean truncates toward zero. With n == 0: sum 0, prod 1, mean NaN (integers 0), max the lowest and min the highest
// value. On bytes that hold bools MAX is "any" and MIN is "all".
typedef enum ck_reduce {
  CK_REDUCE_SUM = 0,
  CK_REDUCE_MEAN,
  CK_REDUCE_MAX,
  CK_REDUCE_MIN,
  CK_REDUCE_PROD,
} ck_reduce;

// y[outer, inner] = op over the middle axis of x[outer, n, inner].
void ck_reduce_f32(ck_reduce op, const float *x, float *y, size_t outer, size_t n, size_t inner, int threads);
void ck_reduce_f64(ck_reduce op, const double *x, double *y, size_t outer, size_t n, size_t inner, int threads);
void ck_reduce_i32(ck_reduce op, const int32_t *x, int32_t *y, size_t outer, size_t n, size_t inner, int threads);
void ck_reduce_i64(ck_reduce op, const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner, int threads);
void ck_reduce_u8(ck_reduce op, const uint8_t *x, uint8_t *y, size_t outer, size_t n, size_t inner, int threads);

// Index of the largest (is_max != 0) or smallest element; the first occurrence wins; the first NaN wins over
// everything.
void ck_arg_reduce_f32(
  int is_max, const float *x, int64_t *y, size_t outer, size_t n, size_t inner, int threads);
void ck_arg_reduce_f64(
  int is_max, const double *x, int64_t *y, size_t outer, size_t n, size_t inner, int threads);
void ck_arg_reduce_i32(
  int is_max, const int32_t *x, int64_t *y, size_t outer, size_t n, size_t inner, int threads);
void ck_arg_reduce_i64(
  int is_max, const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner, int threads);
void ck_arg_reduce_u8(
  int is_max, const uint8_t *x, int64_t *y, size_t outer, size_t n, size_t inner, int threads);

// Running sums along the middle axis. exclusive: y[i] leaves x[i] out; reverse: from the end. In place allowed.
void ck_cumsum_f32(
  const float *x, float *y, size_t outer, size_t n, size_t inner, int exclusive, int reverse, int threads);
void ck_cumsum_f64(
  const double *x, double *y, size_t outer, size_t n, size_t inner, int exclusive, int reverse, int threads);
void ck_cumsum_i32(
  const int32_t *x, int32_t *y, size_t outer, size_t n, size_t inner, int exclusive, int reverse, int threads);
void ck_cumsum_i64(
  const int64_t *x, int64_t *y, size_t outer, size_t n, size_t inner, int exclusive, int reverse, int threads);

// Softmax, or its logarithm, along the middle axis. In place allowed.
void ck_softmax_f32(const float *x, float *y, size_t outer, size_t n, size_t inner, int is_log, int threads);
void ck_softmax_f64(const double *x, double *y, size_t outer, size_t n, size_t inner, int is_log, int threads);

// From the output y and dy: dx = y (dy - sum(dy y)); for the logarithm dx = dy - e^y sum(dy). dx may be dy.
void ck_softmax_gradient_f32(
  const float *y, const float *dy, float *dx, size_t outer, size_t n, size_t inner, int is_log, int threads);
void ck_softmax_gradient_f64(
  const double *y, const double *dy, double *dx, size_t outer, size_t n, size_t inner, int is_log, int threads);

#endif
