// Elementary functions in double precision as branch-free code that the compiler can vectorise: within 2 units in the
// last place, sigmoid and tanh 3, erfc 6 (Docs/Accuracy.md). Infinities, NaN, signed zeros and denormals come out as
// from libm.
#ifndef CK_VMATH_DOUBLE_H
#define CK_VMATH_DOUBLE_H

#include <math.h>

#include "internal.h"

// Adding 1.5 * 2^52 rounds to the nearest integer and leaves it in the low bits.
#define CK_ROUNDER_F64 6755399441055744.0
// ln 2 in two parts; products of the first with numbers of up to 11 bits are exact.
#define CK_LN2_HIGH_F64 0x1.62e42fefa3800p-1
#define CK_LN2_LOW_F64 0x1.ef35793c76730p-45

// x = n ln 2 + r with |r| <= ln 2 / 2.
typedef struct {
  double r;
  int64_t n;
} ck_reduced_f64;

CK_INLINE ck_reduced_f64 ck_reduce_ln2_f64(double x) {
  double shifted = x * 1.4426950408889634 + CK_ROUNDER_F64, n = shifted - CK_ROUNDER_F64;
  double r = x - n * CK_LN2_HIGH_F64;
  r = r - n * CK_LN2_LOW_F64;
  return (ck_reduced_f64){r, (int64_t)(ck_bits_f64(shifted) - ck_bits_f64(CK_ROUNDER_F64))};
}

// 2^n for -1022 <= n <= 1023.
CK_INLINE double ck_power2_f64(int64_t n) { return ck_from_bits_f64((uint64_t)(n + 1023) << 52); }

// n / 2 rounded down, for |n| < 4096: AVX2 has no arithmetic shift of 64-bit integers.
CK_INLINE int64_t ck_half_f64(int64_t n) { return (int64_t)((uint64_t)(n + 4096) >> 1) - 2048; }

// e^r - 1 for |r| <= ln 2 / 2 and a little more.
CK_INLINE double ck_expm1_core_f64(double r) {
  double p = 1.6059043836821613e-10;
  p = p * r + 2.08767569878681e-09;
  p = p * r + 2.505210838544172e-08;
  p = p * r + 2.7557319223985888e-07;
  p = p * r + 2.7557319223985893e-06;
  p = p * r + 2.4801587301587302e-05;
  p = p * r + 0.00019841269841269841;
  p = p * r + 0.0013888888888888889;
  p = p * r + 0.0083333333333333332;
  p = p * r + 0.041666666666666664;
  p = p * r + 0.16666666666666666;
  p = p * r + 0.5;
  return r + (r * r) * p;
}

CK_INLINE double ck_exp_f64(double x) {
  double bounded = x < -746.0 ? -746.0 : x;
  bounded = bounded > 710.0 ? 710.0 : bounded;
  ck_reduced_f64 a = ck_reduce_ln2_f64(bounded);
  // Two factors: each is a normal number, and denormal results are rounded once.
  int64_t half = ck_half_f64(a.n);
  return (1.0 + ck_expm1_core_f64(a.r)) * ck_power2_f64(half) * ck_power2_f64(a.n - half);
}

CK_INLINE double ck_exp_below_f64(double x) { return ck_exp_f64(x); }

CK_INLINE double ck_expm1_f64(double x) {
  double bounded = x < -40.0 ? -40.0 : x;
  bounded = bounded > 710.0 ? 710.0 : bounded;
  ck_reduced_f64 a = ck_reduce_ln2_f64(bounded);
  // Half of the scale, because 2^1024 is no number.
  double scale = ck_power2_f64(a.n - 1);
  double y = (scale * ck_expm1_core_f64(a.r) + (scale - 0.5)) * 2.0;
  return __builtin_fabs(x) < 1e-17 ? x : y;
}

