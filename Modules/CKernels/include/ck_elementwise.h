// Elementwise arithmetic, activations, comparisons, selection and conversion.
//
// Broadcasting calls take, per operand, element strides along the axes of the result `dims[rank]` (rank <= 8); a
// stride of 0 repeats the operand along that axis. The output is dense. Input and output may be the same buffer when
// the operand has the output's shape.
#ifndef CK_ELEMENTWISE_H
#define CK_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

// MARK: one operand

typedef enum ck_unary {
  CK_UNARY_NEG = 0,
  CK_UNARY_ABS,
  CK_UNARY_SIGN, // -1, 0, 1; NaN stays
  CK_UNARY_EXP,
  CK_UNARY_EXPM1,
  CK_UNARY_LOG,
  CK_UNARY_LOG1P,
  CK_UNARY_LOG2,
  CK_UNARY_LOG10,
  CK_UNARY_SQRT,
  CK_UNARY_RSQRT,
  CK_UNARY_RECIPROCAL,
  CK_UNARY_SQUARE,
  CK_UNARY_SIN,
  CK_UNARY_COS,
  CK_UNARY_TAN,
  CK_UNARY_ASIN,
  CK_UNARY_ACOS,
  CK_UNARY_ATAN,
  CK_UNARY_SINH,
  CK_UNARY_COSH,
  CK_UNARY_TANH,
  CK_UNARY_ASINH,
  CK_UNARY_ACOSH,
  CK_UNARY_ATANH,
  CK_UNARY_SIGMOID,
  CK_UNARY_SOFTPLUS, // log(1 + e^x)
  CK_UNARY_LOG_SIGMOID,
  CK_UNARY_ERF,
  CK_UNARY_ERFC,
  CK_UNARY_FLOOR,
  CK_UNARY_CEIL,
  CK_UNARY_ROUND, // half to even
  CK_UNARY_TRUNC,
} ck_unary;

// y[i] = op(x[i]); x == y is allowed.
void ck_unary_f32(ck_unary op, const float *x, float *y, size_t n, int threads);
void ck_unary_f64(ck_unary op, const double *x, double *y, size_t n, int threads);
// NEG, ABS, SIGN, SQUARE, FLOOR, CEIL, ROUND, TRUNC (overflow wraps); returns 0 for any other op.
int ck_unary_i32(ck_unary op, const int32_t *x, int32_t *y, size_t n, int threads);
int ck_unary_i64(ck_unary op, const int64_t *x, int64_t *y, size_t n, int threads);

typedef enum ck_predicate { CK_IS_NAN = 0, CK_IS_INF, CK_IS_FINITE } ck_predicate;

// y[i] = 1 where the predicate holds, else 0.
void ck_predicate_f32(ck_predicate op, const float *x, uint8_t *y, size_t n, int threads);
void ck_predicate_f64(ck_predicate op, const double *x, uint8_t *y, size_t n, int threads);

// y = min(max(x, low), high); NaN stays. In place allowed.
void ck_clip_f32(const float *x, float low, float high, float *y, size_t n, int threads);
void ck_clip_f64(const double *x, double low, double high, double *y, size_t n, int threads);

// y = scale * x + shift. In place allowed.
void ck_affine_f32(const float *x, float scale, float shift, float *y, size_t n, int threads);
void ck_affine_f64(const double *x, double scale, double shift, double *y, size_t n, int threads);

// MARK: activations (definitions of Keras 3)

