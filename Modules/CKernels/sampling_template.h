// The kernels of sampling.c for one element type: CK_T, with CK_F for names and CK_FLOOR, CK_ROUND for its functions.

CK_INLINE CK_T CK_F(clamped)(CK_T place, size_t size) {
  CK_T last = (CK_T)(size - 1);
  return place < 0 ? 0 : place > last ? last : place;
}

CK_INLINE CK_T CK_F(reflected)(CK_T place, size_t size) {
  CK_T n = (CK_T)size, period = 2 * n;
  if (size <= 1) return 0;
  if (place < 0) {
    place += period * (CK_T)(int64_t)(-place / period);
    place = place < -n ? place + period : -place - 1;
  } else if (place > n - 1) {
    place -= period * (CK_T)(int64_t)(place / period);
    if (place >= n) place = period - place - 1;
  }
  return CK_F(clamped)(place, size);
}

CK_INLINE CK_T CK_F(wrapped)(CK_T place, size_t size) {
  CK_T n = (CK_T)size, last = n - 1;
  if (size <= 1) return 0;
  if (place < 0) {
    place += n * (CK_T)((int64_t)(-place / last) + 1);
  } else if (place > last) {
    place -= n * (CK_T)(int64_t)(place / last);
  }
  return CK_F(clamped)(place, size);
}

CK_INLINE CK_T CK_F(inside)(CK_T place, size_t size, enum ck_fill fill) {
  switch (fill) {
    case CK_FILL_REFLECT: return CK_F(reflected)(place, size);
    case CK_FILL_WRAP: return CK_F(wrapped)(place, size);
    case CK_FILL_NEAREST: return CK_F(clamped)(place, size);
    default: return place;
  }
}

// The pixels around a place: their numbers in the image, -1 for what is outside, and the shares of both axes.
typedef struct {
  ptrdiff_t pixel[4];
  CK_T left, right, top, bottom;
} CK_F(taps);

CK_INLINE CK_F(taps) CK_F(taps_at)(const struct ck_sampling *g, CK_T x, CK_T y) {
  CK_F(taps) t = {{-1, -1, -1, -1}, 1, 0, 1, 0};
  // Also false for NaN.
  if (!(x > -FARTHEST && x < FARTHEST && y > -FARTHEST && y < FARTHEST)) return t;
  x = CK_F(inside)(x, g->width, g->fill), y = CK_F(inside)(y, g->height, g->fill);
  if (!g->bilinear) {
    t.pixel[0] = pixel_at(g, (ptrdiff_t)CK_ROUND(y), (ptrdiff_t)CK_ROUND(x));
    return t;
  }
  CK_T left = CK_FLOOR(x), top = CK_FLOOR(y);
  ptrdiff_t column = (ptrdiff_t)left, row = (ptrdiff_t)top;
  t.pixel[0] = pixel_at(g, row, column), t.pixel[1] = pixel_at(g, row, column + 1);
  t.pixel[2] = pixel_at(g, row + 1, column), t.pixel[3] = pixel_at(g, row + 1, column + 1);
  t.left = left + 1 - x, t.right = x - left, t.top = top + 1 - y, t.bottom = y - top;
  return t;
}

typedef struct {
  const struct ck_sampling *g;
  const CK_T *x, *y, *from;
  CK_T *to;
} CK_F(sampling_job);

CK_INLINE CK_T CK_F(value)(const CK_T *image, ptrdiff_t pixel, size_t channels, size_t c, CK_T fill) {
  return pixel < 0 ? fill : image[(size_t)pixel * channels + c];
}

CK_CLONES static void CK_F(sample_body)(void *context, size_t begin, size_t end) {
  const CK_F(sampling_job) *job = context;
  const struct ck_sampling *g = job->g;
  size_t channels = g->channels;
  CK_T fill = (CK_T)g->fill_value;
  for (size_t row = begin; row < end; row++) {
    const CK_T *image = job->from + row / g->out_height * g->height * g->width * channels;
    for (size_t place = row * g->out_width; place < (row + 1) * g->out_width; place++) {
      CK_F(taps) t = CK_F(taps_at)(g, job->x[place], job->y[place]);
      CK_T *to = job->to + place * channels;
      for (size_t c = 0; c < channels; c++) {
        to[c] = CK_F(value)(image, t.pixel[0], channels, c, fill);
        if (!g->bilinear) continue;
        CK_T upper = t.left * to[c] + t.right * CK_F(value)(image, t.pixel[1], channels, c, fill);
        CK_T lower = t.left * CK_F(value)(image, t.pixel[2], channels, c, fill)
                     + t.right * CK_F(value)(image, t.pixel[3], channels, c, fill);
        to[c] = t.top * upper + t.bottom * lower;
      }
    }
  }
}

// A task owns whole images: deterministic without atomics.
CK_CLONES static void CK_F(gradient_body)(void *context, size_t begin, size_t end) {
  const CK_F(sampling_job) *job = context;
  const struct ck_sampling *g = job->g;
  size_t channels = g->channels, size = g->height * g->width * channels, places = g->out_height * g->out_width;
  for (size_t image = begin; image < end; image++) {
    CK_T *to = job->to + image * size;
    memset(to, 0, size * sizeof(CK_T));
    for (size_t place = image * places; place < (image + 1) * places; place++) {
      CK_F(taps) t = CK_F(taps_at)(g, job->x[place], job->y[place]);
      const CK_T shares[4] = {t.top * t.left, t.top * t.right, t.bottom * t.left, t.bottom * t.right};
      for (int tap = 0; tap < 4; tap++) {
        if (t.pixel[tap] < 0) continue;
        CK_T *pixel = to + (size_t)t.pixel[tap] * channels;
        for (size_t c = 0; c < channels; c++) pixel[c] += shares[tap] * job->from[place * channels + c];
      }
    }
  }
}

void CK_F(ck_sample)(const struct ck_sampling *g, const CK_T *images, const CK_T *x, const CK_T *y, CK_T *out,
                     int threads) {
  CK_F(sampling_job) job = {g, x, y, images, out};
  size_t grain = ck_max_size(1, 1024 / ck_max_size(1, g->out_width));
  ck_parallel(g->batch * g->out_height, grain, threads, CK_F(sample_body), &job);
}

void CK_F(ck_sample_gradient)(const struct ck_sampling *g, const CK_T *x, const CK_T *y, const CK_T *dout,
                              CK_T *dimages, int threads) {
  CK_F(sampling_job) job = {g, x, y, dout, dimages};
  ck_parallel(g->batch, 1, threads, CK_F(gradient_body), &job);
}
