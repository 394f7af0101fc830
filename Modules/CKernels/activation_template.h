// The activations in one precision: included with REAL, K(name) (adds the suffix), LOOP_PRAGMA and CLONES defined.
// v is the input x, a is alpha; in gradients from the output v is y.

typedef struct {
  const REAL *x, *dy, *bias, *residual;
  REAL *y;
  REAL alpha;
  size_t cols;
  ck_range_body activate;
} K(job);

// x s(x) where s tends to 0: the limit 0 instead of NaN at minus infinity.
CK_INLINE REAL K(gated)(REAL x, REAL s) { return s == 0 ? 0 : x * s; }
CK_INLINE REAL K(clamp)(REAL low, REAL high, REAL v) {
  REAL raised = low > v ? low : v;
  return high < raised ? high : raised;
}
// Slope of the logistic function, without cancellation in the tails.
CK_INLINE REAL K(sigmoid_slope)(REAL x) {
  REAL e = K(ck_exp)(-K(ck_abs)(x));
  return e / ((1 + e) * (1 + e));
}
CK_INLINE REAL K(gelu_inner)(REAL x) {
  // 2 sqrt(2 / pi) (x + 0.044715 x^3): (1 + tanh u) / 2 is the logistic function of 2 u.
  return (REAL)1.59576912160573071 * x * (1 + (REAL)0.044715 * x * x);
}
// tanh(softplus(x)) = m / (m + 2) with m = e^x (e^x + 2); the cap keeps m finite.
CK_INLINE REAL K(mish_m)(REAL x) {
  REAL e = K(ck_exp)(x > 20 ? 20 : x);
  return e * (e + 2);
}
CK_INLINE REAL K(mish)(REAL x) {
  REAL m = K(mish_m)(x);
  return x > 20 ? x : K(gated)(x, m / (m + 2));
}
CK_INLINE REAL K(mish_slope)(REAL x) {
  REAL e = K(ck_exp)(x > 20 ? 20 : x), m = e * (e + 2), q = 1 / (m + 2);
  return x > 20 ? 1 : m * q + K(gated)(x, 4 * e * (1 + e) * q * q);
}
CK_INLINE REAL K(squareplus)(REAL x) {
  REAL s = K(ck_sqrt)(x * x + 4);
  REAL y = x < 0 ? 2 / (s - x) : (x + s) / 2;
  return x > (REAL)1e10 ? x : y;
}
CK_INLINE REAL K(squareplus_slope)(REAL x) {
  REAL s = K(ck_sqrt)(x * x + 4);
  REAL y = x < 0 ? 2 / (s - x) : (x + s) / 2;
  return x > (REAL)1e10 ? 1 : y / s;
}
CK_INLINE REAL K(gelu_slope)(REAL x) { return K(ck_normal_cdf)(x) + K(gated)(x, K(ck_normal_pdf)(x)); }
CK_INLINE REAL K(gelu_tanh_slope)(REAL x) {
  REAL u = K(gelu_inner)(x);
  REAL du = (REAL)1.59576912160573071 * (1 + 3 * (REAL)0.044715 * x * x);
  return K(ck_sigmoid)(u) + K(gated)(x, K(gated)(du, K(sigmoid_slope)(u)));
}
CK_INLINE REAL K(tanh_slope)(REAL x) { return 4 * K(sigmoid_slope)(2 * x); }
CK_INLINE REAL K(tanh_square)(REAL x) {
  REAL t = K(ck_tanh)(x);
  return t * t;
}
CK_INLINE REAL K(softsign_slope)(REAL x) {
  REAL d = 1 + K(ck_abs)(x);
  return 1 / (d * d);
}
CK_INLINE REAL K(softsign)(REAL x) {
  REAL size = K(ck_abs)(x);
  return size > (REAL)1e30 ? (x < 0 ? -1 : 1) : x / (1 + size);
}
CK_INLINE REAL K(sparse_plus)(REAL x) { return x < -1 ? 0 : x > 1 ? x : (x + 1) * (x + 1) / 4; }

#define SELU_SCALE ((REAL)1.0507009873554805)
#define SELU_ALPHA ((REAL)1.6732632423543772)

