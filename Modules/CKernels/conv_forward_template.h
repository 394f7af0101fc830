// Included once per element type with CK_T and CK_F(name) defined.

struct CK_F(conv_forward) {
  struct CK_F(conv_plan) plan;
  const CK_T *x, *kernel, *bias, *residual;
  CK_T *packed, *y;
  size_t packed_group;
  // Few units are cut by output channels as well.
  size_t column_parts;
  enum ck_activation activation;
  CK_T alpha;
};

// Offsets of a unit's pixels in its view and in y.
static void CK_F(conv_pixels)(const struct CK_F(conv_plan) *p, struct CK_F(conv_unit) u, size_t *in, size_t *out) {
  const struct ck_conv *g = p->g;
  for (size_t image = 0, i = 0; image < u.images; image++)
    for (size_t r = 0; r < u.rows; r++)
      for (size_t c = 0; c < u.columns; c++, i++) {
        in[i] = image * p->image_step + r * g->stride[1] * p->line + c * g->stride[2] * g->in_channels;
        out[i] = ((image * g->out[1] + r) * g->out[2] + c) * g->out_channels;
      }
}

// Columns [column, column + width) of one group for all pixels, from a block of the taps.
static void CK_F(conv_forward_panel)(const struct CK_F(conv_plan) *p, struct CK_F(ck_gather) *gather,
                                     const CK_T *view, CK_T *y, size_t pixels, const size_t *in, const size_t *out) {
  size_t most = p->tiles->rows[gather->columns > p->tiles->lanes ? 2 : 1];
  for (size_t first = 0; first < pixels; first += most) {
    size_t count = ck_min_size(most, pixels - first);
    for (size_t r = 0; r < most; r++) {
      size_t pixel = first + (r < count ? r : 0);
      gather->rows[r] = view + in[pixel];
      gather->outs[r] = y + out[pixel];
    }
    gather->count = count;
    p->tiles->gather(gather);
  }
}

static void CK_F(conv_forward_unit)(const struct CK_F(conv_forward) *f, const CK_T *view, CK_T *y, size_t pixels,
                                    const size_t *in, const size_t *out, size_t part) {
  const struct CK_F(conv_plan) *p = &f->plan;
  size_t lanes = p->tiles->lanes, depth = p->tap_count * p->run;
  // Blocks of taps keep the panel, 256 times two vectors, in the first-level cache while all pixels go through it.
  size_t block = ck_max_size(1, 256 / p->run);
  size_t panels = (p->group_out + 2 * lanes - 1) / (2 * lanes), first = panels * part / f->column_parts * 2 * lanes;
  size_t last = ck_min_size(p->group_out, panels * (part + 1) / f->column_parts * 2 * lanes);
  for (size_t group = 0; group < p->g->groups; group++) {
    for (size_t tap = 0; tap < p->tap_count; tap += block) {
      for (size_t column = first; column < last; column += 2 * lanes) {
        size_t columns = ck_min_size(2 * lanes, p->group_out - column), width = columns > lanes ? 2 * lanes : lanes;
        struct CK_F(ck_gather) gather = {
          .taps = p->taps + tap, .tap_count = ck_min_size(block, p->tap_count - tap), .run = p->run,
          .packed = f->packed + group * f->packed_group + column * depth + tap * p->run * width,
          .columns = columns, .accumulate = tap != 0,
        };
        CK_F(conv_forward_panel)
        (p, &gather, view + group * p->group_in, y + group * p->group_out + column, pixels, in, out);
      }
    }
  }
}

// One input channel and filters for at most half the lanes: lanes go along the pixels instead.
static int CK_F(conv_is_planar)(const struct CK_F(conv_plan) *p) {
  const struct ck_conv *g = p->g;
  return g->in_channels == 1 && g->stride[2] == 1 && p->run == 1 && 2 * g->out_channels <= p->tiles->lanes;
}

static void CK_F(conv_planar_unit)(const struct CK_F(conv_forward) *f, const CK_T *view, CK_T *y,
                                   struct CK_F(conv_unit) u) {
  const struct CK_F(conv_plan) *p = &f->plan;
  const struct ck_conv *g = p->g;
  size_t most = 2 * p->tiles->lanes;
  struct CK_F(ck_planar) planar = {
    .taps = p->taps, .tap_count = p->tap_count, .filters = g->out_channels, .packed = f->packed};
  for (size_t r = 0; r < u.rows; r++)
    for (size_t column = 0; column < u.columns; column += most) {
      planar.x = view + r * g->stride[1] * p->line + column;
      planar.y = y + (r * g->out[2] + column) * g->out_channels;
      planar.pixels = ck_min_size(most, u.columns - column);
      p->tiles->planar(&planar);
    }
}

