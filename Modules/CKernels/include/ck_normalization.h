#ifndef CK_NORMALIZATION_H
#define CK_NORMALIZATION_H

#include <stddef.h>

// Normalization over [rows, channels]. First over the rows (batch normalization). Sums run over fixed blocks of rows
// that are combined in a fixed order, so results do not depend on `threads`.

// Mean and biased variance of each channel (blocks merged by Chan's formula).
void ck_moments_f32(const float *x, float *mean, float *variance, size_t rows, size_t channels, int threads);
void ck_moments_f64(const double *x, double *mean, double *variance, size_t rows, size_t channels, int threads);

// y = x * scale[channel] + shift[channel]; in place allowed.
void ck_scale_shift_f32(const float *x, const float *scale, const float *shift, float *y, size_t rows, size_t channels,
                        int threads);
void ck_scale_shift_f64(const double *x, const double *scale, const double *shift, double *y, size_t rows,
                        size_t channels, int threads);

// y = clamp(x * scale[channel] + shift[channel] + residual): relu with low = 0 and high = infinity. `residual` may be
// NULL; y may be x or residual.
void ck_scale_shift_clamp_f32(const float *x, const float *scale, const float *shift, const float *residual, float low,
                              float high, float *y, size_t rows, size_t channels, int threads);
void ck_scale_shift_clamp_f64(const double *x, const double *scale, const double *shift, const double *residual,
                              double low, double high, double *y, size_t rows, size_t channels, int threads);

// The gradient of y = (x - mean) * inv_std * gamma + beta with mean and inv_std taken from x itself
// (Ioffe & Szegedy 2015). `gamma` may be NULL (ones); `dx`, `dgamma` and `dbeta` may each be NULL (not wanted).
void ck_batch_norm_gradient_f32(const float *x, const float *dy, const float *mean, const float *inv_std,
                                const float *gamma, float *dx, float *dgamma, float *dbeta, size_t rows,
                                size_t channels, int threads);
void ck_batch_norm_gradient_f64(const double *x, const double *dy, const double *mean, const double *inv_std,
                                const double *gamma, double *dx, double *dgamma, double *dbeta, size_t rows,
                                size_t channels, int threads);

// What a batch normalization was followed by: an activation of slope 1 where low < y < high and 0 elsewhere; a `high`
// that is NaN bounds nothing. Where `y` is NULL it is x * scale + shift, as ck_scale_shift_clamp computes it. Else y may
// be a sum with a residual: `masked`, the gradient before the activation, is written, and may be dy, `other` or y. With
// y, `other` may be a gradient to be added to dy first, or NULL.
struct ck_norm_slope_f32 {
  float low, high;
  const float *scale, *shift, *y, *other;
  float *masked;
};
struct ck_norm_slope_f64 {
  double low, high;
  const double *scale, *shift, *y, *other;
  double *masked;
};

// The same behind such an activation; `slope` may be NULL (none). `dx_sums` may be NULL: the sums of dx over the rows,
// with the bits of ck_reduce. dx may be x, or anything that is read for the masked gradient only.
void ck_batch_norm_fused_gradient_f32(const float *x, const float *dy, const float *mean, const float *inv_std,
                                      const float *gamma, const struct ck_norm_slope_f32 *slope, float *dx,
                                      float *dgamma, float *dbeta, float *dx_sums, size_t rows, size_t channels,
                                      int threads);
void ck_batch_norm_fused_gradient_f64(const double *x, const double *dy, const double *mean, const double *inv_std,
                                      const double *gamma, const struct ck_norm_slope_f64 *slope, double *dx,
                                      double *dgamma, double *dbeta, double *dx_sums, size_t rows, size_t channels,
                                      int threads);

// Layer normalization (Ba, Kiros, Hinton 2016), over the columns of each row:
// y = (x - mean) * inv_std * gamma + beta with inv_std = 1 / sqrt(biased variance + epsilon).
// `gamma` [width] and `beta` [width] may be NULL; so may `mean` [rows] and `inv_std` [rows], which are outputs for
// the gradient. y may be x.
void ck_layer_norm_f32(const float *x, const float *gamma, const float *beta, float *y, float *mean, float *inv_std,
                       size_t rows, size_t width, double epsilon, int threads);
void ck_layer_norm_f64(const double *x, const double *gamma, const double *beta, double *y, double *mean,
                       double *inv_std, size_t rows, size_t width, double epsilon, int threads);

// Its gradient, from the forward pass's `mean` and `inv_std`. `gamma` may be NULL (ones); `dx`, `dgamma` and `dbeta`
// may each be NULL (not wanted). dx may be dy.
void ck_layer_norm_gradient_f32(const float *x, const float *dy, const float *mean, const float *inv_std,
                                const float *gamma, float *dx, float *dgamma, float *dbeta, size_t rows, size_t width,
                                int threads);
void ck_layer_norm_gradient_f64(const double *x, const double *dy, const double *mean, const double *inv_std,
                                const double *gamma, double *dx, double *dgamma, double *dbeta, size_t rows,
                                size_t width, int threads);

#endif
