// Positions of extremes and running sums.
#include "ck_reduce.h"
#include "ck_threads.h"
#include "internal.h"

#define TASK 16384
#define TILE 128  // columns that walk down the axis together

typedef struct {
  const void *x;
  void *y;
  size_t n, inner, tiles;
  int flag, reverse;
} scan_job;

static void run(ck_range_body body, scan_job job, size_t outer, int threads) {
  job.tiles = (job.inner + TILE - 1) / TILE;
  size_t work = ck_max_size(1, job.n * ck_min_size(job.inner, TILE));
  ck_parallel(outer * job.tiles, ck_max_size(1, TASK / work), threads, body, &job);
}

// MARK: arg max, arg min

// A NaN beats everything but an earlier NaN.
#define BEATS_MAX(v, best) ((v) > (best) || ((v) != (v) && (best) == (best)))
#define BEATS_MIN(v, best) ((v) < (best) || ((v) != (v) && (best) == (best)))

#define ARG_BODY(NAME, T, BEATS)                                                     \
  static void NAME(void *context, size_t begin, size_t end) {                        \
    const scan_job *job = context;                                                   \
    for (size_t task = begin; task < end; task++) {                                  \
      size_t outer = task / job->tiles, column = task % job->tiles * TILE;           \
      size_t cols = ck_min_size(TILE, job->inner - column);                          \
      const T *x = (const T *)job->x + outer * job->n * job->inner + column;         \
      int64_t *y = (int64_t *)job->y + outer * job->inner + column;                  \
      T best[TILE];                                                                  \
      for (size_t c = 0; c < cols; c++) {                                            \
        y[c] = 0;                                                                    \
        best[c] = job->n > 0 ? x[c] : 0;                                             \
      }                                                                              \
      for (size_t r = 1; r < job->n; r++) {                                          \
        const T *row = x + r * job->inner;                                           \
        for (size_t c = 0; c < cols; c++) {                                          \
          if (!BEATS(row[c], best[c])) continue;                                     \
          best[c] = row[c];                                                          \
          y[c] = (int64_t)r;                                                         \
        }                                                                            \
      }                                                                              \
    }                                                                                \
  }

#define ARG(SUFFIX, T)                                                                                       \
  ARG_BODY(arg_max_##SUFFIX, T, BEATS_MAX)                                                                   \
  ARG_BODY(arg_min_##SUFFIX, T, BEATS_MIN)                                                                   \
  void ck_arg_reduce_##SUFFIX(                                                                               \
    int is_max, const T *x, int64_t *y, size_t outer, size_t n, size_t inner, int threads) {                 \
    scan_job job = {.x = x, .y = y, .n = n, .inner = inner};                                                 \
    run(is_max ? arg_max_##SUFFIX : arg_min_##SUFFIX, job, outer, threads);                                  \
  }
ARG(f32, float)
ARG(f64, double)
ARG(i32, int32_t)
ARG(i64, int64_t)
ARG(u8, uint8_t)

// MARK: running sums

// T is added in ACC: double for floats, the unsigned twin (which wraps) for integers.
#define CUMSUM(SUFFIX, T, ACC)                                                       \
  static void cumsum_##SUFFIX(void *context, size_t begin, size_t end) {             \
    const scan_job *job = context;                                                   \
    for (size_t task = begin; task < end; task++) {                                  \
      size_t outer = task / job->tiles, column = task % job->tiles * TILE;           \
      size_t cols = ck_min_size(TILE, job->inner - column);                          \
      size_t base = outer * job->n * job->inner + column;                            \
      ACC total[TILE] = {0};                                                         \
      for (size_t i = 0; i < job->n; i++) {                                          \
        size_t row = base + (job->reverse ? job->n - 1 - i : i) * job->inner;        \
        const T *x = (const T *)job->x + row;                                        \
        T *y = (T *)job->y + row;                                                    \
        for (size_t c = 0; c < cols; c++) {                                          \
          ACC before = total[c];                                                     \
          total[c] += (ACC)x[c];                                                     \
          y[c] = (T)(job->flag ? before : total[c]);                                 \
        }                                                                            \
      }                                                                              \
    }                                                                                \
  }                                                                                  \
  void ck_cumsum_##SUFFIX(                                                           \
    const T *x, T *y, size_t outer, size_t n, size_t inner, int exclusive, int reverse, int threads) { \
    scan_job job = {.x = x, .y = y, .n = n, .inner = inner, .flag = exclusive, .reverse = reverse}; \
    run(cumsum_##SUFFIX, job, outer, threads);                                       \
  }
CUMSUM(f32, float, double)
CUMSUM(f64, double, double)
CUMSUM(i32, int32_t, uint32_t)
CUMSUM(i64, int64_t, uint64_t)
