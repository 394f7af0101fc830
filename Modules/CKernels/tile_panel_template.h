// Part of tiles_template.h.

// Exactly `rows` rows. Every step asks for a piece of the panel that comes next, so that it is near by then.
CK_INLINE CK_TARGET void CK_L(panel_rows)(const struct CK_F(ck_panel) *p, const int rows, const int vectors) {
  CK_VEC sums[CK_TILE_ROWS][2];
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (CK_VEC){0};
  }
  const CK_T *packed = p->packed, *a[CK_TILE_ROWS];
  CK_UNROLL for (int r = 0; r < rows; r++) a[r] = p->a + (size_t)r * p->lda;
  const char *next = p->next;
  size_t depth = p->depth, next_step = p->next_step;
  for (size_t k = 0; k < depth; k++) {
    CK_VEC b[2];
    CK_UNROLL for (int v = 0; v < vectors; v++) b[v] = *(const CK_LOOSE *)(packed + v * CK_LANES);
    __builtin_prefetch(next, 0, 2);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      CK_UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += b[v] * a[r][k];
    }
    packed += vectors * CK_LANES;
    next += next_step;
  }
  size_t columns = p->columns;
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int v = 0; v < vectors; v++) {
      CK_L(put)(p->c + (size_t)r * p->ldc + v * CK_LANES, &sums[r][v], columns - (size_t)v * CK_LANES, p->accumulate);
    }
  }
}

#define CK_PANEL(rows)                                                                                      \
  static CK_TARGET __attribute__((noinline)) void CK_L(panel_1x##rows)(const struct CK_F(ck_panel) * p) {   \
    CK_L(panel_rows)(p, rows, 1);                                                                           \
  }                                                                                                         \
  static CK_TARGET __attribute__((noinline)) void CK_L(panel_2x##rows)(const struct CK_F(ck_panel) * p) {   \
    CK_L(panel_rows)(p, rows, 2);                                                                           \
  }
CK_PANEL(1)
CK_PANEL(2)
CK_PANEL(3)
CK_PANEL(4)
#if CK_ROWS2 >= 6
CK_PANEL(5)
CK_PANEL(6)
#endif
#if CK_ROWS2 >= 12
CK_PANEL(7)
CK_PANEL(8)
CK_PANEL(9)
CK_PANEL(10)
CK_PANEL(11)
CK_PANEL(12)
#endif
#undef CK_PANEL

typedef void (*CK_L(panel_kernel))(const struct CK_F(ck_panel) *);

#define CK_PANEL_PAIR(rows) {CK_L(panel_1x##rows), CK_L(panel_2x##rows)}
static const CK_L(panel_kernel) CK_L(panels)[CK_ROWS2][2] = {
  CK_PANEL_PAIR(1), CK_PANEL_PAIR(2), CK_PANEL_PAIR(3), CK_PANEL_PAIR(4),
#if CK_ROWS2 >= 6
  CK_PANEL_PAIR(5), CK_PANEL_PAIR(6),
#endif
#if CK_ROWS2 >= 12
  CK_PANEL_PAIR(7), CK_PANEL_PAIR(8), CK_PANEL_PAIR(9), CK_PANEL_PAIR(10), CK_PANEL_PAIR(11), CK_PANEL_PAIR(12),
#endif
};
#undef CK_PANEL_PAIR

static CK_TARGET void CK_L(panel)(const struct CK_F(ck_panel) *p) {
  CK_L(panels)[p->rows - 1][p->columns > CK_LANES](p);
}
