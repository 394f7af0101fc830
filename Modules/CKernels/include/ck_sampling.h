#ifndef CK_SAMPLING_H
#define CK_SAMPLING_H

#include <stddef.h>

// Images [batch, height, width, channels] read at places between their pixels, whose centers have whole coordinates.

// What lies outside of an image, as TensorFlow's projective transformation has it.
enum ck_fill {
  CK_FILL_CONSTANT,  // k k k | a b c d | k k k
  CK_FILL_REFLECT,   // c b a | a b c d | d c b
  CK_FILL_WRAP,      // c d | a b c d | a b; further out the pattern is not kept
  CK_FILL_NEAREST,   // a a a | a b c d | d d d
};

struct ck_sampling {
  size_t batch, height, width, channels;
  // Of the output.
  size_t out_height, out_width;
  enum ck_fill fill;
  // Linear between the four pixels around a place; 0: the nearest pixel, halves away from zero.
  int bilinear;
  // For CK_FILL_CONSTANT, and for places that are not finite.
  double fill_value;
};

// out[b, i, j, :] = images[b] at (x[b, i, j], y[b, i, j]), x counting columns and y rows.
void ck_sample_f32(const struct ck_sampling *g, const float *images, const float *x, const float *y, float *out,
                   int threads);
void ck_sample_f64(const struct ck_sampling *g, const double *images, const double *x, const double *y, double *out,
                   int threads);

// dimages (overwritten): the gradient of the images, given that of the output.
void ck_sample_gradient_f32(const struct ck_sampling *g, const float *x, const float *y, const float *dout,
                            float *dimages, int threads);
void ck_sample_gradient_f64(const struct ck_sampling *g, const double *x, const double *y, const double *dout,
                            double *dimages, int threads);

#endif