// log(m) + e ln 2 with x = m 2^e, sqrt(1/2) <= m < sqrt(2); x positive, normal and finite.
CK_INLINE double ck_log_core_f64(double x, double more_exponent) {
  uint64_t bits = ck_bits_f64(x) - 0x3fe6a09e667f3bcdu;
  double e = ck_from_bits_f64(((bits >> 52) ^ 0x800u) | 0x4330000000000000u) - (4503599627370496.0 + 2048);
  e = e + more_exponent;
  double f = ck_from_bits_f64((bits & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1.0;
  // log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)) with s = f / (2 + f).
  double s = f / (2.0 + f), z = s * s, square = 0.5 * f * f;
  double p = 0.086956521739130432;
  p = p * z + 0.095238095238095233;
  p = p * z + 0.10526315789473684;
  p = p * z + 0.11764705882352941;
  p = p * z + 0.13333333333333333;
  p = p * z + 0.15384615384615385;
  p = p * z + 0.18181818181818182;
  p = p * z + 0.22222222222222221;
  p = p * z + 0.2857142857142857;
  p = p * z + 0.40000000000000002;
  p = p * z + 0.66666666666666663;
  p = p * z;
  return e * CK_LN2_HIGH_F64 - ((square - (s * (square + p) + e * CK_LN2_LOW_F64)) - f);
}

CK_INLINE double ck_log_f64(double x) {
  int tiny = x < 2.2250738585072014e-308;
  double y = ck_log_core_f64(tiny ? x * 18014398509481984.0 : x, tiny ? -54.0 : 0.0);
  y = x > 1.7976931348623157e308 ? x : y;
  y = x == 0.0 ? -INFINITY : y;
  return x < 0.0 || x != x ? NAN : y;
}

CK_INLINE double ck_log1p_f64(double x) {
  double u = 1.0 + x;
  // What rounding took from u, to first order of the logarithm.
  double lost = __builtin_fabs(x) > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
  double y = ck_log_core_f64(u, 0.0) + lost / u;
  y = __builtin_fabs(x) < 1e-17 ? x : y;
  y = x > 1.7976931348623157e308 ? x : y;
  y = x == -1.0 ? -INFINITY : y;
  return x < -1.0 || x != x ? NAN : y;
}

CK_INLINE double ck_tanh_f64(double x) {
  double z = __builtin_fabs(x);
  z = z > 22.0 ? 22.0 : z;
  // tanh z = -m / (m + 2) with m = e^(-2z) - 1, which has no cancellation anywhere.
  ck_reduced_f64 a = ck_reduce_ln2_f64(-2.0 * z);
  double scale = ck_power2_f64(a.n), m = scale * ck_expm1_core_f64(a.r) + (scale - 1.0);
  return __builtin_copysign(__builtin_fabs(x) < 1e-17 ? x : -m / (m + 2.0), x);
}

CK_INLINE double ck_sigmoid_f64(double x) {
  double e = ck_exp_f64(-__builtin_fabs(x));
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

CK_INLINE double ck_softplus_f64(double x) {
  return (x < 0.0 ? 0.0 : x) + ck_log1p_f64(ck_exp_f64(-__builtin_fabs(x)));
}

// erf x for |x| <= 1.
CK_INLINE double ck_erf_small_f64(double x) {
  double s = x * x;
  double p = 5.9571761477489113e-11;
  p = p * s - 1.1372848856791674e-09;
  p = p * s + 1.4659775274047436e-08;
  p = p * s - 1.6350312701054695e-07;
  p = p * s + 1.6461000484121368e-06;
  p = p * s - 1.4925595266831182e-05;
  p = p * s + 0.0001205533111164271;
  p = p * s - 0.000854832698083379;
  p = p * s + 0.0052239776248180145;
  p = p * s - 0.026866170645076792;
  p = p * s + 0.11283791670954879;
  p = p * s - 0.37612638903183748;
  p = p * s + 1.1283791670955126;
  return x * p;
}

// A number in two factors, so that what is multiplied by the first keeps its digits where the product is a denormal.
typedef struct {
  double value, scale;
} ck_scaled_f64;

// e^(-share t^2) for 0 <= t with share t^2 <= 800, share a power of 2. Of the square no digit is lost: t is a number
// whose square is exact and a small rest.
CK_INLINE ck_scaled_f64 ck_gauss_f64(double t, double share) {
  double high = ck_from_bits_f64(ck_bits_f64(t) & 0xfffffffff8000000u), low = t - high;
  ck_reduced_f64 a = ck_reduce_ln2_f64(-share * high * high);
  double r = a.r - share * low * (t + high);
  int64_t half = ck_half_f64(a.n);
  return (ck_scaled_f64){(1.0 + ck_expm1_core_f64(r)) * ck_power2_f64(half), ck_power2_f64(a.n - half)};
}

// What e^(-t^2 / 2) has to be multiplied by to be the upper tail of the normal distribution, 0 <= t <= 40 (Mills's
// ratio): q P(q) with q = 1 / (t + 3.5), brought to [-1, 1] for P.
CK_INLINE double ck_mills_f64(double t) {
  double q = 1.0 / (t + 3.5), u = q * 7.6125 - 1.175;
  double p = 3.363427356816926e-10;
  p = p * u + 4.9045371132497489e-10;
  p = p * u - 4.4298871839054387e-09;
  p = p * u - 8.8060134172940461e-10;
  p = p * u + 2.8490858498028464e-08;
  p = p * u - 2.8944079915813382e-08;
  p = p * u - 1.083329372547701e-07;
  p = p * u + 3.1415044013703077e-07;
  p = p * u + 1.3011889491560242e-07;
  p = p * u - 2.0275479019813182e-06;
  p = p * u + 1.9160721966170399e-06;
  p = p * u + 1.0694405263412883e-05;
  p = p * u - 2.3735629456593289e-05;
  p = p * u - 5.6412419399590511e-05;
  p = p * u + 0.00020851913500924399;
  p = p * u + 0.00040678824056031201;
  p = p * u - 0.0017263377590668676;
  p = p * u - 0.0052212260177946206;
  p = p * u + 0.010368559269135715;
  p = p * u + 0.094236892771389538;
  p = p * u + 0.29093637848338333;
  p = p * u + 0.56883546540611696;
  p = p * u + 0.79202419459108042;
  return p * q;
}

CK_INLINE double ck_erfc_f64(double x) {
  double t = __builtin_fabs(x);
  t = t > 27.5 ? 27.5 : t;
  ck_scaled_f64 e = ck_gauss_f64(t, 1.0);
  double tail = 2.0 * ck_mills_f64(t * 1.4142135623730951) * e.value * e.scale;
  return t < 0.85 ? 1.0 - ck_erf_small_f64(x) : x < 0.0 ? 2.0 - tail : tail;
}

CK_INLINE double ck_erf_f64(double x) {
  double t = __builtin_fabs(x);
  t = t > 6.0 ? 6.0 : t;
  ck_scaled_f64 e = ck_gauss_f64(t, 1.0);
  double tail = 2.0 * ck_mills_f64(t * 1.4142135623730951) * e.value * e.scale;
  return t < 1.0 ? ck_erf_small_f64(x) : __builtin_copysign(1.0 - tail, x);
}

CK_INLINE double ck_normal_cdf_f64(double x) {
  double t = __builtin_fabs(x);
  t = t > 39.0 ? 39.0 : t;
  ck_scaled_f64 e = ck_gauss_f64(t, 0.5);
  double tail = ck_mills_f64(t) * e.value * e.scale, far = x < 0.0 ? tail : 1.0 - tail;
  return t < 1.25 ? 0.5 + 0.5 * ck_erf_small_f64(x * 0.70710678118654752) : far;
}

CK_INLINE double ck_normal_pdf_f64(double x) {
  double t = __builtin_fabs(x);
  ck_scaled_f64 e = ck_gauss_f64(t > 39.0 ? 39.0 : t, 0.5);
  return 0.39894228040143267794 * e.value * e.scale;
}

CK_INLINE double ck_gelu_f64(double x) { return x == -INFINITY ? 0 : x * ck_normal_cdf_f64(x); }
CK_INLINE double ck_silu_f64(double x) { return x == -INFINITY ? 0 : x * ck_sigmoid_f64(x); }
CK_INLINE double ck_abs_f64(double x) { return __builtin_fabs(x); }
CK_INLINE double ck_sqrt_f64(double x) { return __builtin_elementwise_sqrt(x); }

#endif
