// Loops over broadcast operands: axes are merged where every operand allows it, the last one is the inner loop.
#ifndef CK_BROADCAST_H
#define CK_BROADCAST_H

#include "ck_threads.h"
#include "internal.h"

#define CK_MAX_RANK 8
#define CK_MAX_OPERANDS 3

typedef struct {
  int rank;  // at least 1
  size_t count;
  size_t inner;  // dims[rank - 1]
  size_t dims[CK_MAX_RANK];
  size_t strides[CK_MAX_OPERANDS][CK_MAX_RANK];
} ck_loop;

// Where each operand's current row begins.
typedef struct {
  size_t index[CK_MAX_RANK];
  size_t offset[CK_MAX_OPERANDS];
} ck_cursor;

CK_INLINE int ck_can_merge(const ck_loop *loop, const size_t *const *strides, int operands, int axis, size_t dim) {
  for (int k = 0; k < operands; k++) {
    if (loop->strides[k][loop->rank - 1] != strides[k][axis] * dim) return 0;
  }
  return 1;
}

static inline ck_loop ck_make_loop(const size_t *dims, int rank, int operands, const size_t *const *strides) {
  ck_loop loop = {.count = 1};
  for (int axis = 0; axis < rank; axis++) {
    size_t dim = dims[axis];
    loop.count *= dim;
    if (dim == 1) continue;
    if (loop.rank > 0 && ck_can_merge(&loop, strides, operands, axis, dim)) {
      loop.dims[loop.rank - 1] *= dim;
    } else {
      loop.dims[loop.rank++] = dim;
    }
    for (int k = 0; k < operands; k++) loop.strides[k][loop.rank - 1] = strides[k][axis];
  }
  if (loop.rank == 0) {
    loop.rank = 1;
    loop.dims[0] = 1;
  }
  loop.inner = loop.dims[loop.rank - 1];
  return loop;
}

// The row that holds element `position`.
CK_INLINE ck_cursor ck_cursor_at(const ck_loop *loop, int operands, size_t position) {
  ck_cursor cursor = {{0}, {0}};
  size_t row = position / loop->inner;
  for (int axis = loop->rank - 2; axis >= 0; axis--) {
    cursor.index[axis] = row % loop->dims[axis];
    row /= loop->dims[axis];
    for (int k = 0; k < operands; k++) cursor.offset[k] += cursor.index[axis] * loop->strides[k][axis];
  }
  return cursor;
}

CK_INLINE void ck_cursor_next(const ck_loop *loop, int operands, ck_cursor *cursor) {
  for (int axis = loop->rank - 2; axis >= 0; axis--) {
    for (int k = 0; k < operands; k++) cursor->offset[k] += loop->strides[k][axis];
    if (++cursor->index[axis] < loop->dims[axis]) return;
    for (int k = 0; k < operands; k++) cursor->offset[k] -= loop->dims[axis] * loop->strides[k][axis];
    cursor->index[axis] = 0;
  }
}

// A range body over two operands of type T that evaluates EXPR of `a` and `b`. PRAGMA stands before the simple loops.
#define CK_PAIR_LOOP(PRAGMA, A, B, EXPR)     \
  PRAGMA for (size_t i = 0; i < run; i++) {  \
    A;                                       \
    B;                                       \
    out[i] = (EXPR);                         \
  }
#define CK_BROADCAST_PAIR(NAME, CLONES, PRAGMA, T, U, EXPR)                                                   \
  CLONES static void NAME(void *context, size_t begin, size_t end) {                                         \
    const ck_pair_job *job = context;                                                                        \
    const ck_loop *loop = &job->loop;                                                                        \
    ck_cursor cursor = ck_cursor_at(loop, 2, begin);                                                         \
    size_t sa = loop->strides[0][loop->rank - 1], sb = loop->strides[1][loop->rank - 1];                     \
    for (size_t column = begin % loop->inner; begin < end; column = 0) {                                     \
      size_t run = ck_min_size(loop->inner - column, end - begin);                                           \
      const T *pa = (const T *)job->a + cursor.offset[0] + column * sa;                                      \
      const T *pb = (const T *)job->b + cursor.offset[1] + column * sb;                                      \
      U *out = (U *)job->y + begin;                                                                          \
      if (sa == 1 && sb == 1) {                                                                              \
        CK_PAIR_LOOP(PRAGMA, T a = pa[i], T b = pb[i], EXPR)                                                 \
      } else if (sa == 1 && sb == 0) {                                                                       \
        T b = *pb;                                                                                           \
        CK_PAIR_LOOP(PRAGMA, T a = pa[i], (void)b, EXPR)                                                     \
      } else if (sa == 0 && sb == 1) {                                                                       \
        T a = *pa;                                                                                           \
        CK_PAIR_LOOP(PRAGMA, (void)a, T b = pb[i], EXPR)                                                     \
      } else {                                                                                               \
        CK_PAIR_LOOP(, T a = pa[i * sa], T b = pb[i * sb], EXPR)                                             \
      }                                                                                                      \
      begin += run;                                                                                          \
      ck_cursor_next(loop, 2, &cursor);                                                                      \
    }                                                                                                        \
  }

typedef struct {
  ck_loop loop;
  const void *a, *b;
  void *y;
} ck_pair_job;

#define CK_REPEATED_BYTES 4096

// A short row added to every row of a matrix is repeated into a longer one, which makes the rows longer. Runs the
// rows that fit and returns how many did. `size` is the bytes of an operand's element.
static inline size_t ck_pair_run_repeated(ck_pair_job job, ck_range_body body, size_t grain, size_t size, int threads) {
  const ck_loop *loop = &job.loop;
  size_t inner = loop->inner, rows = loop->dims[0];
  if (loop->rank != 2 || rows < 8 || inner * size > CK_REPEATED_BYTES / 8) return 0;
  if (loop->strides[0][1] != 1 || loop->strides[1][1] != 1) return 0;
  int short_one = loop->strides[0][0] == 0 ? 0 : 1, other = 1 - short_one;
  if (loop->strides[short_one][0] != 0 || loop->strides[other][0] != inner) return 0;
  _Alignas(64) char repeated[CK_REPEATED_BYTES];
  size_t group = ck_min_size(rows, CK_REPEATED_BYTES / (inner * size));
  const void *row = short_one == 0 ? job.a : job.b;
  for (size_t g = 0; g < group; g++) memcpy(repeated + g * inner * size, row, inner * size);
  *(short_one == 0 ? &job.a : &job.b) = repeated;
  job.loop.dims[0] = rows / group;
  job.loop.dims[1] = job.loop.inner = inner * group;
  job.loop.strides[other][0] = inner * group;
  job.loop.count = rows / group * group * inner;
  ck_parallel(job.loop.count, grain, threads, body, &job);
  return rows / group * group;
}

static inline void ck_pair_run(
  ck_pair_job *job, ck_range_body body, size_t grain, size_t size, size_t out_size, int threads) {
  size_t done = ck_pair_run_repeated(*job, body, grain, size, threads);
  if (done > 0) {
    job->a = (const char *)job->a + done * job->loop.strides[0][0] * size;
    job->b = (const char *)job->b + done * job->loop.strides[1][0] * size;
    job->y = (char *)job->y + done * job->loop.inner * out_size;
    job->loop.dims[0] -= done;
    job->loop.count -= done * job->loop.inner;
  }
  ck_parallel(job->loop.count, grain, threads, body, job);
}

#endif
