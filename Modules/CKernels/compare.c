// Comparisons, logic, selection and materialised broadcasts.
#include "broadcast.h"
#include "ck_elementwise.h"
#include "ck_threads.h"

#define GRAIN 16384

#define COMPARE(SUFFIX, CLONES, PRAGMA, T)                                                                   \
  CK_BROADCAST_PAIR(eq_##SUFFIX, CLONES, PRAGMA, T, uint8_t, a == b)                                         \
  CK_BROADCAST_PAIR(ne_##SUFFIX, CLONES, PRAGMA, T, uint8_t, a != b)                                         \
  CK_BROADCAST_PAIR(lt_##SUFFIX, CLONES, PRAGMA, T, uint8_t, a < b)                                          \
  CK_BROADCAST_PAIR(le_##SUFFIX, CLONES, PRAGMA, T, uint8_t, a <= b)                                         \
  CK_BROADCAST_PAIR(gt_##SUFFIX, CLONES, PRAGMA, T, uint8_t, a > b)                                          \
  CK_BROADCAST_PAIR(ge_##SUFFIX, CLONES, PRAGMA, T, uint8_t, a >= b)                                         \
  void ck_compare_##SUFFIX(ck_compare op, const T *a, const size_t *a_strides, const T *b,                   \
                           const size_t *b_strides, uint8_t *y, const size_t *dims, int rank, int threads) { \
    ck_range_body body;                                                                                      \
    switch (op) {                                                                                            \
      case CK_COMPARE_EQ: body = eq_##SUFFIX; break;                                                         \
      case CK_COMPARE_NE: body = ne_##SUFFIX; break;                                                         \
      case CK_COMPARE_LT: body = lt_##SUFFIX; break;                                                         \
      case CK_COMPARE_LE: body = le_##SUFFIX; break;                                                         \
      case CK_COMPARE_GT: body = gt_##SUFFIX; break;                                                         \
      case CK_COMPARE_GE: body = ge_##SUFFIX; break;                                                         \
      default: __builtin_trap();                                                                             \
    }                                                                                                        \
    ck_pair_job job = {.a = a, .b = b, .y = y};                                                              \
    job.loop = ck_make_loop(dims, rank, 2, (const size_t *const[]){a_strides, b_strides});                   \
    ck_pair_run(&job, body, GRAIN, sizeof(T), 1, threads);                                                   \
  }
COMPARE(f32, CK_CLONES, CK_VECTORIZE(16), float)
COMPARE(f64, , , double)
COMPARE(i32, , , int32_t)
COMPARE(i64, , , int64_t)
COMPARE(u8, , , uint8_t)

CK_BROADCAST_PAIR(and_u8, , , uint8_t, uint8_t, a != 0 && b != 0)
CK_BROADCAST_PAIR(or_u8, , , uint8_t, uint8_t, a != 0 || b != 0)
CK_BROADCAST_PAIR(xor_u8, , , uint8_t, uint8_t, (a != 0) != (b != 0))

void ck_logical_u8(ck_logical op, const uint8_t *a, const size_t *a_strides, const uint8_t *b, const size_t *b_strides,
                   uint8_t *y, const size_t *dims, int rank, int threads) {
  ck_range_body body = op == CK_LOGICAL_AND ? and_u8 : op == CK_LOGICAL_OR ? or_u8 : xor_u8;
  ck_pair_job job = {.a = a, .b = b, .y = y};
  job.loop = ck_make_loop(dims, rank, 2, (const size_t *const[]){a_strides, b_strides});
  ck_parallel(job.loop.count, GRAIN, threads, body, &job);
}

static void not_body(void *context, size_t begin, size_t end) {
  const ck_pair_job *job = context;
  const uint8_t *x = job->a;
  uint8_t *y = job->y;
  for (size_t i = begin; i < end; i++) y[i] = x[i] == 0;
}

void ck_logical_not(const uint8_t *x, uint8_t *y, size_t n, int threads) {
  ck_parallel(n, GRAIN, threads, not_body, &(ck_pair_job){.a = x, .y = y});
}

// MARK: select

typedef struct {
  ck_loop loop;
  const uint8_t *condition;
  const void *a, *b;
  void *y;
} select_job;

#define SELECT(SUFFIX, T)                                                                     \
  CK_CLONES static void select_##SUFFIX(void *context, size_t begin, size_t end) {            \
    const select_job *job = context;                                                          \
    const ck_loop *loop = &job->loop;                                                         \
    ck_cursor cursor = ck_cursor_at(loop, 3, begin);                                          \
    int last = loop->rank - 1;                                                                \
    size_t sc = loop->strides[0][last], sa = loop->strides[1][last], sb = loop->strides[2][last]; \
    for (size_t column = begin % loop->inner; begin < end; column = 0) {                      \
      size_t run = ck_min_size(loop->inner - column, end - begin);                            \
      const uint8_t *pc = job->condition + cursor.offset[0] + column * sc;                    \
      const T *pa = (const T *)job->a + cursor.offset[1] + column * sa;                       \
      const T *pb = (const T *)job->b + cursor.offset[2] + column * sb;                       \
      T *out = (T *)job->y + begin;                                                           \
      if (sc == 1 && sa == 1 && sb == 1) {                                                    \
        for (size_t i = 0; i < run; i++) out[i] = pc[i] ? pa[i] : pb[i];                      \
      } else {                                                                                \
        for (size_t i = 0; i < run; i++) out[i] = pc[i * sc] ? pa[i * sa] : pb[i * sb];       \
      }                                                                                       \
      begin += run;                                                                           \
      ck_cursor_next(loop, 3, &cursor);                                                       \
    }                                                                                         \
  }
SELECT(1, uint8_t)
SELECT(2, uint16_t)
SELECT(4, uint32_t)
SELECT(8, uint64_t)

#define BY_SIZE(NAME, SIZE) \
  ((SIZE) == 1 ? NAME##_1 : (SIZE) == 2 ? NAME##_2 : (SIZE) == 4 ? NAME##_4 : NAME##_8)

void ck_select(const uint8_t *condition, const size_t *condition_strides, const void *a, const size_t *a_strides,
               const void *b, const size_t *b_strides, void *y, size_t element_size, const size_t *dims, int rank,
               int threads) {
  select_job job = {.condition = condition, .a = a, .b = b, .y = y};
  job.loop = ck_make_loop(dims, rank, 3, (const size_t *const[]){condition_strides, a_strides, b_strides});
  ck_parallel(job.loop.count, GRAIN, threads, BY_SIZE(select, element_size), &job);
}

// MARK: broadcast

#define BROADCAST(SUFFIX, T)                                                           \
  static void broadcast_##SUFFIX(void *context, size_t begin, size_t end) {            \
    const ck_pair_job *job = context;                                                  \
    const ck_loop *loop = &job->loop;                                                  \
    ck_cursor cursor = ck_cursor_at(loop, 1, begin);                                   \
    size_t stride = loop->strides[0][loop->rank - 1];                                  \
    for (size_t column = begin % loop->inner; begin < end; column = 0) {               \
      size_t run = ck_min_size(loop->inner - column, end - begin);                     \
      const T *x = (const T *)job->a + cursor.offset[0] + column * stride;             \
      T *out = (T *)job->y + begin;                                                    \
      if (stride == 1) {                                                               \
        memcpy(out, x, run * sizeof(T));                                               \
      } else if (stride == 0) {                                                        \
        T value = *x;                                                                  \
        for (size_t i = 0; i < run; i++) out[i] = value;                               \
      } else {                                                                         \
        for (size_t i = 0; i < run; i++) out[i] = x[i * stride];                       \
      }                                                                                \
      begin += run;                                                                    \
      ck_cursor_next(loop, 1, &cursor);                                                \
    }                                                                                  \
  }
BROADCAST(1, uint8_t)
BROADCAST(2, uint16_t)
BROADCAST(4, uint32_t)
BROADCAST(8, uint64_t)

void ck_broadcast(const void *x, const size_t *x_strides, void *y, size_t element_size, const size_t *dims, int rank,
                  int threads) {
  ck_pair_job job = {.a = x, .y = y};
  job.loop = ck_make_loop(dims, rank, 1, (const size_t *const[]){x_strides});
  ck_parallel(job.loop.count, GRAIN, threads, BY_SIZE(broadcast, element_size), &job);
}
