// Included once per SIMD level with CK_L(name), CK_LANES, CK_TARGET and CK_LOAD_PART / CK_STORE_PART defined: the
// transforms of tiles of 2 x 2 and 4 x 4 outputs, a vector of channels at a time.

typedef float CK_L(vec) __attribute__((vector_size(CK_LANES * 4)));
typedef int32_t CK_L(bits) __attribute__((vector_size(CK_LANES * 4)));
typedef float CK_L(loose) __attribute__((vector_size(CK_LANES * 4), aligned(4), may_alias));
#define CK_VEC CK_L(vec)
#define CK_BITS CK_L(bits)
#define CK_LOOSE CK_L(loose)

// Along one axis, the points 0, 3/4, -3/4, 3/2, -3/2 and infinity (0, 1, -1 and infinity for 2 outputs).

CK_INLINE CK_TARGET void CK_L(input_line)(const int side, const CK_VEC *d, const size_t step, CK_VEC *v) {
  if (side == 4) {
    v[0] = d[0] - d[2 * step];
    v[1] = d[step] + d[2 * step];
    v[2] = d[2 * step] - d[step];
    v[3] = d[3 * step] - d[step];
    return;
  }
  const float near = 0.75f, far = 1.5f, near2 = near * near, far2 = far * far;
  CK_VEC even_near = d[4 * step] - far2 * d[2 * step], odd_near = d[3 * step] - far2 * d[step];
  CK_VEC even_far = d[4 * step] - near2 * d[2 * step], odd_far = d[3 * step] - near2 * d[step];
  v[0] = near2 * far2 * d[0] + (d[4 * step] - (near2 + far2) * d[2 * step]);
  v[1] = even_near + near * odd_near;
  v[2] = even_near - near * odd_near;
  v[3] = even_far + far * odd_far;
  v[4] = even_far - far * odd_far;
  v[5] = near2 * far2 * d[step] + (d[5 * step] - (near2 + far2) * d[3 * step]);
}

CK_INLINE CK_TARGET void CK_L(output_line)(const int side, const CK_VEC *m, CK_VEC *y, const size_t step) {
  if (side == 4) {
    y[0] = m[0] + (m[1] + m[2]);
    y[step] = (m[1] - m[2]) + m[3];
    return;
  }
  const float near = 0.75f, far = 1.5f, near2 = near * near, far2 = far * far;
  CK_VEC even_near = m[1] + m[2], odd_near = m[1] - m[2], even_far = m[3] + m[4], odd_far = m[3] - m[4];
  y[0] = m[0] + (even_near + even_far);
  y[step] = near * odd_near + far * odd_far;
  y[2 * step] = near2 * even_near + far2 * even_far;
  y[3 * step] = m[5] + (near2 * near * odd_near + far2 * far * odd_far);
}

CK_INLINE CK_TARGET void CK_L(weight_line)(const int side, const CK_VEC *g, const size_t step, CK_VEC *u) {
  if (side == 4) {
    CK_VEC even = 0.5f * (g[0] + g[2 * step]), odd = 0.5f * g[step];
    u[0] = g[0];
    u[1] = even + odd;
    u[2] = even - odd;
    u[3] = g[2 * step];
    return;
  }
  const float near = 0.75f, far = 1.5f, near2 = near * near, far2 = far * far;
  // What the differences of each point to the others multiply to.
  const float at_zero = near2 * far2, at_near = 2 * near2 * (near2 - far2), at_far = 2 * far2 * (far2 - near2);
  CK_VEC even_near = (1 / at_near) * g[0] + (near2 / at_near) * g[2 * step];
  CK_VEC even_far = (1 / at_far) * g[0] + (far2 / at_far) * g[2 * step];
  CK_VEC odd_near = (near / at_near) * g[step], odd_far = (far / at_far) * g[step];
  u[0] = (1 / at_zero) * g[0];
  u[1] = even_near + odd_near;
  u[2] = even_near - odd_near;
  u[3] = even_far + odd_far;
  u[4] = even_far - odd_far;
  u[5] = g[2 * step];
}

