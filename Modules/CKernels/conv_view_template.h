// Included once per element type with CK_T and CK_F(name) defined: bands of the output and the input they see.
//
// Work is cut into units: a band of output rows (or a part of one row) of one image and one output plane. The kernels
// see a unit's input through a view without borders: the input itself, or a copy with zeros around it.

struct CK_F(conv_plan) {
  const struct ck_conv *g;
  const struct CK_F(ck_tiles) *tiles;
  // Units: rows and columns of a full one, and how many there are per plane.
  size_t band_rows, band_columns, row_bands, column_bands, units;
  int direct;  // no window leaves the input
  // Images of one unit: several where one has too few pixels to fill the tiles; and their distance in the view.
  size_t images, image_step;
  // The view: distances between planes of taps, rows and buffer size (0 if direct).
  size_t plane, line, view_values;
  // Taps of one group: offsets into the view, each with `run` contiguous values.
  ptrdiff_t *taps;
  size_t tap_count, run, group_in, group_out;
};

struct CK_F(conv_unit) {
  size_t image, plane, row, column, images, rows, columns;
};

static size_t CK_F(conv_view_rows)(const struct ck_conv *g, int axis, size_t outputs) {
  return (outputs - 1) * g->stride[axis] + (g->kernel[axis] - 1) * g->dilation[axis] + 1;
}

static int CK_F(conv_is_direct)(const struct ck_conv *g) {
  for (int axis = 0; axis < 3; axis++)
    if (g->padding[axis] != 0 || CK_F(conv_view_rows)(g, axis, g->out[axis]) > g->in[axis]) return 0;
  return 1;
}

// `flat`: short runs are taken apart into single values, for which the narrow gather tile has a loop of its own.
static void CK_F(conv_plan_taps)(struct CK_F(conv_plan) *p, int flat) {
  const struct ck_conv *g = p->g;
  int merged = g->groups == 1 && g->dilation[2] == 1;
  size_t columns = merged ? 1 : g->kernel[2];
  p->run = merged ? g->kernel[2] * g->in_channels : p->group_in;
  p->tap_count = g->kernel[0] * g->kernel[1] * columns;
  size_t parts = flat && p->run < 16 ? p->run : 1;
  // Long runs are cut, so that blocks of taps can be as short as the first-level cache wants them.
  while (p->run / parts > 256 && p->run / parts % 2 == 0) parts *= 2;
  p->taps = ck_allocate(p->tap_count * parts * sizeof(ptrdiff_t));
  for (size_t t = 0; t < p->tap_count; t++) {
    size_t kw = t % columns, kh = t / columns % g->kernel[1], kd = t / (columns * g->kernel[1]);
    size_t tap = kd * p->plane + kh * g->dilation[1] * p->line + kw * g->dilation[2] * g->in_channels;
    for (size_t part = 0; part < parts; part++)
      p->taps[t * parts + part] = (ptrdiff_t)(tap + part * (p->run / parts));
  }
  p->tap_count *= parts;
  p->run /= parts;
}

// `pixels`: about how many output pixels a unit should have.
static void CK_F(conv_plan_make)(struct CK_F(conv_plan) *p, const struct ck_conv *g, size_t pixels, int flat) {
  p->g = g;
  p->tiles = CK_F(ck_tiles)();
  p->group_in = g->in_channels / g->groups;
  p->group_out = g->out_channels / g->groups;
  p->direct = CK_F(conv_is_direct)(g);
  p->band_columns = ck_min_size(g->out[2], ck_max_size(pixels, 1));
  p->band_rows = ck_max_size(1, ck_min_size(g->out[1], pixels / g->out[2]));
  if (p->band_rows > 1) p->band_columns = g->out[2];
  p->row_bands = (g->out[1] + p->band_rows - 1) / p->band_rows;
  p->column_bands = (g->out[2] + p->band_columns - 1) / p->band_columns;
  // Even bands rather than full ones and a rest.
  p->band_rows = (g->out[1] + p->row_bands - 1) / p->row_bands;
  p->images = 1;
  p->units = g->batch * g->out[0] * p->row_bands * p->column_bands;
  if (p->direct) {
    p->line = g->in[2] * g->in_channels;
    p->plane = g->dilation[0] * g->in[1] * p->line;
    p->view_values = 0;
  } else {
    p->line = CK_F(conv_view_rows)(g, 2, p->band_columns) * g->in_channels;
    p->plane = CK_F(conv_view_rows)(g, 1, p->band_rows) * p->line;
    p->view_values = g->kernel[0] * p->plane;
  }
  CK_F(conv_plan_taps)(p, flat && p->group_out <= p->tiles->lanes);
}

