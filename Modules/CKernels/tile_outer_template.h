// Part of tiles_template.h.

// The `vectors` vectors at ys, of which the last has `last` columns.
CK_INLINE CK_TARGET void CK_L(outer_columns)(CK_VEC *y, const CK_T *ys, const int vectors, size_t last) {
  const CK_T *end = ys + (vectors - 1) * CK_LANES;
  if (vectors == 2) y[0] = *(const CK_LOOSE *)ys;
  if (last == CK_LANES) {
    y[vectors - 1] = *(const CK_LOOSE *)end;
  } else {
    CK_LOAD_PART(y[vectors - 1], end, last);
  }
}

CK_INLINE CK_TARGET void CK_L(outer_step)(CK_VEC (*sums)[2], const CK_T *xs, const CK_T *ys, const int depth,
                                          const int vectors, size_t last) {
  CK_VEC y[2];
  CK_L(outer_columns)(y, ys, vectors, last);
  CK_UNROLL for (int i = 0; i < depth; i++) {
    CK_UNROLL for (int v = 0; v < vectors; v++) sums[i][v] += y[v] * xs[i];
  }
}

// `depth` rows of `vectors` vectors, `copies` times: independent sums hide the latency of the additions.
CK_INLINE CK_TARGET void CK_L(outer_rows)(const struct CK_F(ck_outer) *o, const CK_T *x, CK_T *out, const int skip,
                                          const int depth, const int vectors, const int copies) {
  CK_VEC sums[2][24][2];
  CK_UNROLL for (int u = 0; u < copies; u++) {
    CK_UNROLL for (int i = 0; i < depth; i++) {
      CK_UNROLL for (int v = 0; v < vectors; v++) sums[u][i][v] = (CK_VEC){0};
    }
  }
  size_t columns = o->columns, steps = o->steps, last = columns - (size_t)(vectors - 1) * CK_LANES;
  for (size_t line = 0; line < o->lines; line++) {
    const CK_T *xs = x + line * o->x_line, *ys = o->y + line * o->y_line;
    size_t step = 0;
    for (; step + (size_t)copies <= steps; step += (size_t)copies) {
      CK_UNROLL for (int u = 0; u < copies; u++) {
        CK_L(outer_step)(sums[u], xs, ys, depth, vectors, last);
        xs += o->x_step;
        ys += o->y_step;
      }
    }
    for (; step < steps; step++, xs += o->x_step, ys += o->y_step)
      CK_L(outer_step)(sums[0], xs, ys, depth, vectors, last);
  }
  CK_UNROLL for (int i = 0; i < depth; i++) {
    CK_UNROLL for (int v = 0; v < vectors; v++) {
      CK_VEC sum = copies == 2 ? sums[0][i][v] + sums[1][i][v] : sums[0][i][v];
      CK_T *row = out + (size_t)i * o->out_step + v * CK_LANES;
      if (i >= skip) CK_L(put)(row, &sum, columns - (size_t)v * CK_LANES, 1);
    }
  }
}

#define CK_OUTER(depth, vectors, copies)                                                                       \
  static CK_TARGET __attribute__((noinline)) void CK_L(outer_##vectors##x##depth)(                             \
    const struct CK_F(ck_outer) * o, const CK_T *x, CK_T *out, int skip) {                                     \
    CK_L(outer_rows)(o, x, out, skip, depth, vectors, copies);                                                 \
  }
CK_OUTER(1, 1, 2)
CK_OUTER(2, 1, 2)
CK_OUTER(3, 1, 2)
CK_OUTER(4, 1, 2)
CK_OUTER(5, 1, 2)
CK_OUTER(6, 1, 2)
CK_OUTER(8, 1, 1)
CK_OUTER(10, 1, 1)
CK_OUTER(1, 2, 2)
CK_OUTER(2, 2, 2)
CK_OUTER(3, 2, 2)
CK_OUTER(4, 2, 1)
CK_OUTER(5, 2, 1)
#if CK_DEPTH1 >= 12
CK_OUTER(12, 1, 1)
CK_OUTER(6, 2, 1)
#endif
#if CK_DEPTH1 >= 24
CK_OUTER(15, 1, 1)
CK_OUTER(18, 1, 1)
CK_OUTER(24, 1, 1)
CK_OUTER(7, 2, 1)
CK_OUTER(8, 2, 1)
CK_OUTER(9, 2, 1)
CK_OUTER(10, 2, 1)
CK_OUTER(11, 2, 1)
CK_OUTER(12, 2, 1)
#endif
#undef CK_OUTER

