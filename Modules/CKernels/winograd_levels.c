#include "internal.h"
#include "winograd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Vectors never cross a function boundary here: everything that takes one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define CK_UNROLL _Pragma("clang loop unroll(full)")

#if defined(__x86_64__)

#define CK_TARGET __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define CK_L(name) name##_v4
#define CK_LANES 16
#define CK_LOAD_PART(v, p, n) (v) = (__typeof__(v))_mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p)
#define CK_STORE_PART(p, v, n) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), (__m512)(v))
#include "winograd_template.h"

static const int32_t ck_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
#define CK_MASK(n) _mm256_loadu_si256((const __m256i *)(ck_mask + 8 - (n)))
#define CK_TARGET __attribute__((target("arch=x86-64-v3")))
#define CK_L(name) name##_v3
#define CK_LANES 8
#define CK_LOAD_PART(v, p, n) (v) = (__typeof__(v))_mm256_maskload_ps(p, CK_MASK(n))
#define CK_STORE_PART(p, v, n) _mm256_maskstore_ps(p, CK_MASK(n), (__m256)(v))
#include "winograd_template.h"
#undef CK_MASK

#endif

#define CK_TARGET
#define CK_L(name) name##_base
#define CK_LANES 4
#define CK_LOAD_PART(v, p, n)                                        \
  do {                                                               \
    (v) = (__typeof__(v)){0};                                        \
    for (size_t lane = 0; lane < (n); lane++) (v)[lane] = (p)[lane]; \
  } while (0)
#define CK_STORE_PART(p, v, n) \
  for (size_t lane = 0; lane < (n); lane++) (p)[lane] = (v)[lane]
#include "winograd_template.h"

const struct ck_winograd_level *ck_winograd_level(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return &winograd_v4;
  if (__builtin_cpu_supports("x86-64-v3")) return &winograd_v3;
#endif
  return &winograd_base;
}
