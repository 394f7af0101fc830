// Elementary functions of floats that are computed in double precision, as branch-free code that the compiler can
// vectorise. Results are within 0.51 units in the last place, because all that is lost is the last rounding; tan,
// whose quotient is rounded from a double as well, likewise.
#ifndef CK_VMATH_WIDE_H
#define CK_VMATH_WIDE_H

#include "vmath_double.h"

// Arguments of sin, cos and tan beyond this need a longer pi than is here; the caller takes libm for them.
#define CK_TRIGONOMETRIC_LIMIT 1e6f

typedef struct {
  double sine, cosine;
  int32_t quadrant;
} ck_circle;

// Sine and cosine of x minus the nearest multiple of pi/2, and that multiple's number. pi/2 is in three parts, of
// which the products of the first two with the number are exact.
CK_INLINE ck_circle ck_circle_of(float value) {
  double x = value, shifted = x * 0.63661977236758134 + CK_ROUNDER_F64, n = shifted - CK_ROUNDER_F64;
  double r = x - n * 0x1.921fb544p+0;
  r = r - n * 0x1.0b4611a6p-34;
  r = r - n * 0x1.3198a2e037073p-69;
  double s = r * r;
  double p = -1.0 / 39916800;
  p = p * s + 1.0 / 362880;
  p = p * s - 1.0 / 5040;
  p = p * s + 1.0 / 120;
  p = p * s - 1.0 / 6;
  double q = 1.0 / 479001600;
  q = q * s - 1.0 / 3628800;
  q = q * s + 1.0 / 40320;
  q = q * s - 1.0 / 720;
  q = q * s + 1.0 / 24;
  q = q * s - 0.5;
  return (ck_circle){r + r * (s * p), 1.0 + s * q, (int32_t)(ck_bits_f64(shifted) & 3)};
}

CK_INLINE float ck_sin_bounded_f32(float x) {
  ck_circle c = ck_circle_of(x);
  double y = c.quadrant & 1 ? c.cosine : c.sine;
  // What is tiny is its own sine, the sign of zero included.
  return __builtin_fabsf(x) < 1e-4f ? x - x * x * x * (1.0f / 6) : (float)(c.quadrant & 2 ? -y : y);
}

CK_INLINE float ck_cos_bounded_f32(float x) {
  ck_circle c = ck_circle_of(x);
  double y = c.quadrant & 1 ? c.sine : c.cosine;
  return (float)((c.quadrant + 1) & 2 ? -y : y);
}

CK_INLINE float ck_tan_bounded_f32(float x) {
  ck_circle c = ck_circle_of(x);
  double y = c.quadrant & 1 ? -c.cosine / c.sine : c.sine / c.cosine;
  return __builtin_fabsf(x) < 1e-4f ? x + x * x * x * (1.0f / 3) : (float)y;
}

