#ifndef CK_POOLING_H
#define CK_POOLING_H

#include <stdint.h>

#include "ck_conv.h"

// Pooling over windows described by `struct ck_conv`: [batch, depth, height, width, channels] with
// `in_channels` channels (`out_channels` and `groups` are ignored). Positions in the padding never take part in a
// maximum. A window that lies wholly in the padding gives the lowest value for max and zero for average.

// NaN in a window gives NaN.
void ck_max_pool_f32(const struct ck_conv *g, const float *x, float *y, int threads);
void ck_max_pool_f64(const struct ck_conv *g, const double *x, double *y, int threads);
// Of bfloat16 numbers. A window that lies wholly in the padding gives minus infinity.
void ck_max_pool_bf16(const struct ck_conv *g, const uint16_t *x, uint16_t *y, int threads);

// dx (overwritten): the gradient goes to the first maximum of each window in row-major order, as in TensorFlow.
void ck_max_pool_gradient_f32(const struct ck_conv *g, const float *x, const float *y, const float *dy, float *dx,
                              int threads);
void ck_max_pool_gradient_f64(const struct ck_conv *g, const double *x, const double *y, const double *dy, double *dx,
                              int threads);

// The same with the place of the maximum written down for the gradient: `taps` [output] is the number of the first
// maximum's tap in the window, in row-major order, CK_NO_TAP where the window lies wholly in the padding. The
// gradient then needs neither x nor y. Returns 0 and does nothing for windows of more than 255 taps.
#define CK_NO_TAP 255
int ck_max_pool_taps_f32(const struct ck_conv *g, const float *x, float *y, uint8_t *taps, int threads);
int ck_max_pool_taps_f64(const struct ck_conv *g, const double *x, double *y, uint8_t *taps, int threads);
void ck_max_pool_gradient_from_taps_f32(const struct ck_conv *g, const uint8_t *taps, const float *dy, float *dx,
                                        int threads);
void ck_max_pool_gradient_from_taps_f64(const struct ck_conv *g, const uint8_t *taps, const double *dy, double *dx,
                                        int threads);

// `count_include_pad`: divide by the size of the window, else (Keras) by the number of its elements inside x.
void ck_average_pool_f32(const struct ck_conv *g, const float *x, float *y, int count_include_pad, int threads);
void ck_average_pool_f64(const struct ck_conv *g, const double *x, double *y, int count_include_pad, int threads);

// dx (overwritten).
void ck_average_pool_gradient_f32(const struct ck_conv *g, const float *dy, float *dx, int count_include_pad,
                                  int threads);
void ck_average_pool_gradient_f64(const struct ck_conv *g, const double *dy, double *dx, int count_include_pad,
                                  int threads);

#endif
