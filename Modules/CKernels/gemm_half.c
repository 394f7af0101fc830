// One row times a matrix of bfloat16 numbers, which are widened on their way: bound by reading the matrix once.
#include "ck_gemm.h"
#include "ck_memory.h"
#include "ck_threads.h"
#include "internal.h"

// How many bands of rows the matrix is cut into, at most, and how many of its elements a band has at least.
#define BANDS 32
#define BAND 16384
// Rows that are added up together; columns, as pairs, of which the even ones are summed in the first half.
#define TOGETHER 4
#define STRIP 64
#define PAIRS 16

typedef struct {
  const float *x;
  const uint16_t *matrix;
  float *sums;
  size_t n, k, rows;
} row_job;

CK_INLINE float widened(uint16_t x) { return ck_from_bits_f32((uint32_t)x << 16); }

// Columns [0, 2 * PAIRS) of TOGETHER rows, n apart.
CK_INLINE void add_pairs(const float *a, const uint16_t *rows, size_t n, float *restrict sums) {
  float *restrict even = sums, *restrict odd = sums + PAIRS;
  for (size_t i = 0; i < PAIRS; i++) {
    float evens = 0, odds = 0;
    for (size_t r = 0; r < TOGETHER; r++) {
      uint16_t pair[2];
      memcpy(pair, rows + r * n + 2 * i, sizeof pair);
      evens += a[r] * widened(pair[0]);
      odds += a[r] * widened(pair[1]);
    }
    even[i] += evens;
    odd[i] += odds;
  }
}

CK_CLONES static void add_bands(void *context, size_t begin, size_t end) {
  const row_job *job = context;
  size_t n = job->n;
  for (size_t band = begin; band < end; band++) {
    float *restrict sums = job->sums + band * n;
    size_t p = band * job->rows, last = ck_min_size(p + job->rows, job->k);
    memset(sums, 0, n * sizeof *sums);
    for (; p < last; p += TOGETHER) {
      // Rows past the end count nothing: their factors are zero, and the last row stands in for them.
      float a[TOGETHER] = {0};
      size_t there = ck_min_size(TOGETHER, last - p), j = 0;
      for (size_t r = 0; r < there; r++) a[r] = job->x[p + r];
      const uint16_t *rows = job->matrix + p * n;
      if (there == TOGETHER) {
        for (; j + STRIP <= n; j += STRIP) {
          for (size_t r = 0; r < TOGETHER; r++)
            for (size_t i = 0; i < STRIP; i += 32) __builtin_prefetch(rows + (TOGETHER + r) * n + j + i);
          for (size_t i = j; i < j + STRIP; i += 2 * PAIRS) add_pairs(a, rows + i, n, sums + i);
        }
        for (; j + 2 * PAIRS <= n; j += 2 * PAIRS) add_pairs(a, rows + j, n, sums + j);
        for (; j < n; j++)
          for (size_t r = 0; r < TOGETHER; r++) sums[j] += a[r] * widened(rows[r * n + j]);
        continue;
      }
      for (size_t r = 0; r < there; r++) {
        for (j = 0; j + 2 * PAIRS <= n; j += 2 * PAIRS)
          for (size_t i = 0; i < 2 * PAIRS; i++) sums[j + i / 2 + i % 2 * PAIRS] += a[r] * widened(rows[r * n + j + i]);
        for (; j < n; j++) sums[j] += a[r] * widened(rows[r * n + j]);
      }
    }
  }
}

CK_CLONES static void add_up(const row_job *job, size_t bands, float *restrict y) {
  size_t n = job->n, whole = n / (2 * PAIRS) * (2 * PAIRS);
  float *restrict sums = job->sums;
  for (size_t band = 1; band < bands; band++)
    for (size_t j = 0; j < n; j++) sums[j] += job->sums[band * n + j];
  for (size_t j = 0; j < whole; j += 2 * PAIRS)
    for (size_t i = 0; i < 2 * PAIRS; i++) y[j + i] = sums[j + i / 2 + i % 2 * PAIRS];
  for (size_t j = whole; j < n; j++) y[j] = sums[j];
}

void ck_row_product_bf16(size_t n, size_t k, const uint16_t *x, const uint16_t *matrix, float *y, int threads) {
  size_t most = ck_min_size(BANDS, 1 + n * k / BAND);
  row_job job = {.matrix = matrix, .n = n, .k = k};
  job.rows = ((k + most - 1) / most + TOGETHER - 1) / TOGETHER * TOGETHER;
  size_t bands = (k + job.rows - 1) / job.rows, bytes = (bands * n + k) * sizeof(float);
  job.sums = ck_allocate(bytes);
  float *wide = job.sums + bands * n;
  for (size_t p = 0; p < k; p++) wide[p] = widened(x[p]);
  job.x = wide;
  ck_parallel(bands, 1 + 2 * BAND / (job.rows * n), threads, add_bands, &job);
  add_up(&job, bands, y);
  ck_release(job.sums, bytes);
}