// The logarithm to base 2 of x >= 0, zero or a normal number: -infinity at 0, infinity at infinity, NaN at NaN.
CK_INLINE double ck_log2_wide_of(double x) {
  // x = m 2^e with sqrt(1/2) <= m < sqrt(2); every float is a normal double.
  int64_t bits = (int64_t)(ck_bits_f64(x) - 0x3fe6a09e667f3bcdu);
  double e = ck_from_bits_f64(((uint64_t)((bits >> 52) + 2048)) | 0x4330000000000000u) - (4503599627370496.0 + 2048);
  double m = ck_from_bits_f64(((ck_bits_f64(x) - 0x3fe6a09e667f3bcdu) & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu);
  double t = (m - 1) / (m + 1), s = t * t;
  double p = 1.0 / 19;
  p = p * s + 1.0 / 17;
  p = p * s + 1.0 / 15;
  p = p * s + 1.0 / 13;
  p = p * s + 1.0 / 11;
  p = p * s + 1.0 / 9;
  p = p * s + 1.0 / 7;
  p = p * s + 1.0 / 5;
  p = p * s + 1.0 / 3;
  double y = (t + t * (s * p)) * 2.8853900817779268 + e;
  y = x > 1.7e308 ? x : y;
  y = x == 0 ? -INFINITY : y;
  return x != x ? x : y;
}

CK_INLINE double ck_log2_wide(float value) { return ck_log2_wide_of(__builtin_fabs((double)value)); }

// 2^t; beyond what floats hold it stays finite and above zero, and becomes infinity or zero as a float.
CK_INLINE double ck_exp2_wide(double t) {
  double bounded = t < -300 ? -300 : t;
  bounded = bounded > 300 ? 300 : bounded;
  double shifted = bounded + CK_ROUNDER_F64, n = shifted - CK_ROUNDER_F64;
  double u = (bounded - n) * 0.69314718055994531;
  double p = 1.0 / 39916800;
  p = p * u + 1.0 / 3628800;
  p = p * u + 1.0 / 362880;
  p = p * u + 1.0 / 40320;
  p = p * u + 1.0 / 5040;
  p = p * u + 1.0 / 720;
  p = p * u + 1.0 / 120;
  p = p * u + 1.0 / 24;
  p = p * u + 1.0 / 6;
  p = p * u + 0.5;
  p = p * u + 1.0;
  p = p * u + 1.0;
  return p * ck_from_bits_f64((ck_bits_f64(shifted) - ck_bits_f64(CK_ROUNDER_F64) + 1023) << 52);
}

CK_INLINE float ck_log2_f32(float x) {
  float y = (float)ck_log2_wide(x);
  return x < 0 ? NAN : y;
}

CK_INLINE float ck_log10_f32(float x) {
  float y = (float)(ck_log2_wide(x) * 0.30102999566398120);
  return x < 0 ? NAN : y;
}

CK_INLINE float ck_sinh_f32(float x) {
  double e = ck_exp2_wide((double)x * 1.4426950408889634), y = 0.5 * e - 0.5 / e;
  // Near zero the difference has lost its digits, and the series is short.
  double s = (double)x * (double)x;
  double near = (double)x + (double)x * (s * (1.0 / 6 + s * (1.0 / 120 + s * (1.0 / 5040 + s * (1.0 / 362880)))));
  y = __builtin_fabsf(x) < 0.5f ? near : y;
  return x != x ? x : x == 0 ? x : (float)y;
}

CK_INLINE float ck_cosh_f32(float x) {
  double e = ck_exp2_wide((double)x * 1.4426950408889634);
  return x != x ? x : (float)(0.5 * e + 0.5 / e);
}

// The arc tangent of 0 <= t <= 1.
CK_INLINE double ck_atan_unit(double t) {
  double s = t * t;
  double p = -0.00068478430799427377;
  p = p * s + 0.0048508894291977057;
  p = p * s - 0.016111576865574708;
  p = p * s + 0.034209470690279457;
  p = p * s - 0.05427899363762069;
  p = p * s + 0.07245712228327629;
  p = p * s - 0.089802369937233784;
  p = p * s + 0.11093240799104301;
  p = p * s - 0.14283980699863835;
  p = p * s + 0.19999912047441507;
  p = p * s - 0.33333331571108099;
  p = p * s + 0.99999999994123256;
  return t * p;
}

CK_INLINE float ck_atan_f32(float x) {
  double t = __builtin_fabs((double)x), y = ck_atan_unit(t > 1 ? 1 / t : t);
  y = t > 1 ? 1.5707963267948966 - y : y;
  return x == 0 ? x : (float)__builtin_copysign(y, (double)x);
}

// The arc sine of 0 <= t <= 0.5, and of t = sqrt(s).
CK_INLINE double ck_asin_half(double t, double s) {
  double p = 0.033158605739093377;
  p = p * s + 0.0017151561399740599;
  p = p * s + 0.020762503235099605;
  p = p * s + 0.021838634121395542;
  p = p * s + 0.030430115225514726;
  p = p * s + 0.044640438317005586;
  p = p * s + 0.075000060482722689;
  p = p * s + 0.16666666608643121;
  p = p * s + 1.0000000000009146;
  return t * p;
}

CK_INLINE float ck_asin_f32(float x) {
  double t = __builtin_fabs((double)x), rest = 0.5 * (1 - t);
  int is_small = t <= 0.5;
  double near = ck_asin_half(is_small ? t : __builtin_elementwise_sqrt(rest), is_small ? t * t : rest);
  double y = is_small ? near : 1.5707963267948966 - 2 * near;
  return x == 0 ? x : (float)__builtin_copysign(y, (double)x);
}

CK_INLINE float ck_acos_f32(float x) {
  double t = __builtin_fabs((double)x), rest = 0.5 * (1 - t);
  int is_small = t <= 0.5;
  double near = ck_asin_half(is_small ? t : __builtin_elementwise_sqrt(rest), is_small ? t * t : rest);
  double y = is_small ? 1.5707963267948966 - __builtin_copysign(near, (double)x) : 2 * near;
  return (float)(!is_small && x < 0 ? 3.1415926535897932 - y : y);
}

#define CK_LN2_WIDE 0.69314718055994531

CK_INLINE float ck_asinh_f32(float x) {
  double t = __builtin_fabs((double)x), y = ck_log2_wide_of(t + __builtin_elementwise_sqrt(t * t + 1)) * CK_LN2_WIDE;
  y = t < 1e-4 ? t - t * t * t * (1.0 / 6) : y;
  return x == 0 ? x : (float)__builtin_copysign(y, (double)x);
}

CK_INLINE float ck_acosh_f32(float x) {
  double t = x, y = ck_log2_wide_of(t + __builtin_elementwise_sqrt(t * t - 1)) * CK_LN2_WIDE;
  return x < 1 ? NAN : (float)y;
}

CK_INLINE float ck_atanh_f32(float x) {
  double t = __builtin_fabs((double)x), y = ck_log2_wide_of((1 + t) / (1 - t)) * (0.5 * CK_LN2_WIDE);
  y = t < 1e-4 ? t + t * t * t * (1.0 / 3) : y;
  y = t > 1 ? NAN : y;
  return x == 0 ? x : (float)__builtin_copysign(y, (double)x);
}

// C's pow: 1 for y = 0 and for x = 1 whatever the other is, negative bases for whole exponents alone.
CK_INLINE float ck_pow_f32(float x, float y) {
  double wide = ck_exp2_wide((double)y * ck_log2_wide(x));
  float whole = __builtin_truncf(y), size = (float)wide;
  // Floats from 2^24 on are even.
  float half = 0.5f * y;
  int is_whole = whole == y, is_odd = is_whole & (__builtin_truncf(half) != half);
  int is_unit = (x == 1.0f) | (y == 0.0f);
  // -1 to an infinite power is 1 in C.
  is_unit |= (x == -1.0f) & (__builtin_fabsf(y) == INFINITY);
  int has_no_value = (x < 0.0f) & (x != -INFINITY) & !is_whole;
  has_no_value |= (x != x) | (y != y);
  size = is_odd ? __builtin_copysignf(size, x) : size;
  size = has_no_value ? NAN : size;
  return is_unit ? 1.0f : size;
}

#endif