// The transpose of output_line.
CK_INLINE CK_TARGET void CK_L(spread_line)(const int side, const CK_VEC *y, CK_VEC *m) {
  if (side == 4) {
    m[0] = y[0];
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[3] = y[1];
    return;
  }
  const float near = 0.75f, far = 1.5f, near2 = near * near, far2 = far * far;
  CK_VEC even_near = y[0] + near2 * y[2], odd_near = near * y[1] + near2 * near * y[3];
  CK_VEC even_far = y[0] + far2 * y[2], odd_far = far * y[1] + far2 * far * y[3];
  m[0] = y[0];
  m[1] = even_near + odd_near;
  m[2] = even_near - odd_near;
  m[3] = even_far + odd_far;
  m[4] = even_far - odd_far;
  m[5] = y[3];
}

// The transpose of weight_line.
CK_INLINE CK_TARGET void CK_L(tap_line)(const int side, const CK_VEC *u, CK_VEC *g) {
  if (side == 4) {
    CK_VEC even = 0.5f * (u[1] + u[2]);
    g[0] = u[0] + even;
    g[1] = 0.5f * (u[1] - u[2]);
    g[2] = even + u[3];
    return;
  }
  const float near = 0.75f, far = 1.5f, near2 = near * near, far2 = far * far;
  const float at_zero = near2 * far2, at_near = 2 * near2 * (near2 - far2), at_far = 2 * far2 * (far2 - near2);
  CK_VEC even_near = u[1] + u[2], odd_near = u[1] - u[2], even_far = u[3] + u[4], odd_far = u[3] - u[4];
  g[0] = (1 / at_zero) * u[0] + ((1 / at_near) * even_near + (1 / at_far) * even_far);
  g[1] = (near / at_near) * odd_near + (far / at_far) * odd_far;
  g[2] = u[5] + ((near2 / at_near) * even_near + (far2 / at_far) * even_far);
}

CK_INLINE CK_TARGET void CK_L(input_tile)(const int side, const float *const *pixels, size_t channel, size_t part,
                                          float *v, size_t point_step) {
  CK_VEC half[6][6];
  CK_UNROLL for (int column = 0; column < side; column++) {
    CK_VEC d[6], line[6];
    CK_UNROLL for (int row = 0; row < side; row++) {
      const float *pixel = pixels[row * side + column] + channel;
      if (part) {
        CK_LOAD_PART(d[row], pixel, part);
      } else {
        d[row] = *(const CK_LOOSE *)pixel;
      }
    }
    CK_L(input_line)(side, d, 1, line);
    CK_UNROLL for (int row = 0; row < side; row++) half[row][column] = line[row];
  }
  CK_UNROLL for (int row = 0; row < side; row++) {
    CK_VEC line[6];
    CK_L(input_line)(side, half[row], 1, line);
    CK_UNROLL for (int column = 0; column < side; column++)
      *(CK_LOOSE *)(v + (size_t)(row * side + column) * point_step) = line[column];
  }
}

CK_INLINE CK_TARGET void CK_L(input_tiles)(const int side, const float *const *pixels, size_t channels, float *v,
                                           size_t point_step) {
  size_t c = 0;
  for (; c + CK_LANES <= channels; c += CK_LANES) CK_L(input_tile)(side, pixels, c, 0, v + c, point_step);
  if (c < channels) CK_L(input_tile)(side, pixels, c, channels - c, v + c, point_step);
}

CK_INLINE CK_TARGET void CK_L(output_sums)(const int side, const float *m, size_t point_step, CK_VEC y[4][4]) {
  CK_VEC half[4][6];
  CK_UNROLL for (int column = 0; column < side; column++) {
    CK_VEC line[6], sums[4];
    CK_UNROLL for (int row = 0; row < side; row++)
      line[row] = *(const CK_LOOSE *)(m + (size_t)(row * side + column) * point_step);
    CK_L(output_line)(side, line, sums, 1);
    CK_UNROLL for (int row = 0; row < side - 2; row++) half[row][column] = sums[row];
  }
  CK_UNROLL for (int row = 0; row < side - 2; row++) CK_L(output_line)(side, half[row], y[row], 1);
}

