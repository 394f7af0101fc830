// Reductions over the middle axis of [outer, n, inner].
//
// The axis is cut into blocks whose size depends on `inner` alone; every block is reduced by one thread into a
// partial result, and the partial results are combined in order. So the result depends on neither threads nor their
// timing.
#include "ck_reduce.h"

#include <math.h>

#include "ck_memory.h"
#include "ck_threads.h"
#include "column_sums.h"

#define LANES 64          // columns kept in registers
#define STEPS 16          // rows summed in the element's own precision before the sum moves to the wider one
#define BLOCK 65536       // elements of a block
#define TASK 16384        // elements worth a thread's while

typedef struct {
  const void *x;
  void *y;
  void *partials;
  size_t n, inner, block_rows, blocks, tiles;
} reduce_job;

static reduce_job make_job(const void *x, void *y, size_t n, size_t inner) {
  reduce_job job = {.x = x, .y = y, .n = n, .inner = inner};
  job.block_rows = ck_max_size(STEPS, BLOCK / inner);
  job.blocks = (n + job.block_rows - 1) / job.block_rows;
  job.tiles = inner <= LANES ? 1 : (inner + LANES - 1) / LANES;
  return job;
}

// total[c] = total[c] op rows[r][c] for `rows` rows `pitch` elements apart. Called with constant `cols` where
// possible.
#define REDUCE_ROWS(NAME, T, ACC, INIT, OP)                                                     \
  CK_INLINE void NAME##_rows(const T *x, size_t rows, size_t pitch, size_t cols, ACC *total) {  \
    for (size_t r = 0; r < rows;) {                                                             \
      T lanes[LANES];                                                                           \
      for (size_t c = 0; c < cols; c++) lanes[c] = INIT;                                        \
      for (size_t stop = ck_min_size(rows, r + STEPS); r < stop; r++, x += pitch) {             \
        for (size_t c = 0; c < cols; c++) lanes[c] = OP(lanes[c], x[c]);                        \
      }                                                                                         \
      for (size_t c = 0; c < cols; c++) total[c] = OP(total[c], lanes[c]);                      \
    }                                                                                           \
  }

// Few columns: as many rows side by side as fit, folded at the end.
#define REDUCE_NARROW(NAME, T, ACC, OP)                                                         \
  CK_INLINE void NAME##_narrow(const T *x, size_t rows, size_t inner, ACC *total) {             \
    size_t group = LANES / inner, width = group * inner, whole = rows / group;                  \
    if (width == LANES) {                                                                       \
      NAME##_rows(x, whole, LANES, LANES, total);                                               \
    } else {                                                                                    \
      NAME##_rows(x, whole, width, width, total);                                               \
    }                                                                                           \
    size_t rest = (rows - whole * group) * inner;                                               \
    for (size_t c = 0; c < rest; c++) total[c] = OP(total[c], x[whole * width + c]);            \
    for (size_t c = inner; c < width; c++) total[c % inner] = OP(total[c % inner], total[c]);   \
  }

// Tasks are numbered (outer, block, tile).
#define REDUCE_BODY(NAME, CLONES, T, ACC, INIT)                                                 \
  CLONES static void NAME##_body(void *context, size_t begin, size_t end) {                     \
    const reduce_job *job = context;                                                            \
    size_t inner = job->inner;                                                                  \
    for (size_t task = begin; task < end; task++) {                                             \
      size_t tile = task % job->tiles, part = task / job->tiles;                                \
      size_t first = part % job->blocks * job->block_rows, outer = part / job->blocks;          \
      size_t rows = ck_min_size(job->block_rows, job->n - first), column = tile * LANES;        \
      size_t cols = ck_min_size(LANES, inner - column);                                         \
      const T *x = (const T *)job->x + (outer * job->n + first) * inner + column;               \
      ACC total[LANES];                                                                         \
      for (size_t c = 0; c < LANES; c++) total[c] = INIT;                                       \
      if (inner <= LANES / 2) {                                                                 \
        NAME##_narrow(x, rows, inner, total);                                                   \
      } else if (cols == LANES) {                                                               \
        NAME##_rows(x, rows, inner, LANES, total);                                              \
      } else {                                                                                  \
        NAME##_rows(x, rows, inner, cols, total);                                               \
      }                                                                                         \
      memcpy((ACC *)job->partials + part * inner + column, total, cols * sizeof(ACC));          \
    }                                                                                           \
  }

// Combines the blocks of each output element in order. FINISH turns the total `t` of n elements into the result.
#define REDUCE_COMBINE(NAME, T, ACC, INIT, OP, FINISH)                                          \
  static void NAME##_combine(void *context, size_t begin, size_t end) {                         \
    const reduce_job *job = context;                                                            \
    for (size_t i = begin; i < end; i++) {                                                      \
      size_t first = i / job->inner * job->blocks * job->inner + i % job->inner;                \
      const ACC *partial = (const ACC *)job->partials + first;                                  \
      ACC t = INIT;                                                                             \
      for (size_t b = 0; b < job->blocks; b++) t = OP(t, partial[b * job->inner]);              \
      ((T *)job->y)[i] = (T)(FINISH);                                                           \
    }                                                                                           \
  }

