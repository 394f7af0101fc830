#ifndef CK_NORMALIZATION_H
#define CK_NORMALIZATION_H

#include <stddef.h>

// Normalization over [rows, channels]. First over the rows (batch normalization). Sums run over fixed blocks of rows
// that are combined in a fixed order, so results do not depend on `threads`.

// Mean and biased variance of each channel (two passes per block, blocks merged by Chan's formula).
void ck_moments_f32(const float *x, float *mean, float *variance, size_t rows, size_t channels, int threads);
void ck_moments_f64(const double *x, double *mean, double *variance, size_t rows, size_t channels, int threads);

// y = x * scale[channel] + shift[channel]; in place allowed.
void ck_scale_shift_f32(const float *x, const float *scale, const float *shift, float *y, size_t rows, size_t channels,
                        int threads);
void ck_scale_shift_f64(const double *x, const double *scale, const double *shift, double *y, size_t rows,
                        size_t channels, int threads);

// The gradient of y = (x - mean) * inv_std * gamma + beta with mean and inv_std taken from x itself
// (Ioffe & Szegedy 2015). `gamma` may be NULL (ones); `dx`, `dgamma` and `dbeta` may each be NULL (not wanted).
void ck_batch_norm_gradient_f32(const float *x, const float *dy, const float *mean, const float *inv_std,
                                const float *gamma, float *dx, float *dgamma, float *dbeta, size_t rows,
                                size_t channels, int threads);
void ck_batch_norm_gradient_f64(const double *x, const double *dy, const double *mean, const double *inv_std,
                                const double *gamma, double *dx, double *dgamma, double *dbeta, size_t rows,
                                size_t channels, int threads);

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