static void CK_F(conv_forward_units)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_forward) *f = context;
  const struct CK_F(conv_plan) *p = &f->plan;
  const struct ck_conv *g = p->g;
  size_t most = p->images * p->band_rows * p->band_columns, offsets = 2 * most * sizeof(size_t);
  size_t *in = ck_allocate(offsets), *out = in + most;
  CK_T *buffer = p->direct ? NULL : ck_allocate(p->view_values * sizeof(CK_T));
  struct CK_F(conv_unit) last = {0};
  int planar = CK_F(conv_is_planar)(p);
  for (size_t index = begin; index < end; index++) {
    struct CK_F(conv_unit) u = CK_F(conv_unit_at)(p, index / f->column_parts);
    if (u.rows == 0) continue;
    int is_new = u.rows != last.rows || u.columns != last.columns || u.images != last.images;
    if (!planar && is_new) CK_F(conv_pixels)(p, u, in, out);
    last = u;
    const CK_T *view = CK_F(conv_view)(p, f->x, u, buffer);
    size_t pixels = u.images * u.rows * u.columns;
    size_t first = ((u.image * g->out[0] + u.plane) * g->out[1] + u.row) * g->out[2] + u.column;
    CK_T *y = f->y + first * g->out_channels;
    if (planar) {
      CK_F(conv_planar_unit)(f, view, y, u);
    } else {
      CK_F(conv_forward_unit)(f, view, y, pixels, in, out, index % f->column_parts);
    }
    if (f->column_parts > 1) continue;
    const CK_T *residual = f->residual ? f->residual + first * g->out_channels : NULL;
    if (f->bias || residual || f->activation != CK_ACTIVATION_LINEAR)
      CK_F(ck_residual_activation)(f->activation, f->alpha, y, f->bias, residual, y, pixels, g->out_channels, 1);
  }
  ck_release(in, offsets);
  if (buffer) ck_release(buffer, p->view_values * sizeof(CK_T));
}

// One panel of one group's kernel per item.
static void CK_F(conv_forward_pack)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_forward) *f = context;
  const struct CK_F(conv_plan) *p = &f->plan;
  size_t lanes = p->tiles->lanes, panels = (p->group_out + 2 * lanes - 1) / (2 * lanes);
  size_t depth = p->tap_count * p->run;
  for (size_t item = begin; item < end; item++) {
    size_t group = item / panels, column = item % panels * 2 * lanes;
    CK_F(ck_pack)
    (lanes, f->kernel + group * p->group_out + column, p->g->out_channels, 1, depth,
     ck_min_size(2 * lanes, p->group_out - column), f->packed + group * f->packed_group + column * depth);
  }
}

// A pointwise convolution has no use for rows: all its pixels are one row.
static struct ck_conv CK_F(conv_flattened)(const struct ck_conv *g) {
  struct ck_conv flat = *g;
  size_t taps = g->kernel[0] * g->kernel[1] * g->kernel[2], strides = g->stride[0] * g->stride[1] * g->stride[2];
  if (taps != 1 || strides != 1 || !CK_F(conv_is_direct)(g)) return flat;
  flat.in[2] = g->batch * g->in[0] * g->in[1] * g->in[2];
  flat.out[2] = g->batch * g->out[0] * g->out[1] * g->out[2];
  if (flat.in[2] != flat.out[2]) return *g;
  flat.batch = flat.in[0] = flat.in[1] = flat.out[0] = flat.out[1] = 1;
  return flat;
}

static int CK_F(conv_is_empty)(const struct ck_conv *g) {
  return g->batch * g->out[0] * g->out[1] * g->out[2] * g->out_channels == 0;
}

void CK_F(ck_conv)(const struct ck_conv *geometry, const CK_T *x, const CK_T *kernel, const CK_T *bias,
                   const CK_T *residual, enum ck_activation activation, CK_T alpha, CK_T *y, int threads) {
  if (CK_F(conv_is_empty)(geometry)) return;
  if (CK_F(conv_is_depthwise)(geometry)) {
    CK_F(conv_depthwise_forward)(geometry, x, kernel, bias, residual, activation, alpha, y, threads);
    return;
  }
  if (CK_F(conv_multiplier)(geometry)) {
    CK_F(conv_multiplied_forward)(geometry, x, kernel, bias, residual, activation, alpha, y, threads);
    return;
  }
  struct ck_conv g = CK_F(conv_flattened)(geometry);
  struct CK_F(conv_forward) f = {
    .x = x, .kernel = kernel, .bias = bias, .residual = residual, .y = y, .activation = activation, .alpha = alpha,
    .column_parts = 1};
  size_t pixels = g.batch * g.out[0] * g.out[1] * g.out[2];
  CK_F(conv_plan_make)(&f.plan, &g, ck_min_size(384, ck_max_size(96, pixels / 8)), 1);
  size_t lanes = f.plan.tiles->lanes, depth = f.plan.tap_count * f.plan.run;
  f.packed_group = depth * ck_packed_columns(lanes, f.plan.group_out);
  f.packed = ck_allocate(g.groups * f.packed_group * sizeof(CK_T));
  size_t panels = (f.plan.group_out + 2 * lanes - 1) / (2 * lanes);
  ck_parallel(g.groups * panels, 1 + 16384 / (2 * lanes * depth), threads, CK_F(conv_forward_pack), &f);
  if (!CK_F(conv_is_planar)(&f.plan)) {
    CK_F(conv_plan_merge_images)(&f.plan, ck_min_size(384, ck_max_size(200, pixels / 8)));
    if (g.groups == 1 && f.plan.units < 16) f.column_parts = ck_min_size(panels, 16 / f.plan.units);
  }
  ck_parallel(f.plan.units * f.column_parts, 1, threads, CK_F(conv_forward_units), &f);
  if (f.column_parts > 1 && (bias || residual || activation != CK_ACTIVATION_LINEAR))
    CK_F(ck_residual_activation)(activation, alpha, y, bias, residual, y, pixels, g.out_channels, threads);
  ck_release(f.packed, g.groups * f.packed_group * sizeof(CK_T));
  CK_F(conv_plan_free)(&f.plan);
}
