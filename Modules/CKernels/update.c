// Optimizer updates.
#include "ck_update.h"

#include "ck_threads.h"
#include "vmath.h"

#define GRAIN 8192

#define UPDATES(SUFFIX, T, LANES)                                                                            \
  typedef struct {                                                                                           \
    T *w, *m, *v, *vhat;                                                                                     \
    const T *g;                                                                                              \
    T lr, mu, rest1, rest2, eps;                                                                             \
  } job_##SUFFIX;                                                                                            \
  CK_CLONES static void sgd_##SUFFIX(void *context, size_t begin, size_t end) {                              \
    const job_##SUFFIX *job = context;                                                                       \
    T *w = job->w, lr = job->lr;                                                                             \
    const T *g = job->g;                                                                                     \
    CK_VECTORIZE(LANES)                                                                                      \
    for (size_t i = begin; i < end; i++) w[i] -= lr * g[i];                                                  \
  }                                                                                                          \
  CK_CLONES static void momentum_##SUFFIX(void *context, size_t begin, size_t end) {                         \
    const job_##SUFFIX *job = context;                                                                       \
    T *w = job->w, *m = job->m, lr = job->lr, mu = job->mu;                                                  \
    const T *g = job->g;                                                                                     \
    CK_VECTORIZE(LANES)                                                                                      \
    for (size_t i = begin; i < end; i++) {                                                                   \
      T velocity = mu * m[i] - lr * g[i];                                                                    \
      m[i] = velocity;                                                                                       \
      w[i] += velocity;                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  CK_CLONES static void nesterov_##SUFFIX(void *context, size_t begin, size_t end) {                         \
    const job_##SUFFIX *job = context;                                                                       \
    T *w = job->w, *m = job->m, lr = job->lr, mu = job->mu;                                                  \
    const T *g = job->g;                                                                                     \
    CK_VECTORIZE(LANES)                                                                                      \
    for (size_t i = begin; i < end; i++) {                                                                   \
      T step = lr * g[i], velocity = mu * m[i] - step;                                                       \
      m[i] = velocity;                                                                                       \
      w[i] += mu * velocity - step;                                                                          \
    }                                                                                                        \
  }                                                                                                          \
  CK_CLONES static void adam_##SUFFIX(void *context, size_t begin, size_t end) {                             \
    const job_##SUFFIX *job = context;                                                                       \
    T *w = job->w, *m = job->m, *v = job->v;                                                                 \
    const T *g = job->g;                                                                                     \
    T alpha = job->lr, rest1 = job->rest1, rest2 = job->rest2, eps = job->eps;                               \
    CK_VECTORIZE(LANES)                                                                                      \
    for (size_t i = begin; i < end; i++) {                                                                   \
      T first = m[i] + (g[i] - m[i]) * rest1, second = v[i] + (g[i] * g[i] - v[i]) * rest2;                  \
      m[i] = first;                                                                                          \
      v[i] = second;                                                                                         \
      w[i] -= first * alpha / (ck_sqrt_##SUFFIX(second) + eps);                                              \
    }                                                                                                        \
  }                                                                                                          \
  CK_CLONES static void amsgrad_##SUFFIX(void *context, size_t begin, size_t end) {                          \
    const job_##SUFFIX *job = context;                                                                       \
    T *w = job->w, *m = job->m, *v = job->v, *vhat = job->vhat;                                              \
    const T *g = job->g;                                                                                     \
    T alpha = job->lr, rest1 = job->rest1, rest2 = job->rest2, eps = job->eps;                               \
    CK_VECTORIZE(LANES)                                                                                      \
    for (size_t i = begin; i < end; i++) {                                                                   \
      T first = m[i] + (g[i] - m[i]) * rest1, second = v[i] + (g[i] * g[i] - v[i]) * rest2;                  \
      T largest = vhat[i] > second ? vhat[i] : second;                                                       \
      m[i] = first;                                                                                          \
      v[i] = second;                                                                                         \
      vhat[i] = largest;                                                                                     \
      w[i] -= first * alpha / (ck_sqrt_##SUFFIX(largest) + eps);                                             \
    }                                                                                                        \
  }                                                                                                          \
  void ck_sgd_##SUFFIX(T *w, const T *g, size_t n, T lr, int threads) {                                      \
    ck_parallel(n, GRAIN, threads, sgd_##SUFFIX, &(job_##SUFFIX){.w = w, .g = g, .lr = lr});                 \
  }                                                                                                          \
  void ck_momentum_##SUFFIX(T *w, const T *g, T *m, size_t n, T lr, T mu, int nesterov, int threads) {       \
    job_##SUFFIX job = {.w = w, .g = g, .m = m, .lr = lr, .mu = mu};                                         \
    ck_parallel(n, GRAIN, threads, nesterov ? nesterov_##SUFFIX : momentum_##SUFFIX, &job);                  \
  }                                                                                                          \
  void ck_adam_##SUFFIX(T *w, const T *g, T *m, T *v, T *vhat, size_t n, T alpha, double beta1,              \
                        double beta2, T eps, int threads) {                                                  \
    job_##SUFFIX job = {.w = w, .g = g, .m = m, .v = v, .vhat = vhat};                                       \
    job.lr = alpha, job.rest1 = (T)(1 - beta1), job.rest2 = (T)(1 - beta2), job.eps = eps;                   \
    ck_parallel(n, GRAIN, threads, vhat ? amsgrad_##SUFFIX : adam_##SUFFIX, &job);                           \
  }
UPDATES(f32, float, 16)
UPDATES(f64, double, 8)
