// Conversion between element types.
#include <math.h>

#include "ck_elementwise.h"
#include "ck_threads.h"
#include "internal.h"

size_t ck_dtype_size(ck_dtype dtype) {
  switch (dtype) {
    case CK_F64: case CK_I64: return 8;
    case CK_F32: case CK_I32: return 4;
    case CK_F16: case CK_BF16: return 2;
    default: return 1;
  }
}

// MARK: 16-bit floats

CK_INLINE float f32_of_bf16(uint16_t h) { return ck_from_bits_f32((uint32_t)h << 16); }

CK_INLINE uint16_t bf16_of_f32(float x) {
  uint32_t u = ck_bits_f32(x);
  uint32_t rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
  return (uint16_t)((u & 0x7fffffff) > 0x7f800000 ? (u >> 16) | 0x40 : rounded);
}

CK_INLINE float f32_of_f16(uint16_t h) {
  uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13, sign = (uint32_t)(h & 0x8000) << 16;
  // Multiplying by 2^112 corrects the exponent's bias, for denormals too.
  uint32_t finite = ck_bits_f32(ck_from_bits_f32(magnitude) * 5.192296858534828e33f);
  return ck_from_bits_f32(sign | (magnitude >= 0x0f800000 ? magnitude | 0x7f800000 : finite));
}

CK_INLINE uint16_t f16_of_f32(float x) {
  uint32_t u = ck_bits_f32(x), sign = (u >> 16) & 0x8000;
  u &= 0x7fffffff;
  uint32_t normal = (u - 0x38000000 + 0xfff + ((u >> 13) & 1)) >> 13;
  // Adding 0.5 rounds to multiples of 2^-24, the unit of denormal halves.
  uint32_t denormal = ck_bits_f32(ck_from_bits_f32(u) + 0.5f) - 0x3f000000;
  uint32_t special = u > 0x7f800000 ? 0x7e00 | ((u >> 13) & 0x1ff) : 0x7c00;
  return (uint16_t)(sign | (u >= 0x47800000 ? special : u < 0x38800000 ? denormal : normal));
}

// Rounded to odd: a second rounding, to 16 bits, then gives what one rounding would have given.
CK_INLINE float odd_f32_of_f64(double x) {
  float nearest = (float)x;
  uint32_t u = ck_bits_f32(nearest);
  if (__builtin_fabs((double)nearest) > __builtin_fabs(x)) u -= 1;
  if ((double)nearest != x) u |= 1;
  return ck_from_bits_f32(u);
}
CK_INLINE double odd_f64_of_i64(int64_t x) {
  int64_t high = x / 4096 * 4096;
  return x > -((int64_t)1 << 53) && x < (int64_t)1 << 53 ? (double)x : (double)(high | (high != x ? 2048 : 0));
}

// MARK: one element from a native type (f32, f64, i64, i32, u8) to any type

#define PLAIN(FROM, N, T, SUFFIX) \
  CK_INLINE T SUFFIX##_from_##N(FROM x) { return (T)x; }
// Both bounds are powers of two, exact in either float type.
#define SATURATING(FROM, N, T, SUFFIX, LOW, BEYOND, HIGH) \
  CK_INLINE T SUFFIX##_from_##N(FROM x) { return x != x ? 0 : x >= BEYOND ? HIGH : x <= LOW ? (T)LOW : (T)x; }
#define BOOLEAN(FROM, N) \
  CK_INLINE uint8_t bool_from_##N(FROM x) { return x != 0; }

#define FROM_FLOAT(FROM, N)                                                         \
  PLAIN(FROM, N, float, f32)                                                        \
  PLAIN(FROM, N, double, f64)                                                       \
  SATURATING(FROM, N, int64_t, i64, -0x1p63f, 0x1p63f, INT64_MAX)                   \
  SATURATING(FROM, N, int32_t, i32, -0x1p31f, 0x1p31f, INT32_MAX)                   \
  SATURATING(FROM, N, uint8_t, u8, 0.0f, 256.0f, UINT8_MAX)                         \
  BOOLEAN(FROM, N)
FROM_FLOAT(float, f32)
FROM_FLOAT(double, f64)

#define FROM_INTEGER(FROM, N)  \
  PLAIN(FROM, N, float, f32)   \
  PLAIN(FROM, N, double, f64)  \
  PLAIN(FROM, N, int64_t, i64) \
  PLAIN(FROM, N, int32_t, i32) \
  PLAIN(FROM, N, uint8_t, u8)  \
  BOOLEAN(FROM, N)
