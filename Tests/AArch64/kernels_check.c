// The kernels on a machine without Swift: values against libm and loops written out here. Scripts/aarch64 runs it under
// an emulator. Prints what is wrong; exits 1 where something is.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static int failures;

static void expect(const char *what, double found, double expected, double tolerance) {
  int is_right = isnan(expected) ? isnan(found) : found == expected || fabs(found - expected) <= tolerance;
  if (is_right) return;
  failures++;
  printf("%s: found %.9g, expected %.9g within %.2g\n", what, found, expected, tolerance);
}

// The same numbers on every machine, between -1 and 1.
static float *samples(size_t count) {
  static uint32_t state = 12345;
  float *x = malloc(count * sizeof *x);
  for (size_t i = 0; i < count; i++) {
    state = state * 1664525u + 1013904223u;
    x[i] = (float)(state >> 8) / 8388608.0f - 1.0f;
  }
  return x;
}

// MARK: elementwise

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return log1p(exp(x)); }

static void check_unary(void) {
  static const struct {
    const char *name;
    ck_unary op;
    double (*exact)(double);
    double low, high;
  } cases[] = {
    {"exp", CK_UNARY_EXP, exp, -20, 20},        {"expm1", CK_UNARY_EXPM1, expm1, -5, 5},
    {"log", CK_UNARY_LOG, log, 0.001, 100},     {"log1p", CK_UNARY_LOG1P, log1p, -0.9, 100},
    {"sqrt", CK_UNARY_SQRT, sqrt, 0, 100},      {"sin", CK_UNARY_SIN, sin, -10, 10},
    {"cos", CK_UNARY_COS, cos, -10, 10},        {"tanh", CK_UNARY_TANH, tanh, -8, 8},
    {"sigmoid", CK_UNARY_SIGMOID, sigmoid, -20, 20}, {"softplus", CK_UNARY_SOFTPLUS, softplus, -20, 20},
    {"erf", CK_UNARY_ERF, erf, -4, 4},          {"floor", CK_UNARY_FLOOR, floor, -9, 9},
    {"round", CK_UNARY_ROUND, rint, -9, 9},     {"atan", CK_UNARY_ATAN, atan, -9, 9},
  };
  enum { COUNT = 1003 };  // no multiple of any vector
  float x[COUNT], y[COUNT];
  double wide[COUNT], result[COUNT];
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    for (int i = 0; i < COUNT; i++) {
      wide[i] = cases[c].low + (cases[c].high - cases[c].low) * i / (COUNT - 1);
      x[i] = (float)wide[i];
    }
    ck_unary_f32(cases[c].op, x, y, COUNT, 2);
    ck_unary_f64(cases[c].op, wide, result, COUNT, 2);
    for (int i = 0; i < COUNT; i++) {
      double exact = cases[c].exact(x[i]), exact64 = cases[c].exact(wide[i]);
      expect(cases[c].name, y[i], exact, 1e-6 * fmax(fabs(exact), 0.1));
      expect(cases[c].name, result[i], exact64, 1e-13 * fmax(fabs(exact64), 0.1));
    }
    float limits[3] = {NAN, INFINITY, 1}, of_limits[3];
    ck_unary_f32(cases[c].op, limits, of_limits, 3, 1);
    expect(cases[c].name, of_limits[0], NAN, 0);
  }
}

// MARK: products

static void check_gemm(void) {
  static const size_t sizes[][3] = {{1, 1, 1}, {3, 5, 7}, {16, 16, 16}, {33, 65, 40}, {128, 10, 512}, {1, 120, 256}};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    size_t m = sizes[s][0], n = sizes[s][1], k = sizes[s][2];
    for (int transposed = 0; transposed < 4; transposed++) {
      int ta = transposed & 1, tb = transposed >> 1;
      float *a = samples(m * k), *b = samples(k * n), *c = samples(m * n), *before = malloc(m * n * sizeof *c);
      memcpy(before, c, m * n * sizeof *c);
      ck_gemm_f32(ta, tb, m, n, k, a, ta ? m : k, b, tb ? k : n, 0.5f, c, n, 2);
      for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
          double sum = 0.5 * before[i * n + j];
          for (size_t t = 0; t < k; t++) sum += (double)a[ta ? t * m + i : i * k + t] * b[tb ? j * k + t : t * n + j];
          expect("gemm", c[i * n + j], sum, 1e-6 * (double)(k + 8));
        }
      }
      free(a), free(b), free(c), free(before);
    }
  }
}