// Puts several whole images into a unit, of about `pixels` in all.
static void CK_F(conv_plan_merge_images)(struct CK_F(conv_plan) *p, size_t pixels) {
  const struct ck_conv *g = p->g;
  size_t image = g->out[1] * g->out[2];
  if (g->out[0] != 1 || g->kernel[0] != 1 || p->row_bands != 1 || p->column_bands != 1 || 2 * image > pixels) return;
  p->images = ck_min_size(g->batch, pixels / image);
  p->image_step = p->direct ? g->in[0] * g->in[1] * g->in[2] * g->in_channels : p->view_values;
  p->view_values *= p->images;
  p->units = (g->batch + p->images - 1) / p->images;
}

static void CK_F(conv_plan_free)(struct CK_F(conv_plan) *p) {
  ck_release(p->taps, p->tap_count * sizeof(ptrdiff_t));
}

static struct CK_F(conv_unit) CK_F(conv_unit_at)(const struct CK_F(conv_plan) *p, size_t index) {
  const struct ck_conv *g = p->g;
  struct CK_F(conv_unit) u;
  u.column = index % p->column_bands * p->band_columns;
  index /= p->column_bands;
  u.row = index % p->row_bands * p->band_rows;
  index /= p->row_bands;
  u.plane = index % g->out[0];
  u.image = index / g->out[0] * p->images;
  u.images = ck_min_size(p->images, g->batch - u.image);
  u.rows = u.row >= g->out[1] ? 0 : ck_min_size(p->band_rows, g->out[1] - u.row);
  u.columns = ck_min_size(p->band_columns, g->out[2] - u.column);
  return u;
}

// One line of the view: input row `row` (NULL when outside) from column `first` - padding on, zeros outside.
static void CK_F(conv_view_line)(const struct ck_conv *g, const CK_T *row, size_t first, size_t columns, CK_T *line) {
  size_t channels = g->in_channels, before = 0, inside = 0;
  if (row) {
    before = first < g->padding[2] ? ck_min_size(g->padding[2] - first, columns) : 0;
    size_t start = first + before - g->padding[2];
    inside = before < columns && start < g->in[2] ? ck_min_size(columns - before, g->in[2] - start) : 0;
    memset(line, 0, before * channels * sizeof(CK_T));
    if (inside > 0) memcpy(line + before * channels, row + start * channels, inside * channels * sizeof(CK_T));
  }
  size_t done = before + inside;
  memset(line + done * channels, 0, (columns - done) * channels * sizeof(CK_T));
}

// The element that tap (0, 0, 0) of the unit's first output meets.
static const CK_T *CK_F(conv_view)(const struct CK_F(conv_plan) *p, const CK_T *x, struct CK_F(conv_unit) u,
                                   CK_T *buffer) {
  const struct ck_conv *g = p->g;
  size_t row_values = g->in[2] * g->in_channels;
  const CK_T *image = x + u.image * g->in[0] * g->in[1] * row_values;
  if (p->direct) {
    return image + ((u.plane * g->stride[0]) * g->in[1] + u.row * g->stride[1]) * row_values +
           u.column * g->stride[2] * g->in_channels;
  }
  size_t rows = CK_F(conv_view_rows)(g, 1, u.rows), columns = CK_F(conv_view_rows)(g, 2, u.columns);
  for (size_t next = 1; next < u.images; next++) {
    struct CK_F(conv_unit) alone = u;
    alone.image += next, alone.images = 1;
    CK_F(conv_view)(p, x, alone, buffer + next * p->image_step);
  }
  for (size_t kd = 0; kd < g->kernel[0]; kd++) {
    size_t d = u.plane * g->stride[0] + kd * g->dilation[0] - g->padding[0];
    for (size_t r = 0; r < rows; r++) {
      size_t h = u.row * g->stride[1] + r - g->padding[1];
      const CK_T *row = d < g->in[0] && h < g->in[1] ? image + (d * g->in[1] + h) * row_values : NULL;
      CK_F(conv_view_line)(g, row, u.column * g->stride[2], columns, buffer + kd * p->plane + r * p->line);
    }
  }
  return buffer;
}
