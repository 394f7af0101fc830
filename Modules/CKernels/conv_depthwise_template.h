// Included once per element type with CK_T and CK_F(name) defined: one filter per channel, lanes along the channels.

struct CK_F(conv_depthwise) {
  struct CK_F(conv_plan) plan;
  const CK_T *x, *dy, *kernel, *bias, *residual;
  CK_T *out, *partial;
  size_t blocks;
  enum ck_activation activation;
  CK_T alpha;
};

static int CK_F(conv_is_depthwise)(const struct ck_conv *g) {
  return g->groups > 1 && g->groups == g->in_channels && g->in_channels == g->out_channels;
}

CK_CLONES static void CK_F(conv_depthwise_units)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_depthwise) *w = context;
  const struct CK_F(conv_plan) *p = &w->plan;
  const struct ck_conv *g = p->g;
  size_t channels = g->in_channels;
  CK_T *buffer = p->direct ? NULL : ck_allocate(p->view_values * sizeof(CK_T));
  for (size_t index = begin; index < end; index++) {
    struct CK_F(conv_unit) u = CK_F(conv_unit_at)(p, index);
    if (u.rows == 0) continue;
    const CK_T *view = CK_F(conv_view)(p, w->x, u, buffer);
    size_t pixel = ((u.image * g->out[0] + u.plane) * g->out[1] + u.row) * g->out[2] + u.column;
    CK_T *y = w->out + pixel * channels;
    memset(y, 0, u.rows * u.columns * channels * sizeof(CK_T));
    for (size_t r = 0; r < u.rows; r++)
      for (size_t c = 0; c < u.columns; c++) {
        CK_T *restrict sum = y + (r * u.columns + c) * channels;
        const CK_T *first = view + r * g->stride[1] * p->line + c * g->stride[2] * channels;
        for (size_t t = 0; t < p->tap_count; t++) {
          const CK_T *restrict values = first + p->taps[t], *restrict weights = w->kernel + t * channels;
          for (size_t i = 0; i < channels; i++) sum[i] += values[i] * weights[i];
        }
      }
    const CK_T *residual = w->residual ? w->residual + pixel * channels : NULL;
    if (w->bias || residual || w->activation != CK_ACTIVATION_LINEAR)
      CK_F(ck_residual_activation)
      (w->activation, w->alpha, y, w->bias, residual, y, u.rows * u.columns, channels, 1);
  }
  if (buffer) ck_release(buffer, p->view_values * sizeof(CK_T));
}

static void CK_F(conv_depthwise_forward)(const struct ck_conv *g, const CK_T *x, const CK_T *kernel, const CK_T *bias,
                                         const CK_T *residual, enum ck_activation activation, CK_T alpha, CK_T *y,
                                         int threads) {
  struct CK_F(conv_depthwise) w = {
    .x = x, .kernel = kernel, .bias = bias, .residual = residual, .out = y, .activation = activation, .alpha = alpha};
  size_t pixels = g->batch * g->out[0] * g->out[1] * g->out[2];
  CK_F(conv_plan_make)(&w.plan, g, ck_min_size(1024, ck_max_size(96, pixels / 8)), 0);
  ck_parallel(w.plan.units, 1, threads, CK_F(conv_depthwise_units), &w);
  CK_F(conv_plan_free)(&w.plan);
}