static const struct ck_conv convolutions[] = {
  {2, {1, 9, 8}, 3, {1, 9, 8}, 5, {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, 1},
  {1, {1, 14, 14}, 16, {1, 7, 7}, 24, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 0, 0}, 1},
  {2, {1, 12, 12}, 1, {1, 8, 8}, 6, {1, 5, 5}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, 1},
  {2, {1, 10, 10}, 8, {1, 10, 10}, 8, {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, 8},
  {2, {1, 1, 40}, 16, {1, 1, 33}, 32, {1, 1, 8}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, 1},
  {1, {4, 5, 6}, 4, {4, 5, 6}, 6, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 2},
};

typedef void (*tap)(size_t x, size_t kernel, size_t y, void *context);

// Calls `body` for every product in a convolution, with the places of its three numbers.
static void each_tap(const struct ck_conv *g, tap body, void *context) {
  size_t in = g->in_channels / g->groups, out = g->out_channels / g->groups;
  size_t taps = g->kernel[0] * g->kernel[1] * g->kernel[2];
  size_t pixels = g->out[0] * g->out[1] * g->out[2];
  for (size_t i = 0; i < g->batch * pixels * taps; i++) {
    size_t b = i / taps / pixels, pixel = i / taps % pixels, t = i % taps;
    size_t o[3] = {pixel / (g->out[1] * g->out[2]), pixel / g->out[2] % g->out[1], pixel % g->out[2]};
    size_t k[3] = {t / (g->kernel[1] * g->kernel[2]), t / g->kernel[2] % g->kernel[1], t % g->kernel[2]};
    size_t place = b;
    int is_inside = 1;
    for (int axis = 0; axis < 3; axis++) {
      size_t at = o[axis] * g->stride[axis] + k[axis] * g->dilation[axis];
      is_inside &= at >= g->padding[axis] && at - g->padding[axis] < g->in[axis];
      place = place * g->in[axis] + at - g->padding[axis];
    }
    if (!is_inside) continue;
    for (size_t f = 0; f < g->out_channels; f++) {
      for (size_t c = 0; c < in; c++) {
        body(place * g->in_channels + f / out * in + c, (t * in + c) * g->out_channels + f,
             (b * pixels + pixel) * g->out_channels + f, context);
      }
    }
  }
}

struct convolution {
  float *x, *kernel, *dy;
  double *y, *dx, *dkernel;
};

static void add_tap(size_t x, size_t kernel, size_t y, void *context) {
  struct convolution *c = context;
  c->y[y] += (double)c->x[x] * c->kernel[kernel];
  c->dx[x] += (double)c->dy[y] * c->kernel[kernel];
  c->dkernel[kernel] += (double)c->x[x] * c->dy[y];
}

static void compare(const char *what, const float *found, const double *expected, size_t count) {
  for (size_t i = 0; i < count; i++) expect(what, found[i], expected[i], 2e-4);
}

static void check_conv(void) {
  for (size_t i = 0; i < sizeof convolutions / sizeof *convolutions; i++) {
    const struct ck_conv *g = &convolutions[i];
    size_t inputs = g->batch * g->in[0] * g->in[1] * g->in[2] * g->in_channels;
    size_t outputs = g->batch * g->out[0] * g->out[1] * g->out[2] * g->out_channels;
    size_t weights = g->kernel[0] * g->kernel[1] * g->kernel[2] * (g->in_channels / g->groups) * g->out_channels;
    struct convolution c = {samples(inputs), samples(weights), samples(outputs), calloc(outputs, sizeof(double)),
                            calloc(inputs, sizeof(double)), calloc(weights, sizeof(double))};
    each_tap(g, add_tap, &c);
    float *y = samples(outputs), *dx = samples(inputs), *dkernel = samples(weights);
    ck_conv_f32(g, c.x, c.kernel, NULL, NULL, CK_ACTIVATION_LINEAR, 0, y, 2);
    ck_conv_backward_input_f32(g, c.dy, c.kernel, dx, 2);
    ck_conv_backward_kernel_f32(g, c.x, c.dy, dkernel, 2);
    compare("conv", y, c.y, outputs);
    compare("conv, gradient of the input", dx, c.dx, inputs);
    compare("conv, gradient of the kernel", dkernel, c.dkernel, weights);
    free(c.x), free(c.kernel), free(c.dy), free(c.y), free(c.dx), free(c.dkernel);
    free(y), free(dx), free(dkernel);
  }
}

// MARK: rows and windows

static void check_rows(void) {
  enum { ROWS = 37, COLUMNS = 103 };
  float *x = samples(ROWS * COLUMNS), y[ROWS * COLUMNS], sums[ROWS], mean[COLUMNS], variance[COLUMNS];
  ck_softmax_f32(x, y, ROWS, COLUMNS, 1, 0, 2);
  ck_reduce_f32(CK_REDUCE_SUM, x, sums, ROWS, COLUMNS, 1, 2);
  ck_moments_f32(x, mean, variance, ROWS, COLUMNS, 2);
  for (int r = 0; r < ROWS; r++) {
    double total = 0, sum = 0;
    for (int c = 0; c < COLUMNS; c++) total += exp(x[r * COLUMNS + c]), sum += x[r * COLUMNS + c];
    for (int c = 0; c < COLUMNS; c++) expect("softmax", y[r * COLUMNS + c], exp(x[r * COLUMNS + c]) / total, 1e-7);
    expect("sum", sums[r], sum, 1e-5);
  }
  for (int c = 0; c < COLUMNS; c++) {
    double sum = 0, squares = 0;
    for (int r = 0; r < ROWS; r++) sum += x[r * COLUMNS + c];
    for (int r = 0; r < ROWS; r++) squares += pow(x[r * COLUMNS + c] - sum / ROWS, 2);
    expect("mean", mean[c], sum / ROWS, 1e-6);
    expect("variance", variance[c], squares / ROWS, 1e-6);
  }
  free(x);
}

static void check_pool(void) {
  struct ck_conv g = {2, {1, 9, 9}, 7, {1, 4, 4}, 7, {1, 3, 3}, {1, 2, 2}, {1, 1, 1}, {0, 0, 0}, 1};
  float *x = samples(2 * 81 * 7), y[2 * 16 * 7];
  ck_max_pool_f32(&g, x, y, 2);
  for (int i = 0; i < 2 * 16 * 7; i++) {
    int c = i % 7, column = i / 7 % 4, row = i / 28 % 4, b = i / 112;
    float most = -INFINITY;
    for (int k = 0; k < 9; k++) {
      most = fmaxf(most, x[((b * 9 + row * 2 + k / 3) * 9 + column * 2 + k % 3) * 7 + c]);
    }
    expect("max pool", y[i], most, 0);
  }
  free(x);
}

// MARK: threads and memory

static void add_range(void *context, size_t begin, size_t end) {
  unsigned char *seen = context;
  for (size_t i = begin; i < end; i++) seen[i]++;
}

static void check_team(void) {
  static unsigned char seen[100000];
  for (int round = 0; round < 200; round++) ck_parallel(sizeof seen, 64, 4, add_range, seen);
  for (size_t i = 0; i < sizeof seen; i++) expect("parallel", seen[i], 200, 0);
}

static void check_pool_of_buffers(void) {
  char *buffers[40];
  for (size_t i = 0; i < 40; i++) {
    buffers[i] = ck_allocate(1 + i * 997);
    expect("alignment", (double)((uintptr_t)buffers[i] % 64), 0, 0);
    memset(buffers[i], (int)i, 1 + i * 997);
  }
  for (size_t i = 0; i < 40; i++) {
    expect("buffer", buffers[i][i * 997], (double)i, 0);
    ck_release(buffers[i], 1 + i * 997);
  }
}

int main(void) {
  check_unary();
  check_gemm();
  check_conv();
  check_rows();
  check_pool();
  check_team();
  check_pool_of_buffers();
  if (failures) {
    printf("%d values are wrong.\n", failures);
    return 1;
  }
  printf("All values are right.\n");
  return 0;
}
