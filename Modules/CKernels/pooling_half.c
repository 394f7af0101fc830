// Maximum pooling of bfloat16 numbers, which are compared as integers: nothing is widened.
#include "ck_memory.h"
#include "ck_pooling.h"
#include "ck_threads.h"
#include "windows.h"

typedef struct {
  const struct ck_conv *g;
  const uint16_t *x;
  uint16_t *y;
} pool_job;

enum { MAGNITUDE = 0x7fff, INFINITE = 0x7f80, NEGATIVE_INFINITY = 0xff80 };

// Integers in the order of the numbers; NaN, of either sign, above all others.
CK_INLINE int16_t order_of(uint16_t x) {
  int16_t magnitude = (int16_t)(x & MAGNITUDE);
  return (int16_t)x < 0 && magnitude <= INFINITE ? (int16_t)~magnitude : magnitude;
}

CK_INLINE uint16_t number_of(int16_t order) {
  return order < 0 ? (uint16_t)(~order | ~MAGNITUDE) : (uint16_t)order;
}

// Folds the input rows that output row `row` takes into `folded`, and returns their number.
CK_INLINE size_t fold_rows(const struct ck_conv *g, const uint16_t *x, size_t row, int16_t *restrict folded) {
  size_t oh = row % g->out[1], od = row / g->out[1] % g->out[0], image = row / (g->out[1] * g->out[0]);
  struct ck_window ds = ck_window(g, 0, od), hs = ck_window(g, 1, oh);
  size_t width = g->in[2] * g->in_channels, taken = 0;
  for (size_t kd = ds.begin; kd < ds.end; kd++)
    for (size_t kh = hs.begin; kh < hs.end; kh++, taken++) {
      size_t line_index = (image * g->in[0] + ck_position(g, 0, od, kd)) * g->in[1] + ck_position(g, 1, oh, kh);
      const uint16_t *restrict line = x + line_index * width;
      if (taken == 0) {
        CK_VECTORIZE(32) for (size_t i = 0; i < width; i++) folded[i] = order_of(line[i]);
      } else {
        CK_VECTORIZE(32) for (size_t i = 0; i < width; i++) {
          int16_t next = order_of(line[i]);
          folded[i] = folded[i] > next ? folded[i] : next;
        }
      }
    }
  return taken;
}

CK_INLINE void fold_columns(const struct ck_conv *g, const int16_t *restrict folded, size_t taken,
                            int16_t *restrict largest, uint16_t *restrict y) {
  size_t channels = g->in_channels;
  for (size_t ow = 0; ow < g->out[2]; ow++, y += channels) {
    struct ck_window ws = ck_window(g, 2, ow);
    if (taken == 0 || ws.begin >= ws.end) {
      for (size_t c = 0; c < channels; c++) y[c] = NEGATIVE_INFINITY;
      continue;
    }
    const int16_t *first = folded + ck_position(g, 2, ow, ws.begin) * channels;
    size_t step = g->dilation[2] * channels, columns = ws.end - ws.begin;
    for (size_t c = 0; c < channels; c++) largest[c] = first[c];
    for (size_t k = 1; k < columns; k++) {
      const int16_t *restrict next = first + k * step;
      CK_VECTORIZE(32) for (size_t c = 0; c < channels; c++) largest[c] = largest[c] > next[c] ? largest[c] : next[c];
    }
    CK_VECTORIZE(32) for (size_t c = 0; c < channels; c++) y[c] = number_of(largest[c]);
  }
}

CK_CLONES static void pool_rows(void *context, size_t begin, size_t end) {
  const pool_job *job = context;
  const struct ck_conv *g = job->g;
  size_t width = g->in[2] * g->in_channels, bytes = (width + g->in_channels) * sizeof(int16_t);
  int16_t *folded = ck_allocate(bytes);
  for (size_t row = begin; row < end; row++) {
    size_t taken = fold_rows(g, job->x, row, folded);
    fold_columns(g, folded, taken, folded + width, job->y + row * g->out[2] * g->in_channels);
  }
  ck_release(folded, bytes);
}

void ck_max_pool_bf16(const struct ck_conv *g, const uint16_t *x, uint16_t *y, int threads) {
  pool_job job = {g, x, y};
  size_t row_values = g->in[2] * g->in_channels * g->kernel[0] * g->kernel[1];
  ck_parallel(g->batch * g->out[0] * g->out[1], 1 + 16384 / (row_values + 1), threads, pool_rows, &job);
}