// One row of dx at a time: the windows that reach it, tap by tap.
CK_CLONES static void CK_F(conv_depthwise_input_rows)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_depthwise) *w = context;
  const struct ck_conv *g = w->plan.g;
  size_t channels = g->in_channels;
  for (size_t row = begin; row < end; row++) {
    size_t h = row % g->in[1], d = row / g->in[1] % g->in[0], image = row / (g->in[1] * g->in[0]);
    CK_T *dx = w->out + row * g->in[2] * channels;
    memset(dx, 0, g->in[2] * channels * sizeof(CK_T));
    for (size_t kd = 0; kd < g->kernel[0]; kd++) {
      size_t od = ck_output_of(g, 0, d, kd);
      if (od >= g->out[0]) continue;
      for (size_t kh = 0; kh < g->kernel[1]; kh++) {
        size_t oh = ck_output_of(g, 1, h, kh);
        if (oh >= g->out[1]) continue;
        const CK_T *dy = w->dy + ((image * g->out[0] + od) * g->out[1] + oh) * g->out[2] * channels;
        const CK_T *kernel = w->kernel + (kd * g->kernel[1] + kh) * g->kernel[2] * channels;
        for (size_t ow = 0; ow < g->out[2]; ow++) {
          struct ck_window window = ck_window(g, 2, ow);
          for (size_t kw = window.begin; kw < window.end; kw++) {
            CK_T *restrict target = dx + ck_position(g, 2, ow, kw) * channels;
            const CK_T *restrict gradient = dy + ow * channels, *restrict weights = kernel + kw * channels;
            for (size_t i = 0; i < channels; i++) target[i] += gradient[i] * weights[i];
          }
        }
      }
    }
  }
}

static void CK_F(conv_depthwise_backward_input)(const struct ck_conv *g, const CK_T *dy, const CK_T *kernel, CK_T *dx,
                                                int threads) {
  struct CK_F(conv_depthwise) w = {.plan = {.g = g}, .dy = dy, .kernel = kernel, .out = dx};
  ck_parallel(g->batch * g->in[0] * g->in[1], 1, threads, CK_F(conv_depthwise_input_rows), &w);
}

CK_CLONES static void CK_F(conv_depthwise_kernel_blocks)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_depthwise) *w = context;
  const struct CK_F(conv_plan) *p = &w->plan;
  const struct ck_conv *g = p->g;
  size_t channels = g->in_channels, values = p->tap_count * channels;
  CK_T *buffer = p->direct ? NULL : ck_allocate(p->view_values * sizeof(CK_T));
  for (size_t block = begin; block < end; block++) {
    CK_T *partial = w->partial + block * values;
    memset(partial, 0, values * sizeof(CK_T));
    for (size_t index = p->units * block / w->blocks; index < p->units * (block + 1) / w->blocks; index++) {
      struct CK_F(conv_unit) u = CK_F(conv_unit_at)(p, index);
      if (u.rows == 0) continue;
      const CK_T *view = CK_F(conv_view)(p, w->x, u, buffer);
      size_t pixel = ((u.image * g->out[0] + u.plane) * g->out[1] + u.row) * g->out[2] + u.column;
      for (size_t r = 0; r < u.rows; r++)
        for (size_t c = 0; c < u.columns; c++) {
          const CK_T *restrict gradient = w->dy + (pixel + r * g->out[2] + c) * channels;
          const CK_T *first = view + r * g->stride[1] * p->line + c * g->stride[2] * channels;
          for (size_t t = 0; t < p->tap_count; t++) {
            const CK_T *restrict value = first + p->taps[t];
            CK_T *restrict sum = partial + t * channels;
            for (size_t i = 0; i < channels; i++) sum[i] += value[i] * gradient[i];
          }
        }
    }
  }
  if (buffer) ck_release(buffer, p->view_values * sizeof(CK_T));
}

static void CK_F(conv_depthwise_backward_kernel)(const struct ck_conv *g, const CK_T *x, const CK_T *dy,
                                                 CK_T *dkernel, int threads) {
  struct CK_F(conv_depthwise) w = {.x = x, .dy = dy};
  size_t pixels = g->batch * g->out[0] * g->out[1] * g->out[2];
  CK_F(conv_plan_make)(&w.plan, g, ck_min_size(1024, ck_max_size(96, pixels / 16)), 0);
  size_t values = w.plan.tap_count * g->in_channels;
  w.blocks = ck_min_size(16, w.plan.units);
  w.partial = ck_allocate(w.blocks * values * sizeof(CK_T));
  ck_parallel(w.blocks, 1, threads, CK_F(conv_depthwise_kernel_blocks), &w);
  memcpy(dkernel, w.partial, values * sizeof(CK_T));
  for (size_t block = 1; block < w.blocks; block++)
    for (size_t i = 0; i < values; i++) dkernel[i] += w.partial[block * values + i];
  ck_release(w.partial, w.blocks * values * sizeof(CK_T));
  CK_F(conv_plan_free)(&w.plan);
}
