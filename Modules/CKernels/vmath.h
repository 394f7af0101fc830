// Elementary functions as branch-free code that the compiler can vectorise; those in double precision are included.
//
// The polynomials are weighted minimax fits made for these kernels. Errors over all floats, in units in the last place,
// at most: exp, log 1; expm1, log1p, erf 1.5; softplus, tanh, sigmoid 2.5; erfc 5 (Docs/Accuracy.md). Infinities,
// NaN, signed zeros and denormals come out as from libm.
#ifndef CK_VMATH_H
#define CK_VMATH_H

#include <math.h>

#include "internal.h"
#include "vmath_double.h"

#define CK_LOG2E_F32 1.442695041f
// ln 2 in two parts; products of the first with small integers are exact.
#define CK_LN2_HIGH_F32 0.693359375f
#define CK_LN2_LOW_F32 -2.121944400e-4f
// Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
#define CK_ROUNDER_F32 12582912.0f

// x = n ln 2 + r with |r| <= ln 2 / 2.
typedef struct {
  float r;
  int32_t n;
} ck_reduced_f32;

CK_INLINE ck_reduced_f32 ck_reduce_ln2_f32(float x) {
  float shifted = x * CK_LOG2E_F32 + CK_ROUNDER_F32;
  float n = shifted - CK_ROUNDER_F32;
  float r = x - n * CK_LN2_HIGH_F32;
  r = r - n * CK_LN2_LOW_F32;
  return (ck_reduced_f32){r, (int32_t)(ck_bits_f32(shifted) - ck_bits_f32(CK_ROUNDER_F32))};
}

// 2^n for -126 <= n <= 127.
CK_INLINE float ck_power2_f32(int32_t n) { return ck_from_bits_f32((uint32_t)(n + 127) << 23); }

// e^r - 1 for |r| <= ln 2 / 2.
CK_INLINE float ck_expm1_core_f32(float r) {
  float p = 1.991355679e-4f;
  p = p * r + 1.394100785e-3f;
  p = p * r + 8.333274163e-3f;
  p = p * r + 4.166635461e-2f;
  p = p * r + 1.666666681e-1f;
  p = p * r + 5.000000046e-1f;
  return r + (r * r) * p;
}

CK_INLINE float ck_exp_f32(float x) {
  float bounded = x < -105.0f ? -105.0f : x;
  bounded = bounded > 89.0f ? 89.0f : bounded;
  ck_reduced_f32 a = ck_reduce_ln2_f32(bounded);
  // Two factors: each is a normal number, and denormal results are rounded once.
  int32_t half = a.n >> 1;
  return (1.0f + ck_expm1_core_f32(a.r)) * ck_power2_f32(half) * ck_power2_f32(a.n - half);
}

// e^x for -87 <= x <= 88, where one factor does.
CK_INLINE float ck_exp_bounded_f32(float x) {
  ck_reduced_f32 a = ck_reduce_ln2_f32(x);
  return (1.0f + ck_expm1_core_f32(a.r)) * ck_power2_f32(a.n);
}

// e^x for x <= 0, what is below the smallest normal number being 0.
CK_INLINE float ck_exp_below_f32(float x) {
  float y = ck_exp_bounded_f32(x < -87.0f ? -87.0f : x);
  return x < -87.0f ? 0.0f : y;
}

CK_INLINE float ck_expm1_f32(float x) {
  float bounded = x < -20.0f ? -20.0f : x;
  bounded = bounded > 89.0f ? 89.0f : bounded;
  ck_reduced_f32 a = ck_reduce_ln2_f32(bounded);
  // Half of the scale, because 2^128 is no float.
  float scale = ck_power2_f32(a.n - 1);
  float y = (scale * ck_expm1_core_f32(a.r) + (scale - 0.5f)) * 2.0f;
  return __builtin_fabsf(x) < 1e-8f ? x : y;
}

