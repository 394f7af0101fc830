// Convolutions with 3 x 3 windows by Winograd's minimal filtering, in float32.
//
// A tile of 4 x 4 outputs takes 36 products per pair of channels instead of 144, one of 2 x 2 takes 16 instead of 36
// (Lavin, Gray: Fast algorithms for convolutional neural networks, 2016). The sums differ from those of ck_conv_f32 by
// roundoff: Docs/Accuracy.md has the figures. Where an output is not finite, it is what the plain sum gives.
#ifndef CK_WINOGRAD_H
#define CK_WINOGRAD_H

#include <stddef.h>

#include "ck_conv.h"

enum ck_winograd_pass {
  CK_WINOGRAD_FORWARD = 0,     // x to y
  CK_WINOGRAD_BACKWARD_INPUT,  // dy to dx: a convolution with the window turned and the channels exchanged
  CK_WINOGRAD_BACKWARD_KERNEL, // x and dy to dkernel
};

// How many outputs along each axis a tile should have, 4 or 2; 0 where the direct kernels are expected to be faster or
// the convolution is of another kind (3 x 3 windows, strides, dilation and groups of 1). By the sizes alone.
// `is_packed`: the weights are transformed beforehand.
size_t ck_winograd_tile(const struct ck_conv *g, enum ck_winograd_pass pass, int is_packed);

// 1 where the kernels below can compute it, fast or not.
int ck_winograd_applies(const struct ck_conv *g);

// How many values the transformed weights are.
size_t ck_winograd_weight_count(const struct ck_conv *g, enum ck_winograd_pass pass, size_t tile);

// Transforms the kernel [1, 3, 3, in_channels, out_channels] of `g`.
void ck_winograd_pack_f32(const struct ck_conv *g, enum ck_winograd_pass pass, size_t tile, const float *kernel,
                          float *packed, int threads);

// y = activation(conv(x, kernel) + bias + residual) or, backward, x is dy and y is dx. `packed` is what
// ck_winograd_pack_f32 made of `kernel`, or NULL: then it is done here. `bias` and `residual` may be NULL; y may be the
// residual. Results do not depend on `threads`.
void ck_winograd_f32(const struct ck_conv *g, enum ck_winograd_pass pass, size_t tile, const float *x,
                     const float *kernel, const float *packed, const float *bias, const float *residual,
                     enum ck_activation activation, float alpha, float *y, int threads);

// dkernel = the gradient of the kernel, summed over the batch (overwritten).
void ck_winograd_backward_kernel_f32(const struct ck_conv *g, size_t tile, const float *x, const float *dy,
                                     float *dkernel, int threads);

#endif
