// Copies between layouts, fills, and index-driven movement.
#include "ck_movement.h"

#include "ck_threads.h"
#include "internal.h"

#define MAX_RANK 8
#define TASK 16384  // elements worth a thread's while

// MARK: strided copies

// x and y point at element 0; strides are in elements and may be negative.
typedef struct {
  const char *x;
  char *y;
  int rank;
  size_t count, size;
  size_t dims[MAX_RANK];
  ptrdiff_t x_strides[MAX_RANK], y_strides[MAX_RANK];
} copy_job;

// Appends an axis, merged with the one before it where both layouts allow that.
static void add_axis(copy_job *job, size_t dim, ptrdiff_t x_stride, ptrdiff_t y_stride) {
  job->count *= dim;
  if (dim == 1) return;
  int last = job->rank - 1;
  ptrdiff_t x_span = x_stride * (ptrdiff_t)dim, y_span = y_stride * (ptrdiff_t)dim;
  if (last >= 0 && job->x_strides[last] == x_span && job->y_strides[last] == y_span) {
    job->dims[last] *= dim;
  } else {
    last = job->rank++;
    job->dims[last] = dim;
  }
  job->x_strides[last] = x_stride;
  job->y_strides[last] = y_stride;
}

#define COPY_RUN(T)                                                                        \
  for (size_t i = 0; i < n; i++) {                                                         \
    ((T *)y)[(ptrdiff_t)i * sy] = ((const T *)x)[(ptrdiff_t)i * sx];                       \
  }
static void copy_run(const char *x, ptrdiff_t sx, char *y, ptrdiff_t sy, size_t n, size_t size) {
  if (sx == 1 && sy == 1) {
    memcpy(y, x, n * size);
    return;
  }
  switch (size) {
    case 1: COPY_RUN(uint8_t) break;
    case 2: COPY_RUN(uint16_t) break;
    case 4: COPY_RUN(uint32_t) break;
    default: COPY_RUN(uint64_t) break;
  }
}

// Items are rows: runs along the last axis.
static void copy_rows_body(void *context, size_t begin, size_t end) {
  const copy_job *job = context;
  int last = job->rank - 1;
  ptrdiff_t size = (ptrdiff_t)job->size;
  for (size_t row = begin; row < end; row++) {
    ptrdiff_t x = 0, y = 0;
    size_t rest = row;
    for (int axis = last - 1; axis >= 0; axis--) {
      ptrdiff_t i = (ptrdiff_t)(rest % job->dims[axis]);
      rest /= job->dims[axis];
      x += i * job->x_strides[axis];
      y += i * job->y_strides[axis];
    }
    copy_run(job->x + x * size, job->x_strides[last], job->y + y * size, job->y_strides[last], job->dims[last],
             job->size);
  }
}

static void copy(copy_job *job, int threads) {
  if (job->count == 0) return;
  if (job->rank == 0) job->rank = 1, job->dims[0] = 1;
  size_t run = job->dims[job->rank - 1];
  ck_parallel(job->count / run, ck_max_size(1, TASK / run), threads, copy_rows_body, job);
}

static void row_major(const size_t *dims, int rank, ptrdiff_t *strides) {
  ptrdiff_t stride = 1;
  for (int axis = rank - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= (ptrdiff_t)dims[axis];
  }
}

// MARK: transpose

#define TRANSPOSE_TILE 32

typedef struct {
  copy_job all;
  int fast;             // the axis of y along which x is contiguous
  size_t tiles;         // of that axis
} transpose_job;

#define TRANSPOSE(T)                                                                       \
  for (size_t j0 = 0; j0 < columns; j0 += TRANSPOSE_TILE) {                                \
    size_t j1 = ck_min_size(j0 + TRANSPOSE_TILE, columns);                                 \
    for (size_t i = i0; i < i1; i++) {                                                     \
      const T *from = (const T *)x + i;                                                    \
      T *to = (T *)y + i * pitch_y;                                                        \
      for (size_t j = j0; j < j1; j++) to[j] = from[j * pitch_x];                          \
    }                                                                                      \
  }
static void transpose_tile(const char *x, size_t pitch_x, char *y, size_t pitch_y, size_t i0, size_t i1, size_t columns,
                           size_t size) {
  switch (size) {
    case 1: TRANSPOSE(uint8_t) break;
    case 2: TRANSPOSE(uint16_t) break;
    case 4: TRANSPOSE(uint32_t) break;
    default: TRANSPOSE(uint64_t) break;
  }
}

static void transpose_body(void *context, size_t begin, size_t end) {
  const transpose_job *job = context;
  const copy_job *all = &job->all;
  int last = all->rank - 1;
  ptrdiff_t size = (ptrdiff_t)all->size;
  for (size_t task = begin; task < end; task++) {
    size_t i0 = task % job->tiles * TRANSPOSE_TILE, rest = task / job->tiles;
    ptrdiff_t x = 0, y = 0;
    for (int axis = last - 1; axis >= 0; axis--) {
      if (axis == job->fast) continue;
      ptrdiff_t i = (ptrdiff_t)(rest % all->dims[axis]);
      rest /= all->dims[axis];
      x += i * all->x_strides[axis];
      y += i * all->y_strides[axis];
    }
    transpose_tile(all->x + x * size, (size_t)all->x_strides[last], all->y + y * size,
                   (size_t)all->y_strides[job->fast], i0, ck_min_size(i0 + TRANSPOSE_TILE, all->dims[job->fast]),
                   all->dims[last], all->size);
  }
}

