// Movement driven by indices, and ranges.
#include "ck_movement.h"
#include "ck_threads.h"
#include "internal.h"

#define TASK 16384

typedef struct {
  const void *x;
  const int64_t *indices;
  void *y;
  size_t axis_size, inner, index_count, tiles;
} index_job;

// MARK: gather

#define GATHER(T)                                                                        \
  for (size_t i = begin; i < end; i++) {                                                 \
    size_t row = i / job->index_count * job->axis_size + (size_t)job->indices[i % job->index_count]; \
    ((T *)job->y)[i] = ((const T *)job->x)[row];                                         \
  }

static void gather_body(void *context, size_t begin, size_t end) {
  const index_job *job = context;
  size_t bytes = job->inner;
  switch (bytes) {
    case 1: GATHER(uint8_t) return;
    case 2: GATHER(uint16_t) return;
    case 4: GATHER(uint32_t) return;
    case 8: GATHER(uint64_t) return;
    default: break;
  }
  for (size_t i = begin; i < end; i++) {
    size_t row = i / job->index_count * job->axis_size + (size_t)job->indices[i % job->index_count];
    memcpy((char *)job->y + i * bytes, (const char *)job->x + row * bytes, bytes);
  }
}

void ck_gather(const void *table, const int64_t *indices, void *y, size_t outer, size_t axis_size, size_t inner_bytes,
               size_t index_count, int threads) {
  if (inner_bytes == 0) return;
  index_job job = {.x = table, .indices = indices, .y = y};
  job.axis_size = axis_size, job.inner = inner_bytes, job.index_count = index_count;
  ck_parallel(outer * index_count, ck_max_size(1, 4 * TASK / inner_bytes), threads, gather_body, &job);
}

// MARK: scatter

// A task owns some columns of one outer slice and takes all updates in order: deterministic without atomics.
#define SCATTER_TILE 32

#define SCATTER(SUFFIX, CLONES, T, U)                                                                        \
  CLONES static void scatter_##SUFFIX(void *context, size_t begin, size_t end) {                             \
    const index_job *job = context;                                                                          \
    for (size_t task = begin; task < end; task++) {                                                          \
      size_t outer = task / job->tiles, column = task % job->tiles * SCATTER_TILE;                           \
      size_t cols = ck_min_size(SCATTER_TILE, job->inner - column);                                          \
      const U *updates = (const U *)job->x + outer * job->index_count * job->inner + column;                 \
      U *y = (U *)job->y + outer * job->axis_size * job->inner + column;                                     \
      for (size_t k = 0; k < job->index_count; k++) {                                                        \
        U *to = y + (size_t)job->indices[k] * job->inner;                                                    \
        const U *from = updates + k * job->inner;                                                            \
        for (size_t c = 0; c < cols; c++) to[c] += from[c];                                                  \
      }                                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  void ck_scatter_add_##SUFFIX(const int64_t *indices, const T *updates, T *y, size_t outer, size_t axis_size, \
                               size_t inner, size_t index_count, int threads) {                              \
    index_job job = {.x = updates, .indices = indices, .y = y};                                              \
    job.axis_size = axis_size, job.inner = inner, job.index_count = index_count;                             \
    job.tiles = (inner + SCATTER_TILE - 1) / SCATTER_TILE;                                                   \
    size_t work = ck_max_size(1, index_count * ck_min_size(inner, SCATTER_TILE));                            \
    ck_parallel(outer * job.tiles, ck_max_size(1, TASK / work), threads, scatter_##SUFFIX, &job);            \
  }
SCATTER(f32, CK_CLONES, float, float)
SCATTER(f64, , double, double)
// Unsigned, so that overflow wraps.
SCATTER(i32, , int32_t, uint32_t)
SCATTER(i64, , int64_t, uint64_t)

// MARK: one hot

typedef struct {
  const int64_t *indices;
  char *y;
  const void *on;
  size_t classes, size;
} one_hot_job;

static void one_hot_body(void *context, size_t begin, size_t end) {
  const one_hot_job *job = context;
  for (size_t i = begin; i < end; i++) {
    if (job->indices[i] < 0 || (uint64_t)job->indices[i] >= job->classes) continue;
    memcpy(job->y + (i * job->classes + (size_t)job->indices[i]) * job->size, job->on, job->size);
  }
}

void ck_one_hot(const int64_t *indices, void *y, size_t n, size_t classes, size_t element_size, const void *on,
                const void *off, int threads) {
  ck_fill(y, n * classes, element_size, off, threads);
  one_hot_job job = {indices, y, on, classes, element_size};
  ck_parallel(n, TASK, threads, one_hot_body, &job);
}

// MARK: ranges

// Each element is computed from its index, so that errors do not add up.
#define RANGE(SUFFIX, T, VALUE)                                                          \
  typedef struct {                                                                       \
    T *y, start, step;                                                                   \
  } range_job_##SUFFIX;                                                                  \
  static void range_##SUFFIX(void *context, size_t begin, size_t end) {                  \
    const range_job_##SUFFIX *job = context;                                             \
    for (size_t i = begin; i < end; i++) job->y[i] = (T)(VALUE);                         \
  }                                                                                      \
  void ck_range_##SUFFIX(T start, T step, T *y, size_t n, int threads) {                 \
    range_job_##SUFFIX job = {y, start, step};                                           \
    ck_parallel(n, TASK, threads, range_##SUFFIX, &job);                                 \
  }
RANGE(f32, float, (double)job->start + (double)i * (double)job->step)
RANGE(f64, double, job->start + (double)i * job->step)
RANGE(i32, int32_t, (uint32_t)job->start + (uint32_t)i * (uint32_t)job->step)
RANGE(i64, int64_t, (uint64_t)job->start + (uint64_t)i * (uint64_t)job->step)
