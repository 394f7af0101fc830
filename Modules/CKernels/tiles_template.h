// Included once per element type and SIMD level with CK_T, CK_L(name), CK_F(name), CK_LANES, CK_TARGET, CK_ROWS1,
// CK_ROWS2, CK_DEPTH1, CK_DEPTH2, and CK_LOAD_PART / CK_STORE_PART defined.

typedef CK_T CK_L(vec) __attribute__((vector_size(CK_LANES * sizeof(CK_T))));
typedef CK_T CK_L(loose) __attribute__((vector_size(CK_LANES * sizeof(CK_T)), aligned(sizeof(CK_T)), may_alias));
#define CK_VEC CK_L(vec)
#define CK_LOOSE CK_L(loose)

// out[0..<n] (+)= v
CK_INLINE CK_TARGET void CK_L(put)(CK_T *out, const CK_VEC *v, size_t n, int accumulate) {
  if (n >= CK_LANES) {
    *(CK_LOOSE *)out = accumulate ? *v + *(const CK_LOOSE *)out : *v;
  } else {
    CK_VEC whole = *v, old;
    if (accumulate) {
      CK_LOAD_PART(old, out, n);
      whole += old;
    }
    CK_STORE_PART(out, whole, n);
  }
}

// MARK: gather

// `flat`: every tap is one value, so the row pointers stay put.
CK_INLINE CK_TARGET void CK_L(gather_rows)(const struct CK_F(ck_gather) *g, const int rows, const int vectors,
                                           const int flat) {
  CK_VEC sums[CK_TILE_ROWS][2];
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (CK_VEC){0};
  }
  const CK_T *packed = g->packed;
  size_t run = g->run;
  for (size_t t = 0; t < g->tap_count; t++) {
    const CK_T *line[CK_TILE_ROWS];
    ptrdiff_t tap = g->taps[t];
    CK_UNROLL for (int r = 0; r < rows; r++) line[r] = flat ? g->rows[r] : g->rows[r] + tap;
    for (size_t k = 0; k < (flat ? 1 : run); k++) {
      CK_VEC b[2];
      CK_UNROLL for (int v = 0; v < vectors; v++) b[v] = *(const CK_LOOSE *)(packed + v * CK_LANES);
      CK_UNROLL for (int r = 0; r < rows; r++) {
        CK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += b[v] * line[r][flat ? tap : (ptrdiff_t)k];
      }
      packed += vectors * CK_LANES;
    }
  }
  size_t columns = g->columns;
  CK_UNROLL for (int r = 0; r < rows; r++) {
    if ((size_t)r >= g->count) break;
    CK_UNROLL for (int v = 0; v < vectors; v++) {
      CK_L(put)(g->outs[r] + v * CK_LANES, &sums[r][v], columns - (size_t)v * CK_LANES, g->accumulate);
    }
  }
}

#define CK_GATHER_KIND(name, rows, vectors, flat)                                                   \
  static CK_TARGET __attribute__((noinline)) void CK_L(name)(const struct CK_F(ck_gather) * g) {    \
    CK_L(gather_rows)(g, rows, vectors, flat);                                                      \
  }
#define CK_GATHER(rows, vectors) CK_GATHER_KIND(gather_##vectors##x##rows, rows, vectors, 0)
#define CK_GATHER_FLAT(rows, vectors) CK_GATHER_KIND(gather_flat_##vectors, rows, vectors, 1)
CK_GATHER(1, 1)
CK_GATHER(4, 1)
CK_GATHER(8, 1)
CK_GATHER(1, 2)
CK_GATHER(4, 2)
#if CK_ROWS1 >= 12
CK_GATHER(12, 1)
#endif
#if CK_ROWS2 >= 6
CK_GATHER(6, 2)
#endif
#if CK_ROWS2 >= 12
CK_GATHER(12, 2)
#endif
CK_GATHER_FLAT(CK_ROWS1, 1)
#undef CK_GATHER
#undef CK_GATHER_FLAT
#undef CK_GATHER_KIND

// Rows past `count` must point somewhere readable: a tile with fewer rows runs as the next larger one.
static CK_TARGET void CK_L(gather)(const struct CK_F(ck_gather) *g) {
  size_t count = g->count;
  if (g->columns <= CK_LANES) {
    if (g->run == 1 && count > CK_ROWS1 / 2) return CK_L(gather_flat_1)(g);
    if (count == 1) return CK_L(gather_1x1)(g);
    if (count <= 4) return CK_L(gather_1x4)(g);
#if CK_ROWS1 >= 12
    if (count > 8) return CK_L(gather_1x12)(g);
#endif
    return CK_L(gather_1x8)(g);
  }
  if (count == 1) return CK_L(gather_2x1)(g);
#if CK_ROWS2 >= 12
  if (count > 6) return CK_L(gather_2x12)(g);
#endif
#if CK_ROWS2 >= 6
  if (count > 4) return CK_L(gather_2x6)(g);
#endif
  CK_L(gather_2x4)(g);
}

// MARK: outer

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
    // Whole vectors may be read while another step of this line follows within reach.
    for (; step + (size_t)copies <= steps; step += (size_t)copies) {
      CK_UNROLL for (int u = 0; u < copies; u++) {
        CK_VEC y[2];
        if (vectors == 2) y[0] = *(const CK_LOOSE *)ys;
        if (last == CK_LANES) {
          y[vectors - 1] = *(const CK_LOOSE *)(ys + (vectors - 1) * CK_LANES);
        } else {
          CK_LOAD_PART(y[vectors - 1], ys + (vectors - 1) * CK_LANES, last);
        }
        CK_UNROLL for (int i = 0; i < depth; i++) {
          CK_UNROLL for (int v = 0; v < vectors; v++) sums[u][i][v] += y[v] * xs[i];
        }
        xs += o->x_step;
        ys += o->y_step;
      }
    }
    for (; step < steps; step++) {
      CK_VEC y[2];
      if (vectors == 2) y[0] = *(const CK_LOOSE *)ys;
      CK_LOAD_PART(y[vectors - 1], ys + (vectors - 1) * CK_LANES, last);
      CK_UNROLL for (int i = 0; i < depth; i++) {
        CK_UNROLL for (int v = 0; v < vectors; v++) sums[0][i][v] += y[v] * xs[i];
      }
      xs += o->x_step;
      ys += o->y_step;
    }
  }
  CK_UNROLL for (int i = 0; i < depth; i++) {
    CK_UNROLL for (int v = 0; v < vectors; v++) {
      CK_VEC sum = sums[0][i][v];
      if (copies == 2) sum += sums[1][i][v];
      if (i >= skip) {
        CK_L(put)(out + (size_t)i * o->out_step + v * CK_LANES, &sum, columns - (size_t)v * CK_LANES, 1);
      }
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
      if (vectors == 2) y[0] = *(const CK_LOOSE *)ys;
      CK_LOAD_PART(y[vectors - 1], ys + (vectors - 1) * CK_LANES, last);
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

static const struct CK_F(ck_tiles) CK_L(tiles) = {
  .lanes = CK_LANES,
  .rows = {0, CK_ROWS1, CK_ROWS2},
  .gather = CK_L(gather),
  .outer = CK_L(outer),
  .outer_runs = CK_L(outer_runs),
};

#undef CK_VEC
#undef CK_LOOSE
#undef CK_T
#undef CK_L
#undef CK_F
#undef CK_LANES
#undef CK_LOAD_PART
#undef CK_STORE_PART
