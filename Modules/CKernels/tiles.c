#include "tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Vectors never cross a function boundary here: everything that takes one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define CK_UNROLL _Pragma("clang loop unroll(full)")

// Without masked instructions: element by element.
#define CK_LOAD_PART_PLAIN(v, p, n)                  \
  do {                                               \
    (v) = (__typeof__(v)){0};                        \
    for (size_t lane = 0; lane < (n); lane++) (v)[lane] = (p)[lane]; \
  } while (0)
#define CK_STORE_PART_PLAIN(p, v, n) \
  for (size_t lane = 0; lane < (n); lane++) (p)[lane] = (v)[lane]

#if defined(__x86_64__)

#define CK_TARGET __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define CK_ROWS1 12
#define CK_ROWS2 12
#define CK_DEPTH1 24
#define CK_DEPTH2 12

#define CK_T float
#define CK_L(name) name##_f32_v4
#define CK_F(name) name##_f32
#define CK_LANES 16
#define CK_LOAD_PART(v, p, n) (v) = (__typeof__(v))_mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p)
#define CK_STORE_PART(p, v, n) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), (__m512)(v))
#include "tiles_template.h"

#define CK_T double
#define CK_L(name) name##_f64_v4
#define CK_F(name) name##_f64
#define CK_LANES 8
#define CK_LOAD_PART(v, p, n) (v) = (__typeof__(v))_mm512_maskz_loadu_pd((__mmask8)((1u << (n)) - 1), p)
#define CK_STORE_PART(p, v, n) _mm512_mask_storeu_pd(p, (__mmask8)((1u << (n)) - 1), (__m512d)(v))
#include "tiles_template.h"

#undef CK_TARGET
#undef CK_ROWS1
#undef CK_ROWS2
#undef CK_DEPTH1
#undef CK_DEPTH2

#define CK_TARGET __attribute__((target("arch=x86-64-v3")))
#define CK_ROWS1 12
#define CK_ROWS2 6
#define CK_DEPTH1 12
#define CK_DEPTH2 6

static const int32_t ck_mask_32[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
static const int64_t ck_mask_64[8] = {-1, -1, -1, -1, 0, 0, 0, 0};

#define CK_T float
#define CK_L(name) name##_f32_v3
#define CK_F(name) name##_f32
#define CK_LANES 8
#define CK_MASK(n) _mm256_loadu_si256((const __m256i *)(ck_mask_32 + 8 - (n)))
#define CK_LOAD_PART(v, p, n) (v) = (__typeof__(v))_mm256_maskload_ps(p, CK_MASK(n))
#define CK_STORE_PART(p, v, n) _mm256_maskstore_ps(p, CK_MASK(n), (__m256)(v))
#include "tiles_template.h"
#undef CK_MASK

#define CK_T double
#define CK_L(name) name##_f64_v3
#define CK_F(name) name##_f64
#define CK_LANES 4
#define CK_MASK(n) _mm256_loadu_si256((const __m256i *)(ck_mask_64 + 4 - (n)))
#define CK_LOAD_PART(v, p, n) (v) = (__typeof__(v))_mm256_maskload_pd(p, CK_MASK(n))
#define CK_STORE_PART(p, v, n) _mm256_maskstore_pd(p, CK_MASK(n), (__m256d)(v))
#include "tiles_template.h"
#undef CK_MASK

#undef CK_TARGET
#undef CK_ROWS1
#undef CK_ROWS2
#undef CK_DEPTH1
#undef CK_DEPTH2

#endif

// 16-byte vectors: SSE2 and NEON.
#define CK_TARGET
#if defined(__x86_64__)
#define CK_ROWS1 8
#define CK_ROWS2 4
#define CK_DEPTH1 10
#define CK_DEPTH2 5
#else
#define CK_ROWS1 12
#define CK_ROWS2 12
#define CK_DEPTH1 24
#define CK_DEPTH2 12
#endif

#define CK_T float
#define CK_L(name) name##_f32_base
#define CK_F(name) name##_f32
#define CK_LANES 4
#define CK_LOAD_PART(v, p, n) CK_LOAD_PART_PLAIN(v, p, n)
#define CK_STORE_PART(p, v, n) CK_STORE_PART_PLAIN(p, v, n)
#include "tiles_template.h"

#define CK_T double
#define CK_L(name) name##_f64_base
#define CK_F(name) name##_f64
#define CK_LANES 2
#define CK_LOAD_PART(v, p, n) CK_LOAD_PART_PLAIN(v, p, n)
#define CK_STORE_PART(p, v, n) CK_STORE_PART_PLAIN(p, v, n)
#include "tiles_template.h"

#if defined(__x86_64__)
#define CK_PICK(S)                                                       \
  if (__builtin_cpu_supports("x86-64-v4")) return &tiles_##S##_v4;       \
  if (__builtin_cpu_supports("x86-64-v3")) return &tiles_##S##_v3;
#else
#define CK_PICK(S)
#endif

// Sixteen rows at a time when columns are far apart: every cache line is then read once.
#define CK_PACK_PANEL(T, S)                                                                                    \
  static void ck_pack_panel_##S(const T *matrix, size_t down, size_t across, size_t depth, size_t used,        \
                                size_t width, T *packed) {                                                     \
    for (size_t i = 0; i < depth && across == 1; i++)                                                          \
      memcpy(packed + i * width, matrix + i * down, used * sizeof(T));                                         \
    for (size_t i = 0; i < depth && across != 1; i += 16) {                                                    \
      size_t rows = ck_min_size(16, depth - i);                                                                \
      for (size_t j = 0; j < used; j++)                                                                        \
        for (size_t r = i; r < i + rows; r++) packed[r * width + j] = matrix[r * down + j * across];           \
    }                                                                                                          \
    for (size_t i = 0; i < depth && used < width; i++)                                                         \
      for (size_t j = used; j < width; j++) packed[i * width + j] = 0;                                         \
  }

CK_PACK_PANEL(float, f32)
CK_PACK_PANEL(double, f64)

#define CK_TILES_OF(T, S)                                                                                      \
  const struct ck_tiles_##S *ck_tiles_##S(void) {                                                              \
    CK_PICK(S)                                                                                                 \
    return &tiles_##S##_base;                                                                                  \
  }                                                                                                            \
  void ck_pack_##S(size_t lanes, const T *matrix, size_t down, size_t across, size_t depth, size_t columns,    \
                   T *packed) {                                                                                \
    for (size_t first = 0; first < columns;) {                                                                 \
      size_t left = columns - first, width = left > lanes ? 2 * lanes : lanes, used = left < width ? left : width; \
      ck_pack_panel_##S(matrix + first * across, down, across, depth, used, width, packed);                    \
      packed += depth * width;                                                                                 \
      first += width;                                                                                          \
    }                                                                                                          \
  }

CK_TILES_OF(float, f32)
CK_TILES_OF(double, f64)
