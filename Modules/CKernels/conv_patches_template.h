// Included once per element type with CK_T and CK_F(name) defined: patches as a matrix.

// Calls for every (output pixel, tap) whose input element lies inside the input.
#define CK_EACH_TAP(row_begin, row_end, BODY)                                                       \
  for (size_t row = (row_begin); row < (row_end); row++) {                                          \
    size_t ow = row % g->out[2], oh = row / g->out[2] % g->out[1];                                  \
    size_t od = row / (g->out[2] * g->out[1]) % g->out[0], image = row / (g->out[2] * g->out[1] * g->out[0]); \
    for (size_t tap = 0; tap < g->kernel[0] * g->kernel[1] * g->kernel[2]; tap++) {                 \
      size_t kw = tap % g->kernel[2], kh = tap / g->kernel[2] % g->kernel[1];                       \
      size_t kd = tap / (g->kernel[2] * g->kernel[1]);                                              \
      size_t d = od * g->stride[0] + kd * g->dilation[0] - g->padding[0];                           \
      size_t h = oh * g->stride[1] + kh * g->dilation[1] - g->padding[1];                           \
      size_t w = ow * g->stride[2] + kw * g->dilation[2] - g->padding[2];                           \
      int inside = d < g->in[0] && h < g->in[1] && w < g->in[2];                                    \
      size_t pixel = ((image * g->in[0] + d) * g->in[1] + h) * g->in[2] + w;                        \
      BODY                                                                                          \
    }                                                                                               \
  }

void CK_F(ck_im2col)(const struct ck_conv *g, const CK_T *x, size_t row_begin, size_t row_end, size_t group,
                     CK_T *out) {
  size_t channels = g->in_channels / g->groups;
  CK_EACH_TAP(row_begin, row_end, {
    if (inside) {
      memcpy(out, x + pixel * g->in_channels + group * channels, channels * sizeof(CK_T));
    } else {
      memset(out, 0, channels * sizeof(CK_T));
    }
    out += channels;
  })
}

void CK_F(ck_col2im)(const struct ck_conv *g, const CK_T *columns, size_t row_begin, size_t row_end, size_t group,
                     CK_T *dx) {
  size_t channels = g->in_channels / g->groups;
  CK_EACH_TAP(row_begin, row_end, {
    CK_T *target = dx + pixel * g->in_channels + group * channels;
    if (inside)
      for (size_t i = 0; i < channels; i++) target[i] += columns[i];
    columns += channels;
  })
}

#undef CK_EACH_TAP
