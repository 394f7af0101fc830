// y = op(a, b) with broadcasting.
#include "broadcast.h"
#include "ck_elementwise.h"
#include "ck_threads.h"
#include "vmath.h"
#include "vmath_wide.h"

#define CHEAP_GRAIN 16384
#define COSTLY_GRAIN 4096

// MARK: definitions

// NaN on either side wins.
#define MAX(a, b) ((a) > (b) || (a) != (a) ? (a) : (b))
#define MIN(a, b) ((a) < (b) || (a) != (a) ? (a) : (b))

// As NumPy: the remainder has the divisor's sign, the quotient is rounded down.
#define FLOAT_DIVISION(SUFFIX, T, M)                                          \
  CK_INLINE T mod_of_##SUFFIX(T a, T b) {                                     \
    T r = M(fmod)(a, b);                                                      \
    if (b == 0) return r;                                                     \
    if (r == 0) return M(copysign)(0, b);                                     \
    return (r < 0) != (b < 0) ? r + b : r;                                    \
  }                                                                           \
  CK_INLINE T floor_div_of_##SUFFIX(T a, T b) {                               \
    if (b == 0) return a / b;                                                 \
    T q = (a - mod_of_##SUFFIX(a, b)) / b;                                    \
    if (q == 0) return M(copysign)(0, a / b);                                 \
    T down = M(floor)(q);                                                     \
    return q - down > (T)0.5 ? down + 1 : down;                               \
  }
#define F(NAME) NAME##f
FLOAT_DIVISION(f32, float, F)
#undef F
#define F(NAME) NAME
FLOAT_DIVISION(f64, double, F)
#undef F

#define SIGNED_DIVISION(SUFFIX, T, U)                                         \
  CK_INLINE T floor_div_of_##SUFFIX(T a, T b) {                               \
    if (b == 0) return 0;                                                     \
    if (b == -1) return (T)(0 - (U)a);                                        \
    return a / b - (a % b != 0 && (a < 0) != (b < 0));                        \
  }                                                                           \
  CK_INLINE T mod_of_##SUFFIX(T a, T b) {                                     \
    if (b == 0 || b == -1) return 0;                                          \
    T r = a % b;                                                              \
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;                          \
  }                                                                           \
  CK_INLINE T pow_of_##SUFFIX(T a, T b) {                                     \
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;       \
    U result = 1, base = (U)a;                                                \
    for (U e = (U)b; e > 0; e >>= 1, base *= base) {                          \
      if (e & 1) result *= base;                                              \
    }                                                                         \
    return (T)result;                                                         \
  }
SIGNED_DIVISION(i32, int32_t, uint32_t)
SIGNED_DIVISION(i64, int64_t, uint64_t)

CK_INLINE uint8_t floor_div_of_u8(uint8_t a, uint8_t b) { return b == 0 ? 0 : a / b; }
CK_INLINE uint8_t mod_of_u8(uint8_t a, uint8_t b) { return b == 0 ? 0 : a % b; }
CK_INLINE uint8_t pow_of_u8(uint8_t a, uint8_t b) {
  unsigned result = 1, base = a;
  for (unsigned e = b; e > 0; e >>= 1, base *= base) {
    if (e & 1) result *= base;
  }
  return (uint8_t)result;
}

// MARK: bodies

#define F32(NAME, EXPR) CK_BROADCAST_PAIR(NAME##_f32, CK_CLONES, CK_VECTORIZE(16), float, float, EXPR)
F32(add, a + b)
F32(sub, a - b)
F32(mul, a *b)
F32(div, a / b)
F32(max, MAX(a, b))
F32(min, MIN(a, b))
F32(squared_difference, (a - b) * (a - b))
#define F32_SCALAR(NAME, EXPR) CK_BROADCAST_PAIR(NAME##_f32, , , float, float, EXPR)
F32(pow, ck_pow_f32(a, b))
F32_SCALAR(mod, mod_of_f32(a, b))
F32_SCALAR(floor_div, floor_div_of_f32(a, b))
F32_SCALAR(atan2, atan2f(a, b))

#define F64(NAME, EXPR) CK_BROADCAST_PAIR(NAME##_f64, , , double, double, EXPR)
F64(add, a + b)
F64(sub, a - b)
F64(mul, a *b)
F64(div, a / b)
F64(max, MAX(a, b))
F64(min, MIN(a, b))
F64(squared_difference, (a - b) * (a - b))
F64(pow, pow(a, b))
F64(mod, mod_of_f64(a, b))
F64(floor_div, floor_div_of_f64(a, b))
F64(atan2, atan2(a, b))

