// Fused optimizer updates, in place, one pass over memory, in the order of operations of Keras 3.
#ifndef CK_UPDATE_H
#define CK_UPDATE_H

#include <stddef.h>

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