// X(name, value of x, slope at x)
#define ACTIVATIONS(X)                                                                                       \
  X(LINEAR, linear, v, 1)                                                                                    \
  X(RELU, relu, 0 > v ? 0 : v, v > 0 ? 1 : 0)                                                                \
  X(RELU6, relu6, K(clamp)(0, 6, v), v > 0 && v < 6 ? 1 : 0)                                                 \
  X(LEAKY_RELU, leaky_relu, v > 0 ? v : a * v, v > 0 ? 1 : a)                                                \
  X(ELU, elu, v > 0 ? v : a * K(ck_expm1)(v), v > 0 ? 1 : a * K(ck_exp)(v))                                  \
  X(SELU, selu, SELU_SCALE * (v > 0 ? v : SELU_ALPHA * K(ck_expm1)(v)),                                      \
    SELU_SCALE * (v >= 0 ? 1 : SELU_ALPHA * K(ck_exp)(v)))                                                   \
  X(CELU, celu, v > 0 ? v : a * K(ck_expm1)(v / a), v > 0 ? 1 : K(ck_exp)(v / a))                            \
  X(GELU, gelu, K(ck_gelu)(v), K(gelu_slope)(v))                                                              \
  X(GELU_TANH, gelu_tanh, K(gated)(v, K(ck_sigmoid)(K(gelu_inner)(v))), K(gelu_tanh_slope)(v))               \
  X(SILU, silu, K(ck_silu)(v), K(ck_sigmoid)(v) + K(gated)(v, K(sigmoid_slope)(v)))          \
  X(MISH, mish, K(mish)(v), K(mish_slope)(v))                                                                \
  X(SOFTPLUS, softplus, K(ck_softplus)(v), K(ck_sigmoid)(v))                                                 \
  X(SOFTSIGN, softsign, K(softsign)(v), K(softsign_slope)(v))                                                \
  X(TANH, tanh, K(ck_tanh)(v), K(tanh_slope)(v))                                                             \
  X(SIGMOID, sigmoid, K(ck_sigmoid)(v), K(sigmoid_slope)(v))                                                 \
  X(HARD_SIGMOID, hard_sigmoid, K(clamp)(0, 6, v + 3) / 6, v > -3 && v < 3 ? (REAL)(1.0 / 6) : 0)            \
  X(HARD_SIGMOID_KERAS2, hard_sigmoid_keras2, K(clamp)(0, 1, (REAL)0.2 * v + (REAL)0.5),                     \
    v > (REAL) - 2.5 && v < (REAL)2.5 ? (REAL)0.2 : 0)                                                       \
  X(HARD_SILU, hard_silu, K(gated)(v, K(clamp)(0, 6, v + 3) / 6), v <= -3 ? 0 : v >= 3 ? 1 : (2 * v + 3) / 6) \
  X(EXPONENTIAL, exponential, K(ck_exp)(v), K(ck_exp)(v))                                                    \
  X(HARD_TANH, hard_tanh, K(clamp)(-1, 1, v), v > -1 && v < 1 ? 1 : 0)                                       \
  X(HARD_SHRINK, hard_shrink, K(ck_abs)(v) <= (REAL)0.5 ? 0 : v, K(ck_abs)(v) <= (REAL)0.5 ? 0 : 1)          \
  X(SOFT_SHRINK, soft_shrink, v > (REAL)0.5 ? v - (REAL)0.5 : v < (REAL) - 0.5 ? v + (REAL)0.5 : 0 * v,      \
    K(ck_abs)(v) <= (REAL)0.5 ? 0 : 1)                                                                       \
  X(TANH_SHRINK, tanh_shrink, v - K(ck_tanh)(v), K(tanh_square)(v))                                          \
  X(SQUAREPLUS, squareplus, K(squareplus)(v), K(squareplus_slope)(v))                                        \
  X(LOG_SIGMOID, log_sigmoid, -K(ck_softplus)(-v), K(ck_sigmoid)(-v))                                        \
  X(SPARSE_PLUS, sparse_plus, K(sparse_plus)(v), v <= -1 ? 0 : v >= 1 ? 1 : (v + 1) / 2)                     \
  X(SPARSE_SIGMOID, sparse_sigmoid, K(clamp)(0, 1, (v + 1) / 2), v > -1 && v < 1 ? (REAL)0.5 : 0)

// X(name, slope from the output)
#define OUTPUT_SLOPES(X)                                                                                     \
  X(LINEAR, linear, 1)                                                                                       \
  X(RELU, relu, v > 0 ? 1 : 0)                                                                               \
  X(RELU6, relu6, v > 0 && v < 6 ? 1 : 0)                                                                    \
  X(LEAKY_RELU, leaky_relu, v > 0 ? 1 : a)                                                                   \
  X(ELU, elu, v > 0 ? 1 : v + a)                                                                             \
  X(SELU, selu, v >= 0 ? SELU_SCALE : v + SELU_SCALE * SELU_ALPHA)                                           \
  X(SOFTPLUS, softplus, -K(ck_expm1)(-v))                                                                    \
  X(TANH, tanh, (1 - v) * (1 + v))                                                                           \
  X(SIGMOID, sigmoid, v * (1 - v))                                                                           \
  X(HARD_SIGMOID, hard_sigmoid, v > 0 && v < 1 ? (REAL)(1.0 / 6) : 0)                                        \
  X(HARD_SIGMOID_KERAS2, hard_sigmoid_keras2, v > 0 && v < 1 ? (REAL)0.2 : 0)                                \
  X(EXPONENTIAL, exponential, v)                                                                             \
  X(HARD_TANH, hard_tanh, v > -1 && v < 1 ? 1 : 0)                                                           \
  X(SPARSE_SIGMOID, sparse_sigmoid, v > 0 && v < 1 ? (REAL)0.5 : 0)

