// Finds the library, resolves its functions, and starts its engine.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

struct cdnn_library cdnn;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_loaded;
static char error_text[512];
static char version_text[32];

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static void *open_library(void) {
  static const char *const names[] = {"libdnnl.so." TEXT(DNNL_VERSION_MAJOR), "libdnnl.so"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library) return library;
    const char *reason = dlerror();
    if (i == 0) snprintf(error_text, sizeof error_text, "%s", reason ? reason : "not found");
  }
  return NULL;
}

static bool resolve(void *library) {
#define RESOLVE(name)                                                                       \
  if (!(cdnn.name = (__typeof__(cdnn.name))dlsym(library, #name))) {                        \
    snprintf(error_text, sizeof error_text, "the library has no function %s", #name);       \
    return false;                                                                           \
  }
  CDNN_FUNCTIONS(RESOLVE)
#undef RESOLVE
#define RESOLVE(name) cdnn.name = (__typeof__(cdnn.name))dlsym(library, #name);
  // Found through the library, which depends on its OpenMP runtime.
  RESOLVE(omp_set_num_threads)
  RESOLVE(omp_get_max_threads)
  RESOLVE(omp_in_parallel)
  RESOLVE(GOMP_parallel)
#undef RESOLVE
  return true;
}

static bool is_right_version(void) {
  const dnnl_version_t *version = cdnn.dnnl_version();
  snprintf(version_text, sizeof version_text, "%d.%d.%d", version->major, version->minor, version->patch);
  if (version->major == DNNL_VERSION_MAJOR) return true;
  snprintf(error_text, sizeof error_text, "the library is version %s, the program was built for version %d", version_text,
           DNNL_VERSION_MAJOR);
  version_text[0] = 0;
  return false;
}

static void load(void) {
  // libgomp's workers spin for milliseconds after every region unless told otherwise, against whoever else computes.
  // About 20 microseconds bridge the gap between two kernels.
  const int quiet = !getenv("GOMP_SPINCOUNT") && !getenv("OMP_WAIT_POLICY") && setenv("GOMP_SPINCOUNT", "10000", 1) == 0;
  void *library = open_library();
  if (quiet) unsetenv("GOMP_SPINCOUNT");
  if (!library || !resolve(library) || !is_right_version()) return;
  if (cdnn.dnnl_engine_create(&cdnn.engine, dnnl_cpu, 0) != dnnl_success) {
    snprintf(error_text, sizeof error_text, "the library could not start its CPU engine");
    return;
  }
  error_text[0] = 0;
  is_loaded = 1;
}

int cdnn_load(void) {
  pthread_once(&once, load);
  return is_loaded;
}

const char *cdnn_error(void) { return error_text; }
const char *cdnn_version(void) { return version_text; }
int cdnn_expected_major_version(void) { return DNNL_VERSION_MAJOR; }

int cdnn_has_bfloat16(void) {
  // The numbers are sets of bits, each of which stands for one extension.
  return is_loaded && (cdnn.dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}
