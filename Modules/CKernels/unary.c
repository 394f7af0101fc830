// y = op(x), predicates, clipping and scaling.
#include "ck_elementwise.h"
#include "ck_threads.h"
#include "vmath.h"
#include "vmath_wide.h"

// Elements per claimed range: cheap operations need more to pay for a second thread.
#define CHEAP_GRAIN 16384
#define COSTLY_GRAIN 4096

typedef struct {
  const void *x;
  void *y;
  double a, b;
} unary_job;

// A range body that evaluates EXPR, with the element in `v`, for LANES elements at a time.
#define UNARY(NAME, CLONES, T, U, LANES, EXPR)                                       \
  CLONES static void NAME(void *context, size_t begin, size_t end) {                 \
    const unary_job *job = context;                                                  \
    const T *x = job->x;                                                             \
    U *y = job->y;                                                                   \
    CK_VECTORIZE(LANES)                                                              \
    for (size_t i = begin; i < end; i++) {                                           \
      T v = x[i];                                                                    \
      y[i] = (U)(EXPR);                                                              \
    }                                                                                \
  }
// The same for calls into libm, which stay scalar.
#define UNARY_SCALAR(NAME, T, EXPR)                                                  \
  static void NAME(void *context, size_t begin, size_t end) {                        \
    const unary_job *job = context;                                                  \
    const T *x = job->x;                                                             \
    T *y = job->y;                                                                   \
    for (size_t i = begin; i < end; i++) {                                           \
      T v = x[i];                                                                    \
      y[i] = (EXPR);                                                                 \
    }                                                                                \
  }

#define SIGN(v) ((v) > 0 ? 1 : (v) < 0 ? -1 : (v))

// MARK: float

#define F32(NAME, EXPR) UNARY(NAME##_f32, CK_CLONES, float, float, 16, EXPR)
F32(neg, -v)
F32(abs, __builtin_fabsf(v))
F32(sign, SIGN(v))
F32(exp, ck_exp_f32(v))
F32(expm1, ck_expm1_f32(v))
F32(log, ck_log_f32(v))
F32(log1p, ck_log1p_f32(v))
F32(sqrt, ck_sqrt_f32(v))
F32(rsqrt, 1.0f / ck_sqrt_f32(v))
F32(reciprocal, 1.0f / v)
F32(square, v *v)
F32(tanh, ck_tanh_f32(v))
F32(sigmoid, ck_sigmoid_f32(v))
F32(softplus, ck_softplus_f32(v))
F32(log_sigmoid, -ck_softplus_f32(-v))
F32(erf, ck_erf_f32(v))
F32(floor, __builtin_floorf(v))
F32(ceil, __builtin_ceilf(v))
F32(round, __builtin_elementwise_roundeven(v))
F32(trunc, __builtin_truncf(v))
F32(log2, ck_log2_f32(v))
F32(log10, ck_log10_f32(v))
F32(sinh, ck_sinh_f32(v))
F32(cosh, ck_cosh_f32(v))

// Blocks that have a large argument are gone through again for it alone.
#define F32_CIRCLE(NAME)                                                                                  \
  CK_CLONES static void NAME##_f32(void *context, size_t begin, size_t end) {                             \
    const unary_job *job = context;                                                                       \
    float block[256];                                                                                     \
    for (size_t first = begin; first < end; first += 256) {                                               \
      size_t n = ck_min_size(256, end - first);                                                           \
      const float *x = (const float *)job->x + first;                                                     \
      float *y = (float *)job->y + first;                                                                 \
      int large = 0;                                                                                      \
      for (size_t i = 0; i < n; i++) large |= !(__builtin_fabsf(x[i]) <= CK_TRIGONOMETRIC_LIMIT);          \
      CK_VECTORIZE(16)                                                                                    \
      for (size_t i = 0; i < n; i++) block[i] = ck_##NAME##_bounded_f32(x[i]);                            \
      for (size_t i = 0; large && i < n; i++)                                                             \
        if (!(__builtin_fabsf(x[i]) <= CK_TRIGONOMETRIC_LIMIT)) block[i] = NAME##f(x[i]);                 \
      memcpy(y, block, n * sizeof(float));                                                                \
    }                                                                                                     \
  }
F32_CIRCLE(sin)
F32_CIRCLE(cos)
F32_CIRCLE(tan)