FROM_INTEGER(int64_t, i64)
FROM_INTEGER(int32_t, i32)
FROM_INTEGER(uint8_t, u8)

#define TO_HALF(KIND)                                                                                   \
  CK_INLINE uint16_t KIND##_from_f32(float x) { return KIND##_of_f32(x); }                              \
  CK_INLINE uint16_t KIND##_from_f64(double x) { return KIND##_of_f32(odd_f32_of_f64(x)); }             \
  CK_INLINE uint16_t KIND##_from_i64(int64_t x) { return KIND##_of_f32(odd_f32_of_f64(odd_f64_of_i64(x))); } \
  CK_INLINE uint16_t KIND##_from_i32(int32_t x) { return KIND##_of_f32(odd_f32_of_f64((double)x)); }    \
  CK_INLINE uint16_t KIND##_from_u8(uint8_t x) { return KIND##_of_f32((float)x); }
TO_HALF(f16)
TO_HALF(bf16)

// MARK: loops

typedef struct {
  const void *x;
  void *y;
} cast_job;

#define LOOP(CLONES, FROM, FROM_T, LOAD, N, TO, TO_T)                               \
  CLONES static void FROM##_to_##TO(void *context, size_t begin, size_t end) {             \
    const FROM_T *x = ((const cast_job *)context)->x;                               \
    TO_T *y = ((const cast_job *)context)->y;                                       \
    for (size_t i = begin; i < end; i++) y[i] = TO##_from_##N(LOAD(x[i]));          \
  }
#define LOOPS(CLONES, FROM, FROM_T, LOAD, N)       \
  LOOP(CLONES, FROM, FROM_T, LOAD, N, f32, float)  \
  LOOP(CLONES, FROM, FROM_T, LOAD, N, f64, double) \
  LOOP(CLONES, FROM, FROM_T, LOAD, N, f16, uint16_t)\
  LOOP(CLONES, FROM, FROM_T, LOAD, N, bf16, uint16_t)\
  LOOP(CLONES, FROM, FROM_T, LOAD, N, i64, int64_t)\
  LOOP(CLONES, FROM, FROM_T, LOAD, N, i32, int32_t)\
  LOOP(CLONES, FROM, FROM_T, LOAD, N, u8, uint8_t) \
  LOOP(CLONES, FROM, FROM_T, LOAD, N, bool, uint8_t)\
  static ck_range_body FROM##_to(ck_dtype to) {    \
    switch (to) {                                  \
      case CK_F32: return FROM##_to_f32;           \
      case CK_F64: return FROM##_to_f64;           \
      case CK_F16: return FROM##_to_f16;           \
      case CK_BF16: return FROM##_to_bf16;         \
      case CK_I64: return FROM##_to_i64;           \
      case CK_I32: return FROM##_to_i32;           \
      case CK_U8: return FROM##_to_u8;             \
      case CK_BOOL: return FROM##_to_bool;         \
    }                                              \
    __builtin_trap();                              \
  }
#define NONZERO(v) ((v) != 0)
LOOPS(CK_CLONES, f32, float, , f32)
LOOPS(, f64, double, , f64)
LOOPS(CK_CLONES, f16, uint16_t, f32_of_f16, f32)
LOOPS(CK_CLONES, bf16, uint16_t, f32_of_bf16, f32)
LOOPS(, i64, int64_t, , i64)
LOOPS(, i32, int32_t, , i32)
LOOPS(CK_CLONES, u8, uint8_t, , u8)
LOOPS(, bool, uint8_t, NONZERO, u8)

static ck_range_body body_of(ck_dtype from, ck_dtype to) {
  switch (from) {
    case CK_F32: return f32_to(to);
    case CK_F64: return f64_to(to);
    case CK_F16: return f16_to(to);
    case CK_BF16: return bf16_to(to);
    case CK_I64: return i64_to(to);
    case CK_I32: return i32_to(to);
    case CK_U8: return u8_to(to);
    case CK_BOOL: return bool_to(to);
  }
  __builtin_trap();
}

void ck_cast(const void *x, ck_dtype from, void *y, ck_dtype to, size_t n, int threads) {
  cast_job job = {x, y};
  ck_parallel(n, 16384, threads, body_of(from, to), &job);
}