#define REDUCE(NAME, CLONES, T, ACC, INIT, OP, FINISH)                                          \
  REDUCE_ROWS(NAME, T, ACC, INIT, OP)                                                           \
  REDUCE_NARROW(NAME, T, ACC, OP)                                                               \
  REDUCE_BODY(NAME, CLONES, T, ACC, INIT)                                                       \
  REDUCE_COMBINE(NAME, T, ACC, INIT, OP, FINISH)                                                \
  static void NAME(const T *x, T *y, size_t outer, size_t n, size_t inner, int threads) {       \
    if (outer == 0 || inner == 0) return;                                                       \
    reduce_job job = make_job(x, y, n, inner);                                                  \
    size_t parts = outer * job.blocks, bytes = parts * inner * sizeof(ACC);                     \
    ACC few[LANES];                                                                             \
    job.partials = bytes <= sizeof few ? few : ck_allocate(bytes);                              \
    if (!job.partials) __builtin_trap();                                                        \
    size_t work = ck_max_size(1, ck_min_size(n, job.block_rows) * ck_min_size(inner, LANES));   \
    ck_parallel(parts * job.tiles, ck_max_size(1, TASK / work), threads, NAME##_body, &job);    \
    ck_parallel(outer * inner, TASK, threads, NAME##_combine, &job);                            \
    if (job.partials != few) ck_release(job.partials, bytes);                                   \
  }

#define SUM(a, b) ((a) + (b))
#define PROD(a, b) ((a) * (b))
// Once NaN, a stays: no comparison with it holds.
#define MAX(a, b) ((b) > (a) || (b) != (b) ? (b) : (a))
#define MIN(a, b) ((b) < (a) || (b) != (b) ? (b) : (a))

#define ENTRY(SUFFIX, T)                                                                                     \
  void ck_reduce_##SUFFIX(ck_reduce op, const T *x, T *y, size_t outer, size_t n, size_t inner, int threads) { \
    switch (op) {                                                                                            \
      case CK_REDUCE_SUM: sum_##SUFFIX(x, y, outer, n, inner, threads); return;                              \
      case CK_REDUCE_MEAN: mean_##SUFFIX(x, y, outer, n, inner, threads); return;                            \
      case CK_REDUCE_MAX: max_##SUFFIX(x, y, outer, n, inner, threads); return;                              \
      case CK_REDUCE_MIN: min_##SUFFIX(x, y, outer, n, inner, threads); return;                              \
      case CK_REDUCE_PROD: prod_##SUFFIX(x, y, outer, n, inner, threads); return;                            \
    }                                                                                                        \
  }

#define REAL(SUFFIX, CLONES, T)                                                      \
  REDUCE(sum_##SUFFIX, CLONES, T, double, 0, SUM, t)                                 \
  REDUCE(mean_##SUFFIX, CLONES, T, double, 0, SUM, t / (double)job->n)               \
  REDUCE(max_##SUFFIX, CLONES, T, T, -(T)INFINITY, MAX, t)                           \
  REDUCE(min_##SUFFIX, CLONES, T, T, (T)INFINITY, MIN, t)                            \
  REDUCE(prod_##SUFFIX, CLONES, T, double, 1, PROD, t)                               \
  ENTRY(SUFFIX, T)
REAL(f32, CK_CLONES, float)
REAL(f64, , double)

size_t ck_sum_block_rows(size_t columns) { return make_job(NULL, NULL, 0, columns).block_rows; }

#define SUM_BLOCK(SUFFIX, T)                                                          \
  void ck_sum_block_##SUFFIX(const T *x, size_t rows, size_t columns, double *partial) { \
    reduce_job job = make_job(x, NULL, rows, columns);                                \
    job.partials = partial;                                                           \
    sum_##SUFFIX##_body(&job, 0, job.tiles);                                          \
  }
SUM_BLOCK(f32, float)
SUM_BLOCK(f64, double)

// Lanes, totals and results of integers are computed in the unsigned twin U, which wraps; the mean of a wrapped sum
// would be wrong, so it is taken from a 64-bit one.
#define INTEGER(SUFFIX, T, U, LOW, HIGH)                                             \
  REDUCE(sum_as_##SUFFIX, , U, U, 0, SUM, t)                                         \
  REDUCE(prod_as_##SUFFIX, , U, U, 1, PROD, t)                                       \
  REDUCE(max_##SUFFIX, , T, T, LOW, MAX, t)                                          \
  REDUCE(min_##SUFFIX, , T, T, HIGH, MIN, t)                                         \
  static void mean_##SUFFIX##_columns(void *context, size_t begin, size_t end) {     \
    const reduce_job *job = context;                                                 \
    for (size_t i = begin; i < end; i++) {                                           \
      const T *x = (const T *)job->x + i / job->inner * job->n * job->inner + i % job->inner; \
      uint64_t total = 0;                                                            \
      for (size_t r = 0; r < job->n; r++) total += (uint64_t)(int64_t)x[r * job->inner]; \
      ((T *)job->y)[i] = job->n == 0 ? 0 : (T)((int64_t)total / (int64_t)job->n);    \
    }                                                                                \
  }                                                                                  \
  static void mean_##SUFFIX(const T *x, T *y, size_t outer, size_t n, size_t inner, int threads) { \
    reduce_job job = {.x = x, .y = y, .n = n, .inner = inner};                       \
    ck_parallel(outer * inner, ck_max_size(1, TASK / ck_max_size(n, 1)), threads, mean_##SUFFIX##_columns, &job); \
  }                                                                                  \
  static void sum_##SUFFIX(const T *x, T *y, size_t outer, size_t n, size_t inner, int threads) { \
    sum_as_##SUFFIX((const U *)x, (U *)y, outer, n, inner, threads);                 \
  }                                                                                  \
  static void prod_##SUFFIX(const T *x, T *y, size_t outer, size_t n, size_t inner, int threads) { \
    prod_as_##SUFFIX((const U *)x, (U *)y, outer, n, inner, threads);                \
  }                                                                                  \
  ENTRY(SUFFIX, T)
INTEGER(i32, int32_t, uint32_t, INT32_MIN, INT32_MAX)
INTEGER(i64, int64_t, uint64_t, INT64_MIN, INT64_MAX)
INTEGER(u8, uint8_t, uint8_t, 0, UINT8_MAX)
