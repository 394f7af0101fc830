// Softmax and its gradient, defined once for both precisions in softmax_template.h.
#include "ck_reduce.h"
#include "ck_threads.h"
#include "vmath.h"

#define TASK 4096
#define TILE 128
// Elements whose exponentials are taken together.
#define BLOCK 1024

typedef struct {
  const void *x, *dy;
  void *y;
  size_t n, inner, tiles;
  int is_log;
} softmax_job;

static void run(ck_range_body body, softmax_job job, size_t outer, int threads) {
  job.tiles = (job.inner + TILE - 1) / TILE;
  size_t work = ck_max_size(1, job.n * ck_min_size(job.inner, TILE));
  ck_parallel(outer * job.tiles, ck_max_size(1, TASK / work), threads, body, &job);
}

#define REAL float
#define K(NAME) NAME##_f32
#define LOOP_PRAGMA CK_VECTORIZE_ROW(16)
#define CLONES CK_CLONES
#include "softmax_template.h"
#undef REAL
#undef K
#undef LOOP_PRAGMA
#undef CLONES

#define REAL double
#define K(NAME) NAME##_f64
#define LOOP_PRAGMA CK_VECTORIZE_ROW(8)
#define CLONES CK_CLONES
#include "softmax_template.h"
