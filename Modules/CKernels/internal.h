// Shared by the kernel sources; not part of the module's interface.
#ifndef CK_INTERNAL_H
#define CK_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Under ThreadSanitizer the loader would pick functions before the sanitizer has set up its memory, and crash.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CK_NO_CLONES
#endif
#endif

// Compiles a function once per SIMD level; the loader picks the best one the CPU has. Needs glibc's ifunc.
#if !defined(CK_NO_CLONES) && defined(__x86_64__) && defined(__ELF__) && defined(__GLIBC__)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif

// Helpers must be inlined to be compiled for their caller's SIMD level.
#define CK_INLINE static inline __attribute__((always_inline))

// Asks the vectoriser for whole 64-byte vectors (it would stop at 32 bytes of its own accord) and promises that no
// iteration reads what another writes, so that x == y needs no check.
#define CK_PRAGMA(text) _Pragma(#text)
#define CK_VECTORIZE(lanes) CK_PRAGMA(clang loop vectorize(assume_safety) vectorize_width(lanes))

// The same one vector at a time, for short rows: of four vectors at a time, up to 63 elements of a row would be left for
// the end, one after the other.
#define CK_VECTORIZE_ROW(lanes) \
  CK_PRAGMA(clang loop vectorize(assume_safety) vectorize_width(lanes) interleave_count(1))

CK_INLINE size_t ck_min_size(size_t a, size_t b) { return a < b ? a : b; }
CK_INLINE size_t ck_max_size(size_t a, size_t b) { return a > b ? a : b; }

// Bit patterns of floats.
CK_INLINE uint32_t ck_bits_f32(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}
CK_INLINE float ck_from_bits_f32(uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}
CK_INLINE uint64_t ck_bits_f64(double x) {
  uint64_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}
CK_INLINE double ck_from_bits_f64(uint64_t u) {
  double x;
  memcpy(&x, &u, sizeof x);
  return x;
}

#endif
