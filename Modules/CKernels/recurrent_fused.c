// The usual recurrent cells in float32 without masks: a step's product and its gates in one pass over the registers.
//
// A tile computes all gates of a vector of units for a few samples, or carries the gradients of two vectors of units
// back through the recurrent kernel, and finishes its units while they are at hand. Samples do not depend on each
// other: a thread takes its rows through all steps without waiting. Each sum is over the units in their order, whatever
// the rows: the bits do not depend on the number of threads.
#include "recurrent_fused.h"

#include "ck_memory.h"
#include "ck_threads.h"
#include "vmath.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Vectors never cross a function boundary here: everything that takes one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define CK_UNROLL _Pragma("clang loop unroll(full)")

// Rows that go through the steps together: their gates stay in the second-level cache.
#define CK_FUSED_MOST_ROWS 48
// No SIMD level keeps more rows in registers.
#define CK_FUSED_TILE_ROWS 12

// One recurrent kernel packed for the tiles: for each group of columns a panel of `depth` rows.
struct ck_fused_forward {
  const struct ck_recurrent *r;
  const struct ck_recurrent_pass_f32 *pass;
  const float *packed, *inner_bias;
  size_t rows;  // per block
};

struct ck_fused_backward {
  const struct ck_recurrent *r;
  const struct ck_recurrent_return_f32 *pass;
  const float *packed;
  size_t rows;
};

struct ck_fused_pack {
  const float *matrix;
  float *packed;
  size_t units, gates, lanes;
};

struct ck_fused_level {
  size_t lanes;
  void (*forward)(const struct ck_fused_forward *, size_t begin, size_t end);
  void (*backward)(const struct ck_fused_backward *, size_t begin, size_t end);
};

CK_INLINE size_t ck_fused_gates(const struct ck_recurrent *r) { return r->cell == CK_RECURRENT_LSTM ? 4 : 3; }

// Where the input has the `index`-th step taken.
CK_INLINE size_t ck_fused_place(const struct ck_recurrent *r, size_t index) {
  return r->backwards ? r->steps - 1 - index : index;
}

#if defined(__x86_64__)

#define CK_TARGET __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define CK_L(name) name##_v4
#define CK_LANES 16
#define CK_FORWARD_ROWS 6
#define CK_BACKWARD_ROWS 12
// 14 bits and a Newton step; the divisor is between 1 and 200.
CK_INLINE CK_TARGET __m512 ck_fused_reciprocal_v4(__m512 x) {
  __m512 y = _mm512_rcp14_ps(x);
  return _mm512_fmadd_ps(y, _mm512_fnmadd_ps(x, y, _mm512_set1_ps(1)), y);
}
#define CK_RECIPROCAL(x) (CK_VEC) ck_fused_reciprocal_v4((__m512)(x))
// NaN stays, being the second operand.
#define CK_CLAMP(x, most) \
  (CK_VEC) _mm512_max_ps(_mm512_set1_ps(-(most)), _mm512_min_ps(_mm512_set1_ps(most), (__m512)(x)))
#include "recurrent_fused_template.h"

#define CK_TARGET __attribute__((target("arch=x86-64-v3")))
#define CK_L(name) name##_v3
#define CK_LANES 8
#define CK_FORWARD_ROWS 2
#define CK_BACKWARD_ROWS 6
#define CK_RECIPROCAL(x) (1 / (x))
#define CK_CLAMP(x, most) \
  (CK_VEC) _mm256_max_ps(_mm256_set1_ps(-(most)), _mm256_min_ps(_mm256_set1_ps(most), (__m256)(x)))
#include "recurrent_fused_template.h"

#endif

// 16-byte vectors: SSE2 and NEON.
#define CK_TARGET
#define CK_L(name) name##_base
#define CK_LANES 4
#if defined(__x86_64__)
#define CK_FORWARD_ROWS 2
#define CK_BACKWARD_ROWS 4
#else
#define CK_FORWARD_ROWS 6
#define CK_BACKWARD_ROWS 12
#endif
#define CK_RECIPROCAL(x) (1 / (x))
#define CK_CLAMP(x, most) fused_clamp(x, most)
typedef float fused_four __attribute__((vector_size(16)));
typedef int32_t fused_masks __attribute__((vector_size(16)));
CK_INLINE fused_four fused_clamp(fused_four x, float most) {
  fused_masks above = x > most, below = x < -most;
  fused_four high = (fused_four){0} + most;
  x = (fused_four)((above & (fused_masks)high) | (~above & (fused_masks)x));
  return (fused_four)((below & (fused_masks)-high) | (~below & (fused_masks)x));
}
#include "recurrent_fused_template.h"

static const struct ck_fused_level *fused_level(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return &fused_v4;
  if (__builtin_cpu_supports("x86-64-v3")) return &fused_v3;
#endif
  return &fused_base;
}

