#define _GNU_SOURCE
#include "COpenBLAS.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// cblas.h is not included: the library is needed at run time only, its headers never.
typedef void (*sgemm_function)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *,
                               int);
typedef void (*dgemm_function)(int, int, int, int, int, int, double, const double *, int, const double *, int, double,
                               double *, int);
typedef char *(*text_function)(void);
typedef void (*set_threads_function)(int);

enum { row_major = 101, no_transpose = 111, transpose = 112 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static sgemm_function sgemm;
static dgemm_function dgemm;
static char error_text[512];
static const char *config_text = "";
static const char *core_text = "";

/// The kernels that this CPU can run and older versions of the library would not choose by themselves; NULL: its choice.
static const char *core_type(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    return "SkylakeX";
#endif
  return NULL;
}

/// Sets a variable unless the user did; returns whether it was set here.
static int set_unless_present(const char *name, const char *value) {
  return value && !getenv(name) && setenv(name, value, 1) == 0;
}

static void *open_library(void) {
  static const char *const names[] = {"libopenblas.so.0", "libopenblas.so"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library) return library;
    const char *reason = dlerror();
    if (i == 0) snprintf(error_text, sizeof error_text, "%s", reason ? reason : "not found");
  }
  return NULL;
}

static void load(void) {
  const int core_was_set = set_unless_present("OPENBLAS_CORETYPE", core_type());
  const int threads_were_set = set_unless_present("OPENBLAS_NUM_THREADS", "1");
  void *library = open_library();
  if (core_was_set) unsetenv("OPENBLAS_CORETYPE");
  if (threads_were_set) unsetenv("OPENBLAS_NUM_THREADS");
  if (!library) return;

  sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
  dgemm = (dgemm_function)dlsym(library, "cblas_dgemm");
  if (!sgemm || !dgemm) {
    snprintf(error_text, sizeof error_text, "the library has no cblas_sgemm and cblas_dgemm");
    sgemm = NULL;
    return;
  }
  error_text[0] = 0;
  set_threads_function set_threads = (set_threads_function)dlsym(library, "openblas_set_num_threads");
  if (set_threads) set_threads(1);
  text_function config = (text_function)dlsym(library, "openblas_get_config");
  text_function core = (text_function)dlsym(library, "openblas_get_corename");
  if (config) config_text = config();
  if (core) core_text = core();
}

int copenblas_load(void) {
  pthread_once(&once, load);
  return sgemm != NULL;
}

const char *copenblas_error(void) { return error_text; }
const char *copenblas_config(void) { return config_text; }
const char *copenblas_core_name(void) { return core_text; }

void copenblas_sgemm(int transpose_a, int transpose_b, long m, long n, long k, const float *a, long lda, const float *b,
                     long ldb, float beta, float *c, long ldc) {
  sgemm(row_major, transpose_a ? transpose : no_transpose, transpose_b ? transpose : no_transpose, (int)m, (int)n,
        (int)k, 1.0f, a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

void copenblas_dgemm(int transpose_a, int transpose_b, long m, long n, long k, const double *a, long lda,
                     const double *b, long ldb, double beta, double *c, long ldc) {
  dgemm(row_major, transpose_a ? transpose : no_transpose, transpose_b ? transpose : no_transpose, (int)m, (int)n,
        (int)k, 1.0, a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
}