F32(asin, ck_asin_f32(v))
F32(acos, ck_acos_f32(v))
F32(atan, ck_atan_f32(v))
F32(asinh, ck_asinh_f32(v))
F32(acosh, ck_acosh_f32(v))
F32(atanh, ck_atanh_f32(v))
F32(erfc, ck_erfc_f32(v))

// MARK: double

#define F64(NAME, EXPR) UNARY(NAME##_f64, CK_CLONES, double, double, 8, EXPR)
F64(neg, -v)
F64(abs, __builtin_fabs(v))
F64(sign, SIGN(v))
F64(exp, ck_exp_f64(v))
F64(expm1, ck_expm1_f64(v))
F64(log, ck_log_f64(v))
F64(log1p, ck_log1p_f64(v))
F64(sqrt, ck_sqrt_f64(v))
F64(rsqrt, 1 / ck_sqrt_f64(v))
F64(reciprocal, 1 / v)
F64(square, v *v)
F64(tanh, ck_tanh_f64(v))
F64(sigmoid, ck_sigmoid_f64(v))
F64(softplus, ck_softplus_f64(v))
F64(log_sigmoid, -ck_softplus_f64(-v))
F64(erf, ck_erf_f64(v))
F64(erfc, ck_erfc_f64(v))
F64(floor, __builtin_floor(v))
F64(ceil, __builtin_ceil(v))
F64(round, __builtin_elementwise_roundeven(v))
F64(trunc, __builtin_trunc(v))
#define F64_LIBM(NAME) UNARY_SCALAR(NAME##_f64, double, NAME(v))
F64_LIBM(log2)
F64_LIBM(log10)
F64_LIBM(sin)
F64_LIBM(cos)
F64_LIBM(tan)
F64_LIBM(asin)
F64_LIBM(acos)
F64_LIBM(atan)
F64_LIBM(sinh)
F64_LIBM(cosh)
F64_LIBM(asinh)
F64_LIBM(acosh)
F64_LIBM(atanh)

#define CASE(OP, NAME, SUFFIX) \
  case CK_UNARY_##OP: return NAME##_##SUFFIX;
#define BODY_OF(SUFFIX)                                                                                      \
  static ck_range_body body_##SUFFIX(ck_unary op) {                                                          \
    switch (op) {                                                                                            \
      CASE(NEG, neg, SUFFIX) CASE(ABS, abs, SUFFIX) CASE(SIGN, sign, SUFFIX) CASE(EXP, exp, SUFFIX)          \
      CASE(EXPM1, expm1, SUFFIX) CASE(LOG, log, SUFFIX) CASE(LOG1P, log1p, SUFFIX) CASE(LOG2, log2, SUFFIX)  \
      CASE(LOG10, log10, SUFFIX) CASE(SQRT, sqrt, SUFFIX) CASE(RSQRT, rsqrt, SUFFIX)                         \
      CASE(RECIPROCAL, reciprocal, SUFFIX) CASE(SQUARE, square, SUFFIX) CASE(SIN, sin, SUFFIX)               \
      CASE(COS, cos, SUFFIX) CASE(TAN, tan, SUFFIX) CASE(ASIN, asin, SUFFIX) CASE(ACOS, acos, SUFFIX)        \
      CASE(ATAN, atan, SUFFIX) CASE(SINH, sinh, SUFFIX) CASE(COSH, cosh, SUFFIX) CASE(TANH, tanh, SUFFIX)    \
      CASE(ASINH, asinh, SUFFIX) CASE(ACOSH, acosh, SUFFIX) CASE(ATANH, atanh, SUFFIX)                       \
      CASE(SIGMOID, sigmoid, SUFFIX) CASE(SOFTPLUS, softplus, SUFFIX)                                        \
      CASE(LOG_SIGMOID, log_sigmoid, SUFFIX) CASE(ERF, erf, SUFFIX) CASE(ERFC, erfc, SUFFIX)                 \
      CASE(FLOOR, floor, SUFFIX) CASE(CEIL, ceil, SUFFIX) CASE(ROUND, round, SUFFIX)                         \
      CASE(TRUNC, trunc, SUFFIX)                                                                             \
    }                                                                                                        \
    __builtin_trap();                                                                                        \
  }
BODY_OF(f32)
BODY_OF(f64)

static size_t grain_of(ck_unary op) {
  switch (op) {
    case CK_UNARY_NEG: case CK_UNARY_ABS: case CK_UNARY_SIGN: case CK_UNARY_SQUARE: case CK_UNARY_FLOOR:
    case CK_UNARY_CEIL: case CK_UNARY_ROUND: case CK_UNARY_TRUNC: case CK_UNARY_RECIPROCAL: case CK_UNARY_SQRT:
      return CHEAP_GRAIN;
    default:
      return COSTLY_GRAIN;
  }
}