// Several short runs side by side, all the taps of a small filter over few channels: sums of `runs` x `depth` rows.
CK_INLINE CK_TARGET void CK_L(outer_runs_sums)(const struct CK_F(ck_outer) *o, const ptrdiff_t *taps, const int runs,
                                               const int depth, const int vectors) {
  CK_VEC sums[5][5][2];
  CK_UNROLL for (int q = 0; q < runs; q++) {
    CK_UNROLL for (int i = 0; i < depth; i++) {
      CK_UNROLL for (int v = 0; v < vectors; v++) sums[q][i][v] = (CK_VEC){0};
    }
  }
  size_t columns = o->columns, last = columns - (size_t)(vectors - 1) * CK_LANES;
  for (size_t line = 0; line < o->lines; line++) {
    const CK_T *xs[5], *ys = o->y + line * o->y_line;
    CK_UNROLL for (int q = 0; q < runs; q++) xs[q] = o->x + line * o->x_line + taps[q];
    for (size_t step = 0, at = 0; step < o->steps; step++, at += o->x_step) {
      CK_VEC y[2];
      CK_L(outer_columns)(y, ys, vectors, last);
      CK_UNROLL for (int q = 0; q < runs; q++) {
        CK_UNROLL for (int i = 0; i < depth; i++) {
          CK_UNROLL for (int v = 0; v < vectors; v++) sums[q][i][v] += y[v] * xs[q][at + (size_t)i];
        }
      }
      ys += o->y_step;
    }
  }
  CK_UNROLL for (int q = 0; q < runs; q++) {
    CK_UNROLL for (int i = 0; i < depth; i++) {
      CK_UNROLL for (int v = 0; v < vectors; v++) {
        CK_L(put)(o->out + (size_t)(q * depth + i) * o->out_step + v * CK_LANES, &sums[q][i][v],
                  columns - (size_t)v * CK_LANES, 1);
      }
    }
  }
}

static CK_TARGET __attribute__((noinline)) void CK_L(outer_runs_3x3x1)(const struct CK_F(ck_outer) *o,
                                                                       const ptrdiff_t *taps) {
  CK_L(outer_runs_sums)(o, taps, 3, 3, 1);
}
static CK_TARGET __attribute__((noinline)) void CK_L(outer_runs_3x3x2)(const struct CK_F(ck_outer) *o,
                                                                       const ptrdiff_t *taps) {
  CK_L(outer_runs_sums)(o, taps, 3, 3, 2);
}
static CK_TARGET __attribute__((noinline)) void CK_L(outer_runs_5x5x1)(const struct CK_F(ck_outer) *o,
                                                                       const ptrdiff_t *taps) {
  CK_L(outer_runs_sums)(o, taps, 5, 5, 1);
}

static CK_TARGET int CK_L(outer_runs)(const struct CK_F(ck_outer) *o, const ptrdiff_t *taps, size_t runs) {
  int narrow = o->columns <= CK_LANES;
  if (runs == 3 && o->depth == 3 && (narrow ? CK_DEPTH1 : CK_DEPTH2) >= 9) {
    (narrow ? CK_L(outer_runs_3x3x1) : CK_L(outer_runs_3x3x2))(o, taps);
  } else if (runs == 5 && o->depth == 5 && narrow && CK_DEPTH1 >= 24) {
    CK_L(outer_runs_5x5x1)(o, taps);
  } else {
    return 0;
  }
  return 1;
}

typedef void (*CK_L(outer_kernel))(const struct CK_F(ck_outer) *, const CK_T *, CK_T *, int);

// Kernels by depth; a depth without its own runs as two overlapping smaller ones.
static const CK_L(outer_kernel) CK_L(outer_1)[25] = {
  [1] = CK_L(outer_1x1), [2] = CK_L(outer_1x2), [3] = CK_L(outer_1x3), [4] = CK_L(outer_1x4),
  [5] = CK_L(outer_1x5), [6] = CK_L(outer_1x6), [8] = CK_L(outer_1x8), [10] = CK_L(outer_1x10),
#if CK_DEPTH1 >= 12
  [12] = CK_L(outer_1x12),
#endif
#if CK_DEPTH1 >= 24
  [15] = CK_L(outer_1x15), [18] = CK_L(outer_1x18), [24] = CK_L(outer_1x24),
#endif
};
static const CK_L(outer_kernel) CK_L(outer_2)[13] = {
  [1] = CK_L(outer_2x1), [2] = CK_L(outer_2x2), [3] = CK_L(outer_2x3), [4] = CK_L(outer_2x4),
  [5] = CK_L(outer_2x5),
#if CK_DEPTH1 >= 12
  [6] = CK_L(outer_2x6),
#endif
#if CK_DEPTH1 >= 24
  [7] = CK_L(outer_2x7), [8] = CK_L(outer_2x8), [9] = CK_L(outer_2x9), [10] = CK_L(outer_2x10),
  [11] = CK_L(outer_2x11), [12] = CK_L(outer_2x12),
#endif
};

static CK_TARGET void CK_L(outer)(const struct CK_F(ck_outer) *o) {
  int narrow = o->columns <= CK_LANES;
  const CK_L(outer_kernel) *kernels = narrow ? CK_L(outer_1) : CK_L(outer_2);
  size_t most = narrow ? CK_DEPTH1 : CK_DEPTH2;
  size_t done = 0, depth = o->depth;
  while (done < depth) {
    size_t left = depth - done, passes = (left + most - 1) / most, want = (left + passes - 1) / passes;
    size_t size = want;
    while (size <= most && !kernels[size]) size++;
    if (size > most || size > depth) {
      size = want;
      while (!kernels[size]) size--;
    }
    // A kernel deeper than what is left starts earlier and leaves alone the rows that are done.
    size_t start = done + size > depth ? depth - size : done;
    kernels[size](o, o->x + start, o->out + start * o->out_step, (int)(done - start));
    done = start + size;
  }
}
