// Recurrent cells over whole sequences: everything but the products that do not depend on the step before.
#ifndef CK_RECURRENT_H
#define CK_RECURRENT_H

#include <stddef.h>
#include <stdint.h>

#include "ck_elementwise.h"

typedef enum {
  CK_RECURRENT_SIMPLE,
  CK_RECURRENT_LSTM,             // gates i, f, c, o
  CK_RECURRENT_GRU,              // gates z, r, h
  CK_RECURRENT_GRU_RESET_AFTER,  // the same
} ck_recurrent_cell;

// Arrays that have steps are [batch][steps][...], a step being where the input has it, whatever the direction; outputs
// and their gradients alone are in the order in which steps are taken. Gates lie side by side, `units` wide.
struct ck_recurrent {
  ck_recurrent_cell cell;
  ck_activation activation, recurrent_activation;  // with a gradient from the output
  double alpha, recurrent_alpha;
  size_t batch, steps, units;
  int backwards;        // last step first
  int zero_masked;      // a masked step's output is zeros, not the one before
  int returns_sequence; // outputs are [batch][steps][units], not [batch][units]
  const uint8_t *mask;  // [batch][steps], 0 skips a step; or null
};

#define CK_RECURRENT(T, S)                                                                                          \
  struct ck_recurrent_pass_##S {                                                                                    \
    const T *recurrent_kernel; /* [units][gates * units] */                                                         \
    const T *inner_bias;       /* of a reset-after GRU's recurrent product, [gates * units], or null; the z and r */ \
                               /* parts are expected in `gates` already */                                          \
    T *gates;                  /* in: x W + b; out: the gates themselves, where `before` is wanted */                  \
    T *before;                 /* out: h before each step; null where no gradient is wanted */                      \
    T *extra;                  /* out: LSTM: c before each step; GRU: r h, or with reset after h U + b; or null */   \
    T *output;                                                                                                      \
    T *h, *c;                  /* in: initial, out: final states [batch][units] */                                  \
  };                                                                                                                \
  void ck_recurrent_forward_##S(const struct ck_recurrent *, const struct ck_recurrent_pass_##S *, int threads);    \
  struct ck_recurrent_return_##S {                                                                                  \
    const T *recurrent_kernel, *gates, *before, *extra; /* of the forward pass */                                   \
    const T *output;    /* the output's gradient, or null */                                                        \
    T *dgates;          /* out: the gradient of x W + b */                                                          \
    T *dinner;          /* out: the gradient of h U + b for a reset-after GRU; null for others */                    \
    T *h, *c;           /* in: gradients of the final states, out: of the initial ones [batch][units] */            \
  };                                                                                                                \
  void ck_recurrent_backward_##S(const struct ck_recurrent *, const struct ck_recurrent_return_##S *, int threads);

CK_RECURRENT(float, f32)
CK_RECURRENT(double, f64)

#undef CK_RECURRENT

#endif
