// Part of tiles_template.h.

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
  // Row by row: the rows of a tile may write to the same places.
  if (g->count == (size_t)rows && columns == (size_t)vectors * CK_LANES) {
    CK_UNROLL for (int r = 0; r < rows; r++) {
      CK_UNROLL for (int v = 0; v < vectors; v++) {
        CK_LOOSE *out = (CK_LOOSE *)(g->outs[r] + v * CK_LANES);
        if (g->accumulate) sums[r][v] += *out;
        *out = sums[r][v];
      }
    }
    return;
  }
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