void ck_unary_f32(ck_unary op, const float *x, float *y, size_t n, int threads) {
  ck_parallel(n, grain_of(op), threads, body_f32(op), &(unary_job){.x = x, .y = y});
}

void ck_unary_f64(ck_unary op, const double *x, double *y, size_t n, int threads) {
  ck_parallel(n, grain_of(op), threads, body_f64(op), &(unary_job){.x = x, .y = y});
}

// MARK: integers

// Arithmetic on the unsigned twin wraps without undefined behaviour.
#define INTEGER(SUFFIX, T, U)                                                        \
  UNARY_SCALAR(neg_##SUFFIX, T, (T)(0 - (U)v))                                       \
  UNARY_SCALAR(abs_##SUFFIX, T, v < 0 ? (T)(0 - (U)v) : v)                           \
  UNARY_SCALAR(sign_##SUFFIX, T, (v > 0) - (v < 0))                                  \
  UNARY_SCALAR(square_##SUFFIX, T, (T)((U)v * (U)v))                                 \
  UNARY_SCALAR(same_##SUFFIX, T, v)                                                  \
  int ck_unary_##SUFFIX(ck_unary op, const T *x, T *y, size_t n, int threads) {      \
    ck_range_body body;                                                              \
    switch (op) {                                                                    \
      case CK_UNARY_NEG: body = neg_##SUFFIX; break;                                 \
      case CK_UNARY_ABS: body = abs_##SUFFIX; break;                                 \
      case CK_UNARY_SIGN: body = sign_##SUFFIX; break;                               \
      case CK_UNARY_SQUARE: body = square_##SUFFIX; break;                           \
      case CK_UNARY_FLOOR: case CK_UNARY_CEIL: case CK_UNARY_ROUND:                  \
      case CK_UNARY_TRUNC: body = same_##SUFFIX; break;                              \
      default: return 0;                                                             \
    }                                                                                \
    ck_parallel(n, CHEAP_GRAIN, threads, body, &(unary_job){.x = x, .y = y});        \
    return 1;                                                                        \
  }
INTEGER(i32, int32_t, uint32_t)
INTEGER(i64, int64_t, uint64_t)

// MARK: predicates, clip, affine

#define REAL(SUFFIX, T, ABS, LANES)                                                                            \
  UNARY(is_nan_##SUFFIX, CK_CLONES, T, uint8_t, LANES, v != v)                                                 \
  UNARY(is_inf_##SUFFIX, CK_CLONES, T, uint8_t, LANES, ABS(v) == (T)INFINITY)                                  \
  UNARY(is_finite_##SUFFIX, CK_CLONES, T, uint8_t, LANES, ABS(v) < (T)INFINITY)                                \
  void ck_predicate_##SUFFIX(ck_predicate op, const T *x, uint8_t *y, size_t n, int threads) {                 \
    ck_range_body body = op == CK_IS_NAN ? is_nan_##SUFFIX : op == CK_IS_INF ? is_inf_##SUFFIX                 \
                                                                             : is_finite_##SUFFIX;             \
    ck_parallel(n, CHEAP_GRAIN, threads, body, &(unary_job){.x = x, .y = y});                                  \
  }                                                                                                            \
  UNARY(clip_##SUFFIX, CK_CLONES, T, T, LANES,                                                                 \
        ((T)job->a > v ? (T)job->a : v) > (T)job->b ? (T)job->b : ((T)job->a > v ? (T)job->a : v))             \
  void ck_clip_##SUFFIX(const T *x, T low, T high, T *y, size_t n, int threads) {                              \
    ck_parallel(n, CHEAP_GRAIN, threads, clip_##SUFFIX, &(unary_job){.x = x, .y = y, .a = low, .b = high});    \
  }                                                                                                            \
  UNARY(affine_##SUFFIX, CK_CLONES, T, T, LANES, (T)job->a * v + (T)job->b)                                    \
  void ck_affine_##SUFFIX(const T *x, T scale, T shift, T *y, size_t n, int threads) {                         \
    ck_parallel(n, CHEAP_GRAIN, threads, affine_##SUFFIX,                                                      \
                &(unary_job){.x = x, .y = y, .a = scale, .b = shift});                                         \
  }
REAL(f32, float, __builtin_fabsf, 16)
REAL(f64, double, __builtin_fabs, 8)