// Rows of a bias are short runs, so the plain form has its own loop over everything.
#define DEFINE(OP, NAME, VALUE, SLOPE)                                                  \
  CLONES static void K(NAME##_body)(void *context, size_t begin, size_t end) {            \
    const K(job) *job = context;                                                        \
    const REAL *x = job->x;                                                             \
    REAL *y = job->y;                                                                   \
    REAL a = job->alpha;                                                                \
    (void)a;                                                                            \
    LOOP_PRAGMA                                                                        \
    for (size_t i = begin; i < end; i++) {                                              \
      REAL v = x[i];                                                                    \
      y[i] = VALUE;                                                                     \
    }                                                                                   \
  }                                                                                     \
  CLONES static void K(NAME##_bias_body)(void *context, size_t begin, size_t end) {          \
    const K(job) *job = context;                                                        \
    const REAL *bias = job->bias;                                                       \
    size_t cols = job->cols;                                                            \
    REAL a = job->alpha;                                                                \
    (void)a;                                                                            \
    for (size_t r = begin; r < end; r++) {                                              \
      const REAL *x = job->x + r * cols;                                                \
      REAL *y = job->y + r * cols;                                                      \
      LOOP_PRAGMA                                                                      \
      for (size_t c = 0; c < cols; c++) {                                               \
        REAL v = x[c] + bias[c];                                                        \
        y[c] = VALUE;                                                                   \
      }                                                                                 \
    }                                                                                   \
  }                                                                                     \
  GRADIENT(NAME##_slope, SLOPE)
#define GRADIENT(NAME, SLOPE)                                                           \
  CLONES static void K(NAME##_body)(void *context, size_t begin, size_t end) {            \
    const K(job) *job = context;                                                        \
    const REAL *x = job->x, *dy = job->dy;                                              \
    REAL *dx = job->y;                                                                  \
    REAL a = job->alpha;                                                                \
    (void)a;                                                                            \
    LOOP_PRAGMA                                                                        \
    for (size_t i = begin; i < end; i++) {                                              \
      REAL v = x[i];                                                                    \
      (void)v;                                                                          \
      dx[i] = dy[i] * (SLOPE);                                                          \
    }                                                                                   \
  }
#define DEFINE_OUTPUT(OP, NAME, SLOPE) GRADIENT(NAME##_output, SLOPE)

ACTIVATIONS(DEFINE)
OUTPUT_SLOPES(DEFINE_OUTPUT)

#define VALUE_CASE(OP, NAME, VALUE, SLOPE) \
  case CK_ACTIVATION_##OP: return K(NAME##_body);
#define BIAS_CASE(OP, NAME, VALUE, SLOPE) \
  case CK_ACTIVATION_##OP: return K(NAME##_bias_body);
#define SLOPE_CASE(OP, NAME, VALUE, SLOPE) \
  case CK_ACTIVATION_##OP: return K(NAME##_slope_body);
#define OUTPUT_CASE(OP, NAME, SLOPE) \
  case CK_ACTIVATION_##OP: return K(NAME##_output_body);

static ck_range_body K(value_body)(ck_activation act) {
  switch (act) { ACTIVATIONS(VALUE_CASE) }
  __builtin_trap();
}
static ck_range_body K(bias_body)(ck_activation act) {
  switch (act) { ACTIVATIONS(BIAS_CASE) }
  __builtin_trap();
}
static ck_range_body K(slope_body)(ck_activation act) {
  switch (act) { ACTIVATIONS(SLOPE_CASE) }
  __builtin_trap();
}
static ck_range_body K(output_body)(ck_activation act) {
  switch (act) {
    OUTPUT_SLOPES(OUTPUT_CASE)
    default: __builtin_trap();
  }
}

void K(ck_activation)(ck_activation act, REAL alpha, const REAL *x, REAL *y, size_t n, int threads) {
  if (act == CK_ACTIVATION_LINEAR && x == y) return;
  ck_parallel(n, grain_of(act), threads, K(value_body)(act), &(K(job)){.x = x, .y = y, .alpha = alpha});
}

void K(ck_activation_gradient)(
  ck_activation act, REAL alpha, const REAL *x, const REAL *dy, REAL *dx, size_t n, int threads) {
  ck_parallel(
    n, grain_of(act), threads, K(slope_body)(act), &(K(job)){.x = x, .dy = dy, .y = dx, .alpha = alpha});
}

int K(ck_activation_gradient_from_output)(
  ck_activation act, REAL alpha, const REAL *y, const REAL *dy, REAL *dx, size_t n, int threads) {
  if (!ck_activation_has_gradient_from_output(act, (double)alpha)) return 0;
  ck_parallel(
    n, grain_of(act), threads, K(output_body)(act), &(K(job)){.x = y, .dy = dy, .y = dx, .alpha = alpha});
  return 1;
}

void K(ck_bias_activation)(
  ck_activation act, REAL alpha, const REAL *x, const REAL *bias, REAL *y, size_t rows, size_t cols, int threads) {
  if (rows == 0 || cols == 0) return;
  if (!bias) {
    K(ck_activation)(act, alpha, x, y, rows * cols, threads);
    return;
  }
  // Short rows are taken several at a time, with the bias repeated to match.
  REAL repeated[REPEATED];
  size_t group = cols <= REPEATED / 4 && rows >= 8 ? REPEATED / cols : 1;
  if (group > rows) group = rows;
  if (group > 1) {
    memcpy(repeated, bias, cols * sizeof(REAL));
    for (size_t done = cols; done < group * cols; done *= 2) {
      memcpy(repeated + done, repeated, ck_min_size(done, group * cols - done) * sizeof(REAL));
    }
  }
  size_t whole = rows / group, rest = whole * group;
  K(job) job = {.x = x, .bias = group > 1 ? repeated : bias, .y = y, .alpha = alpha, .cols = cols * group};
  ck_parallel(whole, ck_max_size(1, grain_of(act) / job.cols), threads, K(bias_body)(act), &job);
  if (rest < rows) {
    K(job) last = {.x = x + rest * cols, .bias = bias, .y = y + rest * cols, .alpha = alpha, .cols = cols};
    K(bias_body)(act)(&last, 0, rows - rest);
  }
}

// Sums are written a few rows at a time, so that the activation finds them in the first-level cache.
CLONES static void K(residual_body)(void *context, size_t begin, size_t end) {
  const K(job) *job = context;
  const REAL *bias = job->bias;
  size_t cols = job->cols, most = ck_max_size(1, 2048 / cols);
  K(job) sums = {.x = job->y, .y = job->y, .alpha = job->alpha};
  for (size_t first = begin; first < end; first += most) {
    size_t last = end - first < most ? end : first + most;
    for (size_t r = first; r < last; r++) {
      const REAL *x = job->x + r * cols, *residual = job->residual + r * cols;
      REAL *y = job->y + r * cols;
      if (bias) {
        LOOP_PRAGMA
        for (size_t c = 0; c < cols; c++) y[c] = x[c] + bias[c] + residual[c];
      } else {
        LOOP_PRAGMA
        for (size_t c = 0; c < cols; c++) y[c] = x[c] + residual[c];
      }
    }
    if (job->activate) job->activate(&sums, first * cols, last * cols);
  }
}

void K(ck_residual_activation)(
  ck_activation act, REAL alpha, const REAL *x, const REAL *bias, const REAL *residual, REAL *y, size_t rows,
  size_t cols, int threads) {
  if (!residual) {
    K(ck_bias_activation)(act, alpha, x, bias, y, rows, cols, threads);
    return;
  }
  if (rows == 0 || cols == 0) return;
  K(job) job = {.x = x, .bias = bias, .residual = residual, .y = y, .alpha = alpha, .cols = cols};
  job.activate = act == CK_ACTIVATION_LINEAR ? NULL : K(value_body)(act);
  // Without a bias, rows may be cut anywhere.
  if (!bias) {
    job.cols = 1;
    rows *= cols;
  }
  ck_parallel(rows, ck_max_size(1, grain_of(act) / job.cols), threads, K(residual_body), &job);
}

#undef ACTIVATIONS
#undef OUTPUT_SLOPES
#undef DEFINE
#undef GRADIENT
#undef DEFINE_OUTPUT
#undef VALUE_CASE
#undef BIAS_CASE
#undef SLOPE_CASE
#undef OUTPUT_CASE
#undef SELU_SCALE
#undef SELU_ALPHA
