// Included once per element type with CK_T and CK_F(name) defined.
//
// The kernel's gradient is a sum over all pixels. Units are dealt to a number of blocks that depends on the geometry
// alone; each block sums its units in order into its own copy of the kernel, and the copies are added in order.

struct CK_F(conv_kernel_sum) {
  struct CK_F(conv_plan) plan;
  const CK_T *x, *dy;
  CK_T *partial, *dkernel;
  size_t blocks, values, tap_parts;
};

// Adds one unit's share of taps [tap, tap_end).
static void CK_F(conv_kernel_unit)(const struct CK_F(conv_kernel_sum) *k, const CK_T *view, const CK_T *dy,
                                   struct CK_F(conv_unit) u, size_t tap, size_t tap_end, CK_T *sum) {
  const struct CK_F(conv_plan) *p = &k->plan;
  const struct ck_conv *g = p->g;
  size_t width = 2 * p->tiles->lanes;
  struct CK_F(ck_outer) outer = {
    .x_step = g->stride[2] * g->in_channels, .x_line = g->stride[1] * p->line, .y_step = g->out_channels,
    .y_line = g->out[2] * g->out_channels, .steps = u.columns, .lines = u.rows, .depth = p->run,
    .out_step = g->out_channels,
  };
  if (tap == 0 && tap_end == p->tap_count && g->groups == 1 && g->out_channels <= width) {
    outer.columns = g->out_channels, outer.x = view, outer.y = dy, outer.out = sum;
    if (p->tiles->outer_runs(&outer, p->taps, p->tap_count)) return;
  }
  for (; tap < tap_end; tap++)
    for (size_t group = 0; group < g->groups; group++)
      for (size_t column = 0; column < p->group_out; column += width) {
        outer.columns = ck_min_size(width, p->group_out - column);
        outer.x = view + p->taps[tap] + group * p->group_in;
        outer.y = dy + group * p->group_out + column;
        outer.out = sum + tap * p->run * g->out_channels + group * p->group_out + column;
        p->tiles->outer(&outer);
      }
}

static void CK_F(conv_kernel_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_kernel_sum) *k = context;
  const struct CK_F(conv_plan) *p = &k->plan;
  const struct ck_conv *g = p->g;
  CK_T *buffer = p->direct ? NULL : ck_allocate(p->view_values * sizeof(CK_T));
  for (size_t index = begin; index < end; index++) {
    size_t block = index / k->tap_parts, part = index % k->tap_parts;
    size_t tap = p->tap_count * part / k->tap_parts, tap_end = p->tap_count * (part + 1) / k->tap_parts;
    size_t first = p->units * block / k->blocks, last = p->units * (block + 1) / k->blocks;
    size_t tap_values = p->run * g->out_channels;
    CK_T *sum = k->partial + block * k->values;
    memset(sum + tap * tap_values, 0, (tap_end - tap) * tap_values * sizeof(CK_T));
    for (size_t unit = first; unit < last; unit++) {
      struct CK_F(conv_unit) u = CK_F(conv_unit_at)(p, unit);
      if (u.rows == 0) continue;
      const CK_T *view = CK_F(conv_view)(p, k->x, u, buffer);
      size_t pixel = ((u.image * g->out[0] + u.plane) * g->out[1] + u.row) * g->out[2] + u.column;
      CK_F(conv_kernel_unit)(k, view, k->dy + pixel * g->out_channels, u, tap, tap_end, sum);
    }
  }
  if (buffer) ck_release(buffer, p->view_values * sizeof(CK_T));
}

CK_CLONES static void CK_F(conv_kernel_combine)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_kernel_sum) *k = context;
  CK_T *restrict out = k->dkernel;
  memcpy(out + begin, k->partial + begin, (end - begin) * sizeof(CK_T));
  for (size_t block = 1; block < k->blocks; block++) {
    const CK_T *restrict partial = k->partial + block * k->values;
    for (size_t i = begin; i < end; i++) out[i] += partial[i];
  }
}

void CK_F(ck_conv_backward_kernel)(const struct ck_conv *geometry, const CK_T *x, const CK_T *dy, CK_T *dkernel,
                                   int threads) {
  struct CK_F(conv_kernel_sum) k = {.x = x, .dy = dy, .dkernel = dkernel};
  k.values = geometry->kernel[0] * geometry->kernel[1] * geometry->kernel[2] *
             (geometry->in_channels / geometry->groups) * geometry->out_channels;
  if (CK_F(conv_is_empty)(geometry)) {
    memset(dkernel, 0, k.values * sizeof(CK_T));
    return;
  }
  if (CK_F(conv_is_depthwise)(geometry)) {
    CK_F(conv_depthwise_backward_kernel)(geometry, x, dy, dkernel, threads);
    return;
  }
  if (CK_F(conv_multiplier)(geometry)) {
    CK_F(conv_multiplied_backward_kernel)(geometry, x, dy, dkernel, threads);
    return;
  }
  struct ck_conv g = CK_F(conv_flattened)(geometry);
  size_t pixels = g.batch * g.out[0] * g.out[1] * g.out[2];
  CK_F(conv_plan_make)(&k.plan, &g, ck_min_size(1024, ck_max_size(96, pixels / 16)), 0);
  // Copies of the kernel may take some 16 MB in all; large kernels are cut by taps instead.
  k.blocks = ck_max_size(1, ck_min_size(16, ((size_t)4 << 20) / (k.values + 1)));
  if (k.blocks < 4 && k.plan.tap_count < 4) k.blocks = 4;
  k.blocks = ck_min_size(k.blocks, k.plan.units);
  k.tap_parts = k.blocks >= 8 ? 1 : ck_min_size(k.plan.tap_count, 8);
  k.partial = k.blocks == 1 ? dkernel : ck_allocate(k.blocks * k.values * sizeof(CK_T));
  ck_parallel(k.blocks * k.tap_parts, 1, threads, CK_F(conv_kernel_blocks), &k);
  if (k.blocks > 1) {
    ck_parallel(k.values, 16384, threads, CK_F(conv_kernel_combine), &k);
    ck_release(k.partial, k.blocks * k.values * sizeof(CK_T));
  }
  CK_F(conv_plan_free)(&k.plan);
}