// `part`: how many channels of the vector there are.
CK_INLINE CK_TARGET void CK_L(output_put)(const struct ck_winograd_finish *f, const CK_VEC *sum, const CK_VEC *bias,
                                          size_t offset, const int whole, size_t part) {
  CK_VEC value = *sum + *bias;
  if (f->residual) {
    CK_VEC residual;
    if (whole) {
      residual = *(const CK_LOOSE *)(f->residual + offset);
    } else {
      CK_LOAD_PART(residual, f->residual + offset, part);
    }
    value += residual;
  }
  // NaN stays.
  if (f->relu) value = (CK_VEC)((CK_BITS)value & ~(CK_BITS)(value < 0));
  if (whole) {
    *(CK_LOOSE *)(f->y + offset) = value;
  } else {
    CK_STORE_PART(f->y + offset, value, part);
  }
}

CK_INLINE CK_TARGET int CK_L(output_vector)(const int side, const struct ck_winograd_finish *f, size_t channel,
                                            const int whole, size_t part) {
  CK_VEC y[4][4], bias = {0}, wrong = {0};
  CK_L(output_sums)(side, f->m + channel, f->point_step, y);
  // 0 times anything finite is 0.
  CK_UNROLL for (int row = 0; row < side - 2; row++) {
    CK_UNROLL for (int column = 0; column < side - 2; column++) wrong += 0.0f * y[row][column];
  }
  float sum = 0;
  CK_UNROLL for (int lane = 0; lane < CK_LANES; lane++) sum += wrong[lane];
  if (sum != 0) return 0;
  if (f->bias) {
    if (whole) {
      bias = *(const CK_LOOSE *)(f->bias + channel);
    } else {
      CK_LOAD_PART(bias, f->bias + channel, part);
    }
  }
  CK_UNROLL for (int row = 0; row < side - 2; row++) {
    if ((size_t)row >= f->rows) break;
    CK_UNROLL for (int column = 0; column < side - 2; column++) {
      if ((size_t)column >= f->columns) break;
      size_t offset = (size_t)row * f->row_step + (size_t)column * f->column_step + channel;
      CK_L(output_put)(f, &y[row][column], &bias, offset, whole, part);
    }
  }
  return 1;
}

CK_INLINE CK_TARGET size_t CK_L(output_tile)(const int side, const struct ck_winograd_finish *f) {
  size_t c = 0;
  for (; c + CK_LANES <= f->channels; c += CK_LANES)
    if (!CK_L(output_vector)(side, f, c, 1, 0)) return c;
  if (c < f->channels && !CK_L(output_vector)(side, f, c, 0, f->channels - c)) return c;
  return f->channels;
}

CK_INLINE CK_TARGET void CK_L(weight_tiles)(const int side, const float *taps, size_t tap_step, size_t rows,
                                            size_t width, float *u, size_t point_step) {
  for (size_t i = 0; i < rows * width; i += CK_LANES) {
    CK_VEC half[6][3];
    CK_UNROLL for (int column = 0; column < 3; column++) {
      CK_VEC g[3], line[6];
      CK_UNROLL for (int row = 0; row < 3; row++)
        g[row] = *(const CK_LOOSE *)(taps + (size_t)(row * 3 + column) * tap_step + i);
      CK_L(weight_line)(side, g, 1, line);
      CK_UNROLL for (int row = 0; row < side; row++) half[row][column] = line[row];
    }
    CK_UNROLL for (int row = 0; row < side; row++) {
      CK_VEC line[6];
      CK_L(weight_line)(side, half[row], 1, line);
      CK_UNROLL for (int column = 0; column < side; column++)
        *(CK_LOOSE *)(u + (size_t)(row * side + column) * point_step + i) = line[column];
    }
  }
}

CK_INLINE CK_TARGET void CK_L(spread_tile)(const int side, const float *const *pixels, size_t channel, size_t part,
                                           float *m, size_t point_step) {
  CK_VEC half[6][4];
  CK_UNROLL for (int column = 0; column < side - 2; column++) {
    CK_VEC y[4], line[6];
    CK_UNROLL for (int row = 0; row < side - 2; row++) {
      const float *pixel = pixels[row * (side - 2) + column] + channel;
      if (part) {
        CK_LOAD_PART(y[row], pixel, part);
      } else {
        y[row] = *(const CK_LOOSE *)pixel;
      }
    }
    CK_L(spread_line)(side, y, line);
    CK_UNROLL for (int row = 0; row < side; row++) half[row][column] = line[row];
  }
  CK_UNROLL for (int row = 0; row < side; row++) {
    CK_VEC line[6];
    CK_L(spread_line)(side, half[row], line);
    CK_UNROLL for (int column = 0; column < side; column++)
      *(CK_LOOSE *)(m + (size_t)(row * side + column) * point_step) = line[column];
  }
}