typedef enum ck_activation {
  CK_ACTIVATION_LINEAR = 0,
  CK_ACTIVATION_RELU,
  CK_ACTIVATION_RELU6,
  CK_ACTIVATION_LEAKY_RELU, // alpha: slope below 0
  CK_ACTIVATION_ELU,        // alpha
  CK_ACTIVATION_SELU,
  CK_ACTIVATION_CELU,       // alpha
  CK_ACTIVATION_GELU,       // with erf
  CK_ACTIVATION_GELU_TANH,
  CK_ACTIVATION_SILU,
  CK_ACTIVATION_MISH,
  CK_ACTIVATION_SOFTPLUS,
  CK_ACTIVATION_SOFTSIGN,
  CK_ACTIVATION_TANH,
  CK_ACTIVATION_SIGMOID,
  CK_ACTIVATION_HARD_SIGMOID,        // relu6(x + 3) / 6
  CK_ACTIVATION_HARD_SIGMOID_KERAS2, // clip(0.2 x + 0.5, 0, 1)
  CK_ACTIVATION_HARD_SILU,           // x hard_sigmoid(x)
  CK_ACTIVATION_EXPONENTIAL,
  CK_ACTIVATION_HARD_TANH,           // clip(x, -1, 1)
  CK_ACTIVATION_HARD_SHRINK,         // threshold 0.5
  CK_ACTIVATION_SOFT_SHRINK,         // threshold 0.5
  CK_ACTIVATION_TANH_SHRINK,         // x - tanh(x)
  CK_ACTIVATION_SQUAREPLUS,          // (x + sqrt(x^2 + 4)) / 2
  CK_ACTIVATION_LOG_SIGMOID,
  CK_ACTIVATION_SPARSE_PLUS,         // 0, (x + 1)^2 / 4, x
  CK_ACTIVATION_SPARSE_SIGMOID,      // clip((x + 1) / 2, 0, 1)
} ck_activation;

// y = act(x). In place allowed.
void ck_activation_f32(ck_activation act, float alpha, const float *x, float *y, size_t n, int threads);
void ck_activation_f64(ck_activation act, double alpha, const double *x, double *y, size_t n, int threads);

// dx = dy * act'(x) from the input x of the activation. dx may be dy or x.
void ck_activation_gradient_f32(
  ck_activation act, float alpha, const float *x, const float *dy, float *dx, size_t n, int threads);
void ck_activation_gradient_f64(
  ck_activation act, double alpha, const double *x, const double *dy, double *dx, size_t n, int threads);

// dx = dy * act'(x) from the output y = act(x). dx may be dy or y. Returns 0 and does nothing where y does not
// determine the slope (see ck_activation_has_gradient_from_output).
int ck_activation_gradient_from_output_f32(
  ck_activation act, float alpha, const float *y, const float *dy, float *dx, size_t n, int threads);
int ck_activation_gradient_from_output_f64(
  ck_activation act, double alpha, const double *y, const double *dy, double *dx, size_t n, int threads);

// 1 where the slope follows from the output: linear, relu, relu6, leaky_relu (alpha > 0), elu (alpha > 0), selu,
// softplus, tanh, sigmoid, hard_sigmoid, hard_sigmoid_keras2, exponential, hard_tanh, sparse_sigmoid.
int ck_activation_has_gradient_from_output(ck_activation act, double alpha);

// y[r, c] = act(x[r, c] + bias[c]); bias may be null. In place allowed.
void ck_bias_activation_f32(ck_activation act, float alpha, const float *x, const float *bias, float *y, size_t rows,
                            size_t cols, int threads);
void ck_bias_activation_f64(ck_activation act, double alpha, const double *x, const double *bias, double *y,
                            size_t rows, size_t cols, int threads);

// y[r, c] = act(x[r, c] + bias[c] + residual[r, c]); bias and residual may be null. y may be x or the residual.
void ck_residual_activation_f32(ck_activation act, float alpha, const float *x, const float *bias,
                                const float *residual, float *y, size_t rows, size_t cols, int threads);
void ck_residual_activation_f64(ck_activation act, double alpha, const double *x, const double *bias,
                                const double *residual, double *y, size_t rows, size_t cols, int threads);

// MARK: two operands

// Integers wrap around; dividing an integer by zero yields 0; DIV and MOD of integers round toward minus infinity as
// NumPy's floor_divide and mod; MOD of floats takes the divisor's sign. MAX and MIN propagate NaN.
typedef enum ck_binary {
  CK_BINARY_ADD = 0,
  CK_BINARY_SUB,
  CK_BINARY_MUL,
  CK_BINARY_DIV,
  CK_BINARY_MAX,
  CK_BINARY_MIN,
  CK_BINARY_POW, // integers: negative exponents yield 0 but for bases 1 and -1
  CK_BINARY_MOD,
  CK_BINARY_FLOOR_DIV,
  CK_BINARY_SQUARED_DIFFERENCE,
  CK_BINARY_ATAN2, // floats only; 0 on integers
} ck_binary;