void ck_transpose(const void *x, void *y, const size_t *dims, const size_t *permutation, int rank, size_t element_size,
                  int threads) {
  transpose_job job = {.all = {.x = x, .y = y, .count = 1, .size = element_size}, .fast = -1};
  size_t out_dims[MAX_RANK];
  ptrdiff_t x_strides[MAX_RANK], y_strides[MAX_RANK];
  for (int axis = 0; axis < rank; axis++) out_dims[axis] = dims[permutation[axis]];
  row_major(dims, rank, x_strides);
  row_major(out_dims, rank, y_strides);
  for (int axis = 0; axis < rank; axis++) {
    add_axis(&job.all, out_dims[axis], x_strides[permutation[axis]], y_strides[axis]);
  }
  for (int axis = 0; axis < job.all.rank - 1; axis++) {
    if (job.all.x_strides[axis] == 1) job.fast = axis;
  }
  if (job.fast < 0 || job.all.count == 0) {
    copy(&job.all, threads);
    return;
  }
  size_t fast = job.all.dims[job.fast], columns = job.all.dims[job.all.rank - 1];
  job.tiles = (fast + TRANSPOSE_TILE - 1) / TRANSPOSE_TILE;
  size_t work = ck_min_size(fast, TRANSPOSE_TILE) * columns;
  ck_parallel(job.all.count / fast / columns * job.tiles, ck_max_size(1, TASK / work), threads, transpose_body, &job);
}

// MARK: fill, pad, slices

typedef struct {
  char *y;
  size_t size;
  uint64_t value;
} fill_job;

static void fill_body(void *context, size_t begin, size_t end) {
  const fill_job *job = context;
  switch (job->size) {
    case 1: memset(job->y + begin, (int)(uint8_t)job->value, end - begin); break;
    case 2: for (size_t i = begin; i < end; i++) ((uint16_t *)job->y)[i] = (uint16_t)job->value; break;
    case 4: for (size_t i = begin; i < end; i++) ((uint32_t *)job->y)[i] = (uint32_t)job->value; break;
    default: for (size_t i = begin; i < end; i++) ((uint64_t *)job->y)[i] = job->value; break;
  }
}

static uint64_t load(const void *value, size_t size) {
  switch (size) {
    case 1: return *(const uint8_t *)value;
    case 2: { uint16_t v; memcpy(&v, value, 2); return v; }
    case 4: { uint32_t v; memcpy(&v, value, 4); return v; }
    default: { uint64_t v; memcpy(&v, value, 8); return v; }
  }
}

void ck_fill(void *y, size_t n, size_t element_size, const void *value, int threads) {
  fill_job job = {y, element_size, load(value, element_size)};
  ck_parallel(n, 4 * TASK, threads, fill_body, &job);
}

void ck_pad(const void *x, void *y, const size_t *dims, const size_t *before, const size_t *out_dims, int rank,
            size_t element_size, const void *fill, int threads) {
  size_t total = 1;
  copy_job job = {.x = x, .count = 1, .size = element_size};
  ptrdiff_t x_strides[MAX_RANK], y_strides[MAX_RANK], offset = 0;
  row_major(dims, rank, x_strides);
  row_major(out_dims, rank, y_strides);
  for (int axis = 0; axis < rank; axis++) {
    total *= out_dims[axis];
    offset += (ptrdiff_t)before[axis] * y_strides[axis];
    add_axis(&job, dims[axis], x_strides[axis], y_strides[axis]);
  }
  ck_fill(y, total, element_size, fill, threads);
  job.y = (char *)y + offset * (ptrdiff_t)element_size;
  copy(&job, threads);
}

void ck_strided_slice(const void *x, void *y, const size_t *dims, const ptrdiff_t *begin, const ptrdiff_t *step,
                      const size_t *out_dims, int rank, size_t element_size, int threads) {
  copy_job job = {.y = y, .count = 1, .size = element_size};
  ptrdiff_t x_strides[MAX_RANK], y_strides[MAX_RANK], offset = 0;
  row_major(dims, rank, x_strides);
  row_major(out_dims, rank, y_strides);
  for (int axis = 0; axis < rank; axis++) {
    offset += begin[axis] * x_strides[axis];
    add_axis(&job, out_dims[axis], x_strides[axis] * step[axis], y_strides[axis]);
  }
  job.x = (const char *)x + offset * (ptrdiff_t)element_size;
  copy(&job, threads);
}

void ck_strided_slice_scatter(const void *x, void *y, const size_t *dims, const ptrdiff_t *begin,
                              const ptrdiff_t *step, const size_t *out_dims, int rank, size_t element_size,
                              int threads) {
  copy_job job = {.x = x, .count = 1, .size = element_size};
  ptrdiff_t x_strides[MAX_RANK], y_strides[MAX_RANK], offset = 0;
  row_major(dims, rank, x_strides);
  row_major(out_dims, rank, y_strides);
  for (int axis = 0; axis < rank; axis++) {
    offset += begin[axis] * y_strides[axis];
    add_axis(&job, dims[axis], x_strides[axis], y_strides[axis] * step[axis]);
  }
  job.y = (char *)y + offset * (ptrdiff_t)element_size;
  copy(&job, threads);
}

void ck_copy_rows(const void *x, size_t x_pitch_bytes, void *y, size_t y_pitch_bytes, size_t row_bytes, size_t rows,
                  int threads) {
  copy_job job = {.x = x, .y = y, .count = 1, .size = 1};
  add_axis(&job, rows, (ptrdiff_t)x_pitch_bytes, (ptrdiff_t)y_pitch_bytes);
  add_axis(&job, row_bytes, 1, 1);
  copy(&job, threads);
}
