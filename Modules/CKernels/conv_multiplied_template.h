// Included once per element type with CK_T and CK_F(name) defined: several filters per channel.
//
// Every channel is written down once per filter of its own, and the rest is a depthwise convolution of one filter each:
// the copies are cheap beside groups of one channel in the general kernels.

struct CK_F(conv_multiplied) {
  const CK_T *x;
  CK_T *out;
  size_t channels, multiplier;
};

// Filters per channel where there are several; else 0.
static size_t CK_F(conv_multiplier)(const struct ck_conv *g) {
  if (g->groups <= 1 || g->groups != g->in_channels || g->out_channels == g->in_channels) return 0;
  return g->out_channels / g->groups;
}

static struct ck_conv CK_F(conv_widened)(const struct ck_conv *g) {
  struct ck_conv wide = *g;
  wide.in_channels = wide.groups = g->out_channels;
  return wide;
}

static size_t CK_F(conv_input_pixels)(const struct ck_conv *g) { return g->batch * g->in[0] * g->in[1] * g->in[2]; }

static void CK_F(conv_repeat_channels)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_multiplied) *w = context;
  for (size_t i = begin * w->channels; i < end * w->channels; i++)
    for (size_t j = 0; j < w->multiplier; j++) w->out[i * w->multiplier + j] = w->x[i];
}

static void CK_F(conv_sum_channels)(void *context, size_t begin, size_t end) {
  const struct CK_F(conv_multiplied) *w = context;
  for (size_t i = begin * w->channels; i < end * w->channels; i++) {
    CK_T sum = 0;
    for (size_t j = 0; j < w->multiplier; j++) sum += w->x[i * w->multiplier + j];
    w->out[i] = sum;
  }
}

// x with its channels repeated; to be released by the caller.
static CK_T *CK_F(conv_repeated)(const struct ck_conv *g, const CK_T *x, int threads) {
  size_t pixels = CK_F(conv_input_pixels)(g);
  struct CK_F(conv_multiplied) w = {.x = x, .channels = g->in_channels, .multiplier = g->out_channels / g->groups};
  w.out = ck_allocate(pixels * g->out_channels * sizeof(CK_T));
  ck_parallel(pixels, 1 + 8192 / g->out_channels, threads, CK_F(conv_repeat_channels), &w);
  return w.out;
}

static void CK_F(conv_multiplied_forward)(const struct ck_conv *g, const CK_T *x, const CK_T *kernel, const CK_T *bias,
                                          const CK_T *residual, enum ck_activation activation, CK_T alpha, CK_T *y,
                                          int threads) {
  struct ck_conv wide = CK_F(conv_widened)(g);
  CK_T *repeated = CK_F(conv_repeated)(g, x, threads);
  CK_F(conv_depthwise_forward)(&wide, repeated, kernel, bias, residual, activation, alpha, y, threads);
  ck_release(repeated, CK_F(conv_input_pixels)(g) * g->out_channels * sizeof(CK_T));
}

static void CK_F(conv_multiplied_backward_input)(const struct ck_conv *g, const CK_T *dy, const CK_T *kernel, CK_T *dx,
                                                 int threads) {
  struct ck_conv wide = CK_F(conv_widened)(g);
  size_t pixels = CK_F(conv_input_pixels)(g), bytes = pixels * g->out_channels * sizeof(CK_T);
  CK_T *repeated = ck_allocate(bytes);
  CK_F(conv_depthwise_backward_input)(&wide, dy, kernel, repeated, threads);
  struct CK_F(conv_multiplied) w = {
    .x = repeated, .out = dx, .channels = g->in_channels, .multiplier = g->out_channels / g->groups};
  ck_parallel(pixels, 1 + 8192 / g->out_channels, threads, CK_F(conv_sum_channels), &w);
  ck_release(repeated, bytes);
}

static void CK_F(conv_multiplied_backward_kernel)(const struct ck_conv *g, const CK_T *x, const CK_T *dy, CK_T *dkernel,
                                                  int threads) {
  struct ck_conv wide = CK_F(conv_widened)(g);
  CK_T *repeated = CK_F(conv_repeated)(g, x, threads);
  CK_F(conv_depthwise_backward_kernel)(&wide, repeated, dy, dkernel, threads);
  ck_release(repeated, CK_F(conv_input_pixels)(g) * g->out_channels * sizeof(CK_T));
}
