// Part of tiles_template.h.

// Lanes along the pixels: with one input channel they are neighbours, and few filters would leave other lanes empty.
CK_INLINE CK_TARGET void CK_L(planar_row)(const struct CK_F(ck_planar) *p, const int filters, const int whole) {
  CK_VEC sums[8][2];
  CK_UNROLL for (int f = 0; f < filters; f++) sums[f][0] = sums[f][1] = (CK_VEC){0};
  size_t pixels = p->pixels, second = pixels > CK_LANES ? pixels - CK_LANES : 0;
  for (size_t t = 0; t < p->tap_count; t++) {
    const CK_T *x = p->x + p->taps[t], *weights = p->packed + t * CK_LANES;
    CK_VEC a, b;
    if (whole) {
      a = *(const CK_LOOSE *)x;
      b = *(const CK_LOOSE *)(x + CK_LANES);
    } else if (second > 0) {
      a = *(const CK_LOOSE *)x;
      CK_LOAD_PART(b, x + CK_LANES, second);
    } else {
      CK_LOAD_PART(a, x, pixels);
      b = (CK_VEC){0};
    }
    CK_UNROLL for (int f = 0; f < filters; f++) {
      sums[f][0] += a * weights[f];
      sums[f][1] += b * weights[f];
    }
  }
  CK_T planes[8][2 * CK_LANES];
  CK_UNROLL for (int f = 0; f < filters; f++) {
    *(CK_LOOSE *)planes[f] = sums[f][0];
    *(CK_LOOSE *)(planes[f] + CK_LANES) = sums[f][1];
  }
  CK_T *y = p->y;
  if (p->filters == (size_t)filters) {
    for (size_t i = 0; i < pixels; i++, y += filters) {
      CK_UNROLL for (int f = 0; f < filters; f++) y[f] = planes[f][i];
    }
  } else {
    for (size_t i = 0; i < pixels; i++, y += p->filters)
      for (size_t f = 0; f < p->filters; f++) y[f] = planes[f][i];
  }
}

#define CK_PLANAR(name, filters, whole)                                                                     \
  static CK_TARGET __attribute__((noinline)) void CK_L(name)(const struct CK_F(ck_planar) * p) {            \
    CK_L(planar_row)(p, filters, whole);                                                                    \
  }
CK_PLANAR(planar_6, 6, 1)
CK_PLANAR(planar_6_part, 6, 0)
CK_PLANAR(planar_8, 8, 1)
CK_PLANAR(planar_8_part, 8, 0)
#undef CK_PLANAR

// At most 8 filters and two vectors of pixels.
static CK_TARGET void CK_L(planar)(const struct CK_F(ck_planar) *p) {
  int whole = p->pixels == 2 * CK_LANES;
  if (p->filters <= 6) {
    (whole ? CK_L(planar_6) : CK_L(planar_6_part))(p);
  } else {
    (whole ? CK_L(planar_8) : CK_L(planar_8_part))(p);
  }
}