// log(m) + e ln 2 with x = m 2^e, sqrt(1/2) <= m < sqrt(2); x positive, normal and finite.
CK_INLINE float ck_log_core_f32(float x, float more_exponent) {
  uint32_t bits = ck_bits_f32(x) - 0x3f3504f3u;
  float e = (float)((int32_t)bits >> 23) + more_exponent;
  float z = ck_from_bits_f32((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  float p = 6.914681532e-2f;
  p = p * z - 1.178834703e-1f;
  p = p * z + 1.187247265e-1f;
  p = p * z - 1.238458240e-1f;
  p = p * z + 1.421876938e-1f;
  p = p * z - 1.666923984e-1f;
  p = p * z + 2.000221966e-1f;
  p = p * z - 2.499998674e-1f;
  p = p * z + 3.333331057e-1f;
  float square = z * z;
  float y = square * z * p + e * CK_LN2_LOW_F32;
  y = y - 0.5f * square;
  return (z + y) + e * CK_LN2_HIGH_F32;
}

CK_INLINE float ck_log_f32(float x) {
  int tiny = x < 1.17549435e-38f;
  float y = ck_log_core_f32(tiny ? x * 8388608.0f : x, tiny ? -23.0f : 0.0f);
  y = x > 3.40282347e38f ? x : y;
  y = x == 0.0f ? -INFINITY : y;
  return x < 0.0f || x != x ? NAN : y;
}

CK_INLINE float ck_log1p_f32(float x) {
  float u = 1.0f + x;
  // What rounding took from u, to first order of the logarithm.
  float lost = (x - (u - 1.0f)) / u;
  float y = ck_log_core_f32(u, 0.0f) + lost;
  y = __builtin_fabsf(x) < 1e-8f ? x : y;
  y = x > 3.40282347e38f ? x : y;
  y = x == -1.0f ? -INFINITY : y;
  return x < -1.0f || x != x ? NAN : y;
}

// log(1 + e) for 0 <= e <= 1.
CK_INLINE float ck_log1p_unit_f32(float e) {
  float p = -3.24398087e-3f;
  p = p * e + 1.98512627e-2f;
  p = p * e - 5.69591591e-2f;
  p = p * e + 1.06036169e-1f;
  p = p * e - 1.53055701e-1f;
  p = p * e + 1.96759315e-1f;
  p = p * e - 2.49541321e-1f;
  p = p * e + 3.33299623e-1f;
  p = p * e - 4.99999024e-1f;
  return e + e * (e * p);
}

CK_INLINE float ck_tanh_f32(float x) {
  float z = __builtin_fabsf(x);
  z = z > 9.5f ? 9.5f : z;
  // tanh z = -m / (m + 2) with m = e^(-2z) - 1, which has no cancellation anywhere.
  ck_reduced_f32 a = ck_reduce_ln2_f32(-2.0f * z);
  float scale = ck_power2_f32(a.n);
  float m = scale * ck_expm1_core_f32(a.r) + (scale - 1.0f);
  float y = -m / (m + 2.0f);
  return __builtin_copysignf(__builtin_fabsf(x) < 1e-8f ? x : y, x);
}

CK_INLINE float ck_sigmoid_f32(float x) {
  float e = ck_exp_f32(-__builtin_fabsf(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

CK_INLINE float ck_softplus_f32(float x) {
  float y = ck_log1p_unit_f32(ck_exp_f32(-__builtin_fabsf(x)));
  return (x < 0.0f ? 0.0f : x) + y;
}

// erf x for |x| <= 0.93.
CK_INLINE float ck_erf_small_f32(float x) {
  float s = x * x;
  float p = 8.345223987e-5f;
  p = p * s - 8.137437330e-4f;
  p = p * s + 5.200634283e-3f;
  p = p * s - 2.685927077e-2f;
  p = p * s + 1.128369394e-1f;
  p = p * s - 3.761263370e-1f;
  p = p * s + 1.283791667e-1f;
  return x + x * p;
}

// erfc t for 0.9 <= t <= 6.
CK_INLINE float ck_erfc_large_f32(float t) {
  float p = -8.433467538e-8f;
  p = p * t + 3.370425144e-6f;
  p = p * t - 6.107044004e-5f;
  p = p * t + 6.676402695e-4f;
  p = p * t - 4.955138138e-3f;
  p = p * t + 2.673175983e-2f;
  p = p * t - 1.103233746e-1f;
  p = p * t + 3.681911953e-1f;
  p = p * t - 1.130134555f;
  p = p * t + 2.748326397e-4f;
  return ck_exp_bounded_f32(p - t * t);
}

CK_INLINE float ck_erf_f32(float x) {
  float t = __builtin_fabsf(x);
  float bounded = t > 6.0f ? 6.0f : t;
  float large = __builtin_copysignf(1.0f - ck_erfc_large_f32(bounded), x);
  return t < 0.93f ? ck_erf_small_f32(x) : t >= 0.93f ? large : x;
}

// A number in two factors, so that what is multiplied by the first keeps its digits where the product is a denormal.
typedef struct {
  float value, scale;
} ck_scaled_f32;

// e^(-share t^2) for 0 <= t with share t^2 <= 120, share a power of 2. Of the square no digit is lost: t is a number
// whose square is exact and a small rest.
CK_INLINE ck_scaled_f32 ck_gauss_f32(float t, float share) {
  float high = ck_from_bits_f32(ck_bits_f32(t) & 0xfffff000u), low = t - high;
  ck_reduced_f32 a = ck_reduce_ln2_f32(-share * high * high);
  float r = a.r - share * low * (t + high);
  int32_t half = a.n >> 1;
  return (ck_scaled_f32){(1.0f + ck_expm1_core_f32(r)) * ck_power2_f32(half), ck_power2_f32(a.n - half)};
}

// What e^(-t^2 / 2) has to be multiplied by to be the upper tail of the normal distribution, 0 <= t <= 14.55 (Mills's
// ratio): q P(q) with q = 1 / (t + 3.5), brought to [-1, 1] for P.
CK_INLINE float ck_mills_f32(float t) {
  float q = 1.0f / (t + 3.5f), u = q * 8.678082466f - 1.479452014f;
  float p = -1.59725411e-5f;
  p = p * u + 4.10865091e-5f;
  p = p * u + 2.21815245e-4f;
  p = p * u - 5.86949014e-4f;
  p = p * u - 3.29091456e-3f;
  p = p * u + 4.02616691e-3f;
  p = p * u + 6.64753654e-2f;
  p = p * u + 2.51230314e-1f;
  p = p * u + 5.65464234e-1f;
  p = p * u + 8.66434716e-1f;
  return p * q;
}

// The normal distribution function for |x| <= 1.3.
CK_INLINE float ck_normal_cdf_near_f32(float x) { return 0.5f + 0.5f * ck_erf_small_f32(x * 0.7071067812f); }

// The normal distribution function; its lower tail keeps relative accuracy down to the smallest float.
CK_INLINE float ck_normal_cdf_f32(float x) {
  float t = __builtin_fabsf(x);
  t = t > 14.5f ? 14.5f : t;
  ck_scaled_f32 e = ck_gauss_f32(t, 0.5f);
  float tail = ck_mills_f32(t) * e.value * e.scale, far = x < 0.0f ? tail : 1.0f - tail;
  return t < 1.25f ? ck_normal_cdf_near_f32(x) : far;
}

// Density of the normal distribution.
CK_INLINE float ck_normal_pdf_f32(float x) {
  float t = __builtin_fabsf(x);
  ck_scaled_f32 e = ck_gauss_f32(t > 14.5f ? 14.5f : t, 0.5f);
  return 0.3989422804f * e.value * e.scale;
}

CK_INLINE float ck_gelu_f32(float x) {
  float t = __builtin_fabsf(x);
  t = t > 14.5f ? 14.5f : t;
  ck_scaled_f32 e = ck_gauss_f32(t, 0.5f);
  float tail = ck_mills_f32(t) * e.value;
  float far = x < 0.0f ? -t * tail * e.scale : x * (1.0f - tail * e.scale);
  return t < 1.25f ? x * ck_normal_cdf_near_f32(x) : far;
}

CK_INLINE float ck_erfc_f32(float x) {
  float t = __builtin_fabsf(x);
  t = t > 10.25f ? 10.25f : t;
  ck_scaled_f32 e = ck_gauss_f32(t, 1.0f);
  float tail = 2.0f * ck_mills_f32(t * 1.414213562f) * e.value * e.scale;
  return t < 0.85f ? 1.0f - ck_erf_small_f32(x) : x < 0.0f ? 2.0f - tail : tail;
}

CK_INLINE float ck_silu_f32(float x) {
  float t = __builtin_fabsf(x);
  t = t > 120.0f ? 120.0f : t;
  ck_reduced_f32 a = ck_reduce_ln2_f32(-t);
  int32_t half = a.n >> 1;
  float value = (1.0f + ck_expm1_core_f32(a.r)) * ck_power2_f32(half), scale = ck_power2_f32(a.n - half);
  float below = -t * value / (1.0f + value * scale) * scale;
  return x < 0.0f ? below : x / (1.0f + value * scale);
}

CK_INLINE float ck_abs_f32(float x) { return __builtin_fabsf(x); }
CK_INLINE float ck_sqrt_f32(float x) { return __builtin_elementwise_sqrt(x); }

#endif