CK_INLINE CK_TARGET void CK_L(spread_tiles)(const int side, const float *const *pixels, size_t channels, float *m,
                                            size_t point_step) {
  size_t c = 0;
  for (; c + CK_LANES <= channels; c += CK_LANES) CK_L(spread_tile)(side, pixels, c, 0, m + c, point_step);
  if (c < channels) CK_L(spread_tile)(side, pixels, c, channels - c, m + c, point_step);
}

CK_INLINE CK_TARGET void CK_L(tap_tiles)(const int side, const float *u, size_t point_step, size_t copies,
                                         size_t copy_step, size_t count, float *taps, size_t tap_step) {
  for (size_t i = 0; i < count; i += CK_LANES) {
    CK_VEC half[3][6];
    CK_UNROLL for (int column = 0; column < side; column++) {
      CK_VEC line[6], sums[3];
      CK_UNROLL for (int row = 0; row < side; row++) {
        const float *at = u + (size_t)(row * side + column) * point_step + i;
        line[row] = *(const CK_LOOSE *)at;
        for (size_t copy = 1; copy < copies; copy++) line[row] += *(const CK_LOOSE *)(at + copy * copy_step);
      }
      CK_L(tap_line)(side, line, sums);
      CK_UNROLL for (int row = 0; row < 3; row++) half[row][column] = sums[row];
    }
    CK_UNROLL for (int row = 0; row < 3; row++) {
      CK_VEC sums[3];
      CK_L(tap_line)(side, half[row], sums);
      CK_UNROLL for (int column = 0; column < 3; column++) {
        float *tap = taps + (size_t)(row * 3 + column) * tap_step + i;
        if (count - i >= CK_LANES) {
          *(CK_LOOSE *)tap = sums[column];
        } else {
          CK_STORE_PART(tap, sums[column], count - i);
        }
      }
    }
  }
}

#define CK_WINOGRAD_SIDE(side)                                                                                    \
  static CK_TARGET void CK_L(input_##side)(const float *const *pixels, size_t channels, float *v, size_t step) {  \
    CK_L(input_tiles)(side, pixels, channels, v, step);                                                           \
  }                                                                                                               \
  static CK_TARGET size_t CK_L(output_##side)(const struct ck_winograd_finish *f) {                               \
    return CK_L(output_tile)(side, f);                                                                            \
  }                                                                                                               \
  static CK_TARGET void CK_L(weights_##side)(const float *taps, size_t tap_step, size_t rows, size_t width,       \
                                             float *u, size_t step) {                                             \
    CK_L(weight_tiles)(side, taps, tap_step, rows, width, u, step);                                               \
  }                                                                                                               \
  static CK_TARGET void CK_L(spread_##side)(const float *const *pixels, size_t channels, float *m, size_t step) { \
    CK_L(spread_tiles)(side, pixels, channels, m, step);                                                          \
  }                                                                                                               \
  static CK_TARGET void CK_L(taps_##side)(const float *u, size_t step, size_t copies, size_t copy_step,           \
                                          size_t count, float *taps, size_t tap_step) {                           \
    CK_L(tap_tiles)(side, u, step, copies, copy_step, count, taps, tap_step);                                     \
  }
CK_WINOGRAD_SIDE(4)
CK_WINOGRAD_SIDE(6)
#undef CK_WINOGRAD_SIDE

static const struct ck_winograd_level CK_L(winograd) = {
  .lanes = CK_LANES,
  .input = {CK_L(input_4), CK_L(input_6)},
  .output = {CK_L(output_4), CK_L(output_6)},
  .weights = {CK_L(weights_4), CK_L(weights_6)},
  .spread = {CK_L(spread_4), CK_L(spread_6)},
  .taps = {CK_L(taps_4), CK_L(taps_6)},
};

#undef CK_VEC
#undef CK_BITS
#undef CK_LOOSE
#undef CK_L
#undef CK_LANES
#undef CK_TARGET
#undef CK_LOAD_PART
#undef CK_STORE_PART
