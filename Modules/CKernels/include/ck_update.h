// Fused optimizer updates, in place, one pass over memory, in the order of operations of Keras 3.
#ifndef CK_UPDATE_H
#define CK_UPDATE_H

#include <stddef.h>
#include <stdint.h>

typedef enum ck_update_rule {
  CK_UPDATE_SGD = 0,
  CK_UPDATE_MOMENTUM,
  CK_UPDATE_NESTEROV,
  CK_UPDATE_ADAM,
  CK_UPDATE_AMSGRAD,
} ck_update_rule;

// An optimizer's step with all that Keras does around the rule: g = clip(scale g, -limit, limit), then w -= decay w,
// then the rule, whose formulas stand at the functions below.
struct ck_update {
  ck_update_rule rule;
  double rate;      // learning rate; for Adam with both bias corrections in it
  double momentum;  // mu
  double beta1, beta2, epsilon;
  double scale;     // of the gradient: 1, or what clipping by a norm asks for
  double limit;     // clipping by value; 0: none
  double decay;     // weight decay times the learning rate; 0: none
};

// `m`, `v` and `vhat` may be NULL where the rule has none.
void ck_update_f32(const struct ck_update *update, float *w, const float *g, float *m, float *v, float *vhat, size_t n,
                   int threads);
void ck_update_f64(const struct ck_update *update, double *w, const double *g, double *m, double *v, double *vhat,
                   size_t n, int threads);

// The same step on a table [rows, width] whose gradient is zero but for `count` rows g[count, width], of which g[i]
// belongs to row indices[i]: rows that are named several times get the sum in the order given. All rows take the
// step, since Keras's moments decay where the gradient is zero too; the table is read and written once.
void ck_update_rows_f32(const struct ck_update *update, float *w, float *m, float *v, float *vhat, size_t rows,
                        size_t width, const int64_t *indices, const float *g, size_t count, int threads);
void ck_update_rows_f64(const struct ck_update *update, double *w, double *m, double *v, double *vhat, size_t rows,
                        size_t width, const int64_t *indices, const double *g, size_t count, int threads);

// The sum of squares, for clipping by a norm.
double ck_sum_squares_f32(const float *x, size_t n, int threads);
double ck_sum_squares_f64(const double *x, size_t n, int threads);

// w -= lr g
void ck_sgd_f32(float *w, const float *g, size_t n, float lr, int threads);
void ck_sgd_f64(double *w, const double *g, size_t n, double lr, int threads);

// m = mu m - lr g; w += m, or with nesterov w += mu m - lr g.
void ck_momentum_f32(float *w, const float *g, float *m, size_t n, float lr, float mu, int nesterov, int threads);
void ck_momentum_f64(double *w, const double *g, double *m, size_t n, double lr, double mu, int nesterov, int threads);

// m += (g - m)(1 - beta1); v += (g^2 - v)(1 - beta2); w -= m alpha / (sqrt(v) + eps), where the caller folds the bias
// corrections into alpha. The betas are doubles because 1 - 0.999 in single precision is off by 5e-5. With vhat
// (AMSGrad): vhat = max(vhat, v) stands for v in the last step. vhat may be null.
void ck_adam_f32(float *w, const float *g, float *m, float *v, float *vhat, size_t n, float alpha, double beta1,
                 double beta2, float eps, int threads);
void ck_adam_f64(double *w, const double *g, double *m, double *v, double *vhat, size_t n, double alpha, double beta1,
                 double beta2, double eps, int threads);

#endif
