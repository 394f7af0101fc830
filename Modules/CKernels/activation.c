// Activations and their gradients, defined once for both precisions in activation_template.h.
#include "ck_elementwise.h"
#include "ck_threads.h"
#include "vmath.h"

// Longest run of repeated biases.
#define REPEATED 512

static size_t grain_of(ck_activation act) {
  switch (act) {
    case CK_ACTIVATION_LINEAR: case CK_ACTIVATION_RELU: case CK_ACTIVATION_RELU6: case CK_ACTIVATION_LEAKY_RELU:
    case CK_ACTIVATION_HARD_SIGMOID: case CK_ACTIVATION_HARD_SIGMOID_KERAS2: case CK_ACTIVATION_HARD_TANH:
    case CK_ACTIVATION_HARD_SHRINK: case CK_ACTIVATION_SOFT_SHRINK: case CK_ACTIVATION_SPARSE_SIGMOID:
      return 16384;
    default:
      return 4096;
  }
}

int ck_activation_has_gradient_from_output(ck_activation act, double alpha) {
  switch (act) {
    case CK_ACTIVATION_LINEAR: case CK_ACTIVATION_RELU: case CK_ACTIVATION_RELU6: case CK_ACTIVATION_SELU:
    case CK_ACTIVATION_SOFTPLUS: case CK_ACTIVATION_TANH: case CK_ACTIVATION_SIGMOID:
    case CK_ACTIVATION_HARD_SIGMOID: case CK_ACTIVATION_HARD_SIGMOID_KERAS2: case CK_ACTIVATION_EXPONENTIAL:
    case CK_ACTIVATION_HARD_TANH: case CK_ACTIVATION_SPARSE_SIGMOID:
      return 1;
    case CK_ACTIVATION_LEAKY_RELU: case CK_ACTIVATION_ELU:
      return alpha > 0;
    default:
      return 0;
  }
}

#define REAL float
#define K(NAME) NAME##_f32
#define LOOP_PRAGMA CK_VECTORIZE(16)
#define CLONES CK_CLONES
#include "activation_template.h"
#undef REAL
#undef K
#undef LOOP_PRAGMA
#undef CLONES

#define REAL double
#define K(NAME) NAME##_f64
#define LOOP_PRAGMA CK_VECTORIZE(8)
#define CLONES CK_CLONES
#include "activation_template.h"