void ck_binary_f32(ck_binary op, const float *a, const size_t *a_strides, const float *b, const size_t *b_strides,
                   float *y, const size_t *dims, int rank, int threads);
void ck_binary_f64(ck_binary op, const double *a, const size_t *a_strides, const double *b, const size_t *b_strides,
                   double *y, const size_t *dims, int rank, int threads);
void ck_binary_i32(ck_binary op, const int32_t *a, const size_t *a_strides, const int32_t *b, const size_t *b_strides,
                   int32_t *y, const size_t *dims, int rank, int threads);
void ck_binary_i64(ck_binary op, const int64_t *a, const size_t *a_strides, const int64_t *b, const size_t *b_strides,
                   int64_t *y, const size_t *dims, int rank, int threads);
void ck_binary_u8(ck_binary op, const uint8_t *a, const size_t *a_strides, const uint8_t *b, const size_t *b_strides,
                  uint8_t *y, const size_t *dims, int rank, int threads);

typedef enum ck_compare {
  CK_COMPARE_EQ = 0,
  CK_COMPARE_NE,
  CK_COMPARE_LT,
  CK_COMPARE_LE,
  CK_COMPARE_GT,
  CK_COMPARE_GE,
} ck_compare;

// y = 1 where the comparison holds, else 0.
void ck_compare_f32(ck_compare op, const float *a, const size_t *a_strides, const float *b, const size_t *b_strides,
                    uint8_t *y, const size_t *dims, int rank, int threads);
void ck_compare_f64(ck_compare op, const double *a, const size_t *a_strides, const double *b, const size_t *b_strides,
                    uint8_t *y, const size_t *dims, int rank, int threads);
void ck_compare_i32(ck_compare op, const int32_t *a, const size_t *a_strides, const int32_t *b,
                    const size_t *b_strides, uint8_t *y, const size_t *dims, int rank, int threads);
void ck_compare_i64(ck_compare op, const int64_t *a, const size_t *a_strides, const int64_t *b,
                    const size_t *b_strides, uint8_t *y, const size_t *dims, int rank, int threads);
void ck_compare_u8(ck_compare op, const uint8_t *a, const size_t *a_strides, const uint8_t *b, const size_t *b_strides,
                   uint8_t *y, const size_t *dims, int rank, int threads);

typedef enum ck_logical { CK_LOGICAL_AND = 0, CK_LOGICAL_OR, CK_LOGICAL_XOR } ck_logical;

// Any nonzero byte counts as true; the result is 0 or 1.
void ck_logical_u8(ck_logical op, const uint8_t *a, const size_t *a_strides, const uint8_t *b, const size_t *b_strides,
                   uint8_t *y, const size_t *dims, int rank, int threads);
void ck_logical_not(const uint8_t *x, uint8_t *y, size_t n, int threads);

// y = condition ? a : b. Strides in elements of `element_size` (1, 2, 4 or 8) bytes.
void ck_select(const uint8_t *condition, const size_t *condition_strides, const void *a, const size_t *a_strides,
               const void *b, const size_t *b_strides, void *y, size_t element_size, const size_t *dims, int rank,
               int threads);

// Copies x to y along strides: y is the dense `dims` view of x. The materialised broadcast.
void ck_broadcast(const void *x, const size_t *x_strides, void *y, size_t element_size, const size_t *dims, int rank,
                  int threads);

// MARK: conversion

typedef enum ck_dtype {
  CK_F32 = 0,
  CK_F64,
  CK_F16,
  CK_BF16,
  CK_I64,
  CK_I32,
  CK_U8,
  CK_BOOL,
} ck_dtype;

// Bytes of one element.
size_t ck_dtype_size(ck_dtype dtype);

// To 16-bit floats: nearest even. Float to integer: toward zero, saturating, NaN to 0. Between integers: wraps.
// To bool: nonzero (NaN included) is 1.
void ck_cast(const void *x, ck_dtype from, void *y, ck_dtype to, size_t n, int threads);

#endif