// Arithmetic on the unsigned twin U wraps.
#define INTEGER(SUFFIX, T, U)                                                                             \
  CK_BROADCAST_PAIR(add_##SUFFIX, , , T, T, (T)((U)a + (U)b))                                             \
  CK_BROADCAST_PAIR(sub_##SUFFIX, , , T, T, (T)((U)a - (U)b))                                             \
  CK_BROADCAST_PAIR(mul_##SUFFIX, , , T, T, (T)((U)a * (U)b))                                             \
  CK_BROADCAST_PAIR(div_##SUFFIX, , , T, T, floor_div_of_##SUFFIX(a, b))                                  \
  CK_BROADCAST_PAIR(max_##SUFFIX, , , T, T, a > b ? a : b)                                                \
  CK_BROADCAST_PAIR(min_##SUFFIX, , , T, T, a < b ? a : b)                                                \
  CK_BROADCAST_PAIR(squared_difference_##SUFFIX, , , T, T, (T)(((U)a - (U)b) * ((U)a - (U)b)))            \
  CK_BROADCAST_PAIR(pow_##SUFFIX, , , T, T, pow_of_##SUFFIX(a, b))                                        \
  CK_BROADCAST_PAIR(mod_##SUFFIX, , , T, T, mod_of_##SUFFIX(a, b))                                        \
  CK_BROADCAST_PAIR(floor_div_##SUFFIX, , , T, T, floor_div_of_##SUFFIX(a, b))                            \
  CK_BROADCAST_PAIR(atan2_##SUFFIX, , , T, T, (T)((void)a, (void)b, 0))
INTEGER(i32, int32_t, uint32_t)
INTEGER(i64, int64_t, uint64_t)
INTEGER(u8, uint8_t, uint8_t)

// MARK: entry points

static void run(ck_range_body body, size_t grain, const void *a, const size_t *a_strides, const void *b,
                const size_t *b_strides, void *y, size_t size, const size_t *dims, int rank, int threads) {
  ck_pair_job job = {.a = a, .b = b, .y = y};
  job.loop = ck_make_loop(dims, rank, 2, (const size_t *const[]){a_strides, b_strides});
  ck_pair_run(&job, body, grain, size, size, threads);
}

static size_t grain_of(ck_binary op) {
  switch (op) {
    case CK_BINARY_POW: case CK_BINARY_MOD: case CK_BINARY_FLOOR_DIV: case CK_BINARY_ATAN2: return COSTLY_GRAIN;
    default: return CHEAP_GRAIN;
  }
}

#define BINARY(SUFFIX, T)                                                                                    \
  void ck_binary_##SUFFIX(ck_binary op, const T *a, const size_t *a_strides, const T *b,                     \
                          const size_t *b_strides, T *y, const size_t *dims, int rank, int threads) {        \
    ck_range_body body;                                                                                      \
    switch (op) {                                                                                            \
      case CK_BINARY_ADD: body = add_##SUFFIX; break;                                                        \
      case CK_BINARY_SUB: body = sub_##SUFFIX; break;                                                        \
      case CK_BINARY_MUL: body = mul_##SUFFIX; break;                                                        \
      case CK_BINARY_DIV: body = div_##SUFFIX; break;                                                        \
      case CK_BINARY_MAX: body = max_##SUFFIX; break;                                                        \
      case CK_BINARY_MIN: body = min_##SUFFIX; break;                                                        \
      case CK_BINARY_POW: body = pow_##SUFFIX; break;                                                        \
      case CK_BINARY_MOD: body = mod_##SUFFIX; break;                                                        \
      case CK_BINARY_FLOOR_DIV: body = floor_div_##SUFFIX; break;                                            \
      case CK_BINARY_SQUARED_DIFFERENCE: body = squared_difference_##SUFFIX; break;                          \
      case CK_BINARY_ATAN2: body = atan2_##SUFFIX; break;                                                    \
      default: __builtin_trap();                                                                             \
    }                                                                                                        \
    run(body, grain_of(op), a, a_strides, b, b_strides, y, sizeof(T), dims, rank, threads);                  \
  }
BINARY(f32, float)
BINARY(f64, double)
BINARY(i32, int32_t)
BINARY(i64, int64_t)
BINARY(u8, uint8_t)
