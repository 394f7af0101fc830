// The two register-tiled inner kernels that products and convolutions are made of, one set per SIMD level.
#ifndef CK_TILES_H
#define CK_TILES_H

#include <stddef.h>

#include "internal.h"

// No SIMD level keeps more rows than this in registers.
#define CK_TILE_ROWS 12

// Panels of packed matrices are `2 * lanes` columns wide (the last one `lanes` when no more are left), rows padded
// with zeros; that is what `packed` below points to.
#define CK_TILE_TYPES(T, S)                                                                                     \
  /* outs[r][0..<columns] (+)= sum over taps t and i < run of rows[r][taps[t] + i] * packed[t * run + i]. */     \
  struct ck_gather_##S {                                                                                        \
    const T *rows[CK_TILE_ROWS];                                                                                \
    T *outs[CK_TILE_ROWS];                                                                                      \
    size_t count;                                                                                               \
    const ptrdiff_t *taps;                                                                                      \
    size_t tap_count, run;                                                                                      \
    const T *packed;                                                                                            \
    size_t columns;                                                                                             \
    int accumulate;                                                                                             \
  };                                                                                                            \
  /* out[i][0..<columns] += sum over lines and steps of x[i] * y[0..<columns], i < depth; x and y advance by */  \
  /* their `step` within a line and by their `line` from line to line. */                                       \
  struct ck_outer_##S {                                                                                         \
    const T *x, *y;                                                                                             \
    size_t x_step, x_line, y_step, y_line, steps, lines;                                                        \
    size_t depth, columns;                                                                                      \
    T *out;                                                                                                     \
    size_t out_step;                                                                                            \
  };                                                                                                            \
  /* y[i * filters + f] = sum over taps t of x[taps[t] + i] * packed[t * lanes + f], i < pixels. */            \
  struct ck_planar_##S {                                                                                        \
    const T *x;                                                                                                 \
    const ptrdiff_t *taps;                                                                                      \
    size_t tap_count, filters, pixels;                                                                          \
    const T *packed;                                                                                            \
    T *y;                                                                                                       \
  };                                                                                                            \
  /* c[r][0..<columns] (+)= sum over k < depth of a[r][k] * packed[k], r < rows <= rows[2] of the tiles. Bytes */ \
  /* from `next` on, `next_step` more at every step, are fetched into the second-level cache on the way. */      \
  struct ck_panel_##S {                                                                                         \
    const T *a, *packed;                                                                                        \
    T *c;                                                                                                       \
    size_t lda, ldc, rows, columns, depth;                                                                      \
    const char *next;                                                                                           \
    size_t next_step;                                                                                           \
    int accumulate;                                                                                             \
  };                                                                                                            \
  struct ck_tiles_##S {                                                                                         \
    size_t lanes;                                                                                               \
    size_t rows[3]; /* most rows of a gather with [1] one or [2] two vectors of columns */                       \
    void (*gather)(const struct ck_gather_##S *);                                                               \
    void (*outer)(const struct ck_outer_##S *);                                                                 \
    /* All taps at once: run q is x + taps[q], its rows of out follow those of run q - 1. 0: not this shape. */   \
    int (*outer_runs)(const struct ck_outer_##S *, const ptrdiff_t *taps, size_t runs);                         \
    void (*planar)(const struct ck_planar_##S *);                                                               \
    void (*panel)(const struct ck_panel_##S *);                                                                 \
  };                                                                                                            \
  const struct ck_tiles_##S *ck_tiles_##S(void);                                                                \
  /* Packs columns [0, columns) of a `depth` x `columns` matrix, element (i, j) at i * down + j * across. */     \
  void ck_pack_##S(size_t lanes, const T *matrix, size_t down, size_t across, size_t depth, size_t columns, T *packed);

CK_TILE_TYPES(float, f32)
CK_TILE_TYPES(double, f64)

// Columns of the packed form.
CK_INLINE size_t ck_packed_columns(size_t lanes, size_t columns) { return (columns + lanes - 1) / lanes * lanes; }

#endif
