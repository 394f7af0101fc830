#ifndef CK_CONV_H
#define CK_CONV_H

#include <stddef.h>

#include "ck_elementwise.h"

// The geometry of a convolution or pooling over three spatial axes (depth, height, width). One- and
// two-dimensional operations set the leading axes to size 1, stride 1, dilation 1, padding 0.
struct ck_conv {
  size_t batch;
  size_t in[3];
  size_t in_channels;
  size_t out[3];
  size_t out_channels;
  size_t kernel[3];
  size_t stride[3];
  size_t dilation[3];
  size_t padding[3];  // zeros before the first element of each axis; what `out` asks for after the last is implied
  size_t groups;
};

// Layouts: input [batch, depth, height, width, in_channels], kernel [depth, height, width,
// in_channels / groups, out_channels], output [batch, depth, height, width, out_channels].
// Results do not depend on `threads`.

// y = activation(conv(x, kernel) + bias + residual); `bias` and `residual` (shaped like y, not its bytes) may be
// NULL, `alpha` is the parameter of the activation.
void ck_conv_f32(const struct ck_conv *g, const float *x, const float *kernel, const float *bias,
                 const float *residual, enum ck_activation activation, float alpha, float *y, int threads);
void ck_conv_f64(const struct ck_conv *g, const double *x, const double *kernel, const double *bias,
                 const double *residual, enum ck_activation activation, double alpha, double *y, int threads);

// dx = the gradient of the input (overwritten), which is also the forward pass of a transposed convolution.
void ck_conv_backward_input_f32(const struct ck_conv *g, const float *dy, const float *kernel, float *dx, int threads);
void ck_conv_backward_input_f64(const struct ck_conv *g, const double *dy, const double *kernel, double *dx,
                                int threads);

// dkernel = the gradient of the kernel, summed over the batch (overwritten).
void ck_conv_backward_kernel_f32(const struct ck_conv *g, const float *x, const float *dy, float *dkernel, int threads);
void ck_conv_backward_kernel_f64(const struct ck_conv *g, const double *x, const double *dy, double *dkernel,
                                 int threads);

// Patches as a matrix, for backends that bring a matrix product. Row r is output pixel r (counted over batch,
// depth, height, width); a row holds [kernel depth, height, width, in_channels / groups] values of group `group`.
void ck_im2col_f32(const struct ck_conv *g, const float *x, size_t row_begin, size_t row_end, size_t group, float *out);
void ck_im2col_f64(const struct ck_conv *g, const double *x, size_t row_begin, size_t row_end, size_t group,
                   double *out);

// The adjoint of im2col: adds every value of the rows to the input element it was taken from.
void ck_col2im_f32(const struct ck_conv *g, const float *columns, size_t row_begin, size_t row_end, size_t group,
                   float *dx);
void ck_col2im_f64(const struct ck_conv *g, const double *columns, size_t row_begin, size_t row_end, size_t group,
                   double *dx);

#endif