int ck_recurrent_is_fused(const struct ck_recurrent *r) {
  return r->activation == CK_ACTIVATION_TANH && r->recurrent_activation == CK_ACTIVATION_SIGMOID && !r->mask &&
         (r->cell == CK_RECURRENT_LSTM || r->cell == CK_RECURRENT_GRU_RESET_AFTER) && r->steps > 0;
}

// MARK: packing

// Items are vectors of units: [units][gates][lanes], zeros for the units past the last.
static void pack_forward(void *context, size_t begin, size_t end) {
  const struct ck_fused_pack *p = context;
  size_t columns = p->gates * p->units, width = p->gates * p->lanes;
  for (size_t block = begin; block < end; block++) {
    size_t first = block * p->lanes, count = ck_min_size(p->lanes, p->units - first);
    float *out = p->packed + block * p->units * width;
    for (size_t k = 0; k < p->units; k++) {
      for (size_t g = 0; g < p->gates; g++, out += p->lanes) {
        const float *row = p->matrix + k * columns + g * p->units + first;
        for (size_t j = 0; j < count; j++) out[j] = row[j];
        for (size_t j = count; j < p->lanes; j++) out[j] = 0;
      }
    }
  }
}

// Items are pairs of vectors of units, the rows of the recurrent kernel: [gates * units][2 * lanes].
static void pack_backward(void *context, size_t begin, size_t end) {
  const struct ck_fused_pack *p = context;
  size_t columns = p->gates * p->units, width = 2 * p->lanes;
  for (size_t block = begin; block < end; block++) {
    size_t first = block * width, count = ck_min_size(width, p->units - first);
    float *out = p->packed + block * columns * width;
    for (size_t k = 0; k < columns; k += 16) {
      size_t depth = ck_min_size(16, columns - k);
      for (size_t j = 0; j < width; j++)
        for (size_t i = 0; i < depth; i++)
          out[(k + i) * width + j] = j < count ? p->matrix[(first + j) * columns + k + i] : 0;
    }
  }
}

static float *pack(const struct ck_recurrent *r, const float *matrix, size_t lanes, int transposed, size_t *bytes,
                   int threads) {
  size_t width = transposed ? 2 * lanes : lanes, blocks = (r->units + width - 1) / width;
  size_t panel = r->units * ck_fused_gates(r) * width;
  *bytes = blocks * panel * sizeof(float);
  struct ck_fused_pack p = {
    .matrix = matrix, .packed = ck_allocate(*bytes), .units = r->units, .gates = ck_fused_gates(r), .lanes = lanes};
  ck_parallel(blocks, 1 + 16384 / panel, threads, transposed ? pack_backward : pack_forward, &p);
  return p.packed;
}

// Rows of one block: a thread's share, of a size that tiles divide well.
static size_t block_rows(const struct ck_recurrent *r, int threads) {
  size_t blocks = ck_max_size(1, ck_min_size(threads > 0 ? (size_t)threads : 1, r->batch / 4));
  return ck_min_size(CK_FUSED_MOST_ROWS, ck_max_size(1, (r->batch + blocks - 1) / blocks));
}

// MARK: entries

static void forward_blocks(void *context, size_t begin, size_t end) {
  const struct ck_fused_forward *f = context;
  for (size_t block = begin; block < end; block++)
    fused_level()->forward(f, block * f->rows, ck_min_size((block + 1) * f->rows, f->r->batch));
}

void ck_recurrent_fused_forward(const struct ck_recurrent *r, const struct ck_recurrent_pass_f32 *pass, int threads) {
  size_t bytes;
  struct ck_fused_forward f = {.r = r, .pass = pass, .rows = block_rows(r, threads)};
  float *packed = pack(r, pass->recurrent_kernel, fused_level()->lanes, 0, &bytes, threads);
  f.packed = packed;
  f.inner_bias = pass->inner_bias ? pass->inner_bias + 2 * r->units : NULL;
  ck_parallel((r->batch + f.rows - 1) / f.rows, 1, threads, forward_blocks, &f);
  ck_release(packed, bytes);
}

static void backward_blocks(void *context, size_t begin, size_t end) {
  const struct ck_fused_backward *b = context;
  for (size_t block = begin; block < end; block++)
    fused_level()->backward(b, block * b->rows, ck_min_size((block + 1) * b->rows, b->r->batch));
}

void ck_recurrent_fused_backward(const struct ck_recurrent *r, const struct ck_recurrent_return_f32 *pass,
                                 int threads) {
  size_t bytes;
  struct ck_fused_backward b = {.r = r, .pass = pass, .rows = block_rows(r, threads)};
  float *packed = pack(r, pass->recurrent_kernel, fused_level()->lanes, 1, &bytes, threads);
  b.packed = packed;
  ck_parallel((r->batch + b.rows - 1) / b.rows, 1, threads, backward_blocks, &b);
  ck_release(packed, bytes);
}
