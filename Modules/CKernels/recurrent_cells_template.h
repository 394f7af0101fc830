// One row's step in one precision, forwards and backwards: what happens between the products.
//
// n is the number of units; p is a row of x W + b on the way in and of activated gates on the way out, z the row of the
// recurrent product.

static void CK_F(activate)(ck_activation act, double alpha, CK_T *x, size_t n) {
  CK_F(ck_activation)(act, (CK_T)alpha, x, x, n, 1);
}

// dx = dy * slope at the place where the activation's value is y.
static void CK_F(slope)(ck_activation act, double alpha, const CK_T *y, const CK_T *dy, CK_T *dx, size_t n) {
  CK_F(ck_activation_gradient_from_output)(act, (CK_T)alpha, y, dy, dx, n, 1);
}

CK_CLONES static void CK_F(add)(CK_T *restrict y, const CK_T *restrict x, size_t n) {
  CK_LOOP for (size_t j = 0; j < n; j++) y[j] += x[j];
}

// MARK: LSTM

CK_CLONES static void CK_F(lstm_usual)(size_t n, const CK_T *restrict z, CK_T *restrict p, CK_T *restrict h,
                                       CK_T *restrict c) {
  CK_LOOP for (size_t j = 0; j < n; j++) {
    CK_T i = CK_F(ck_sigmoid)(p[j] + z[j]);
    CK_T f = CK_F(ck_sigmoid)(p[n + j] + z[n + j]);
    CK_T g = CK_F(ck_tanh)(p[2 * n + j] + z[2 * n + j]);
    CK_T o = CK_F(ck_sigmoid)(p[3 * n + j] + z[3 * n + j]);
    CK_T state = f * c[j] + i * g;
    p[j] = i, p[n + j] = f, p[2 * n + j] = g, p[3 * n + j] = o;
    c[j] = state;
    h[j] = o * CK_F(ck_tanh)(state);
  }
}

CK_CLONES static void CK_F(lstm_mix)(size_t n, const CK_T *restrict p, CK_T *restrict c) {
  CK_LOOP for (size_t j = 0; j < n; j++) c[j] = p[n + j] * c[j] + p[j] * p[2 * n + j];
}

static void CK_F(lstm)(const struct ck_recurrent *r, const CK_T *z, CK_T *p, CK_T *h, CK_T *c) {
  size_t n = r->units;
  if (is_usual(r)) return CK_F(lstm_usual)(n, z, p, h, c);
  CK_F(add)(p, z, 4 * n);
  CK_F(activate)(r->recurrent_activation, r->recurrent_alpha, p, 2 * n);
  CK_F(activate)(r->activation, r->alpha, p + 2 * n, n);
  CK_F(activate)(r->recurrent_activation, r->recurrent_alpha, p + 3 * n, n);
  CK_F(lstm_mix)(n, p, c);
  memcpy(h, c, n * sizeof(CK_T));
  CK_F(activate)(r->activation, r->alpha, h, n);
  for (size_t j = 0; j < n; j++) h[j] *= p[3 * n + j];
}

// p: the gates; before: c before the step; dh: the gradient of h; dc: that of c, replaced by that of c before. d gets the
// gradient of the gates' arguments.
CK_CLONES static void CK_F(lstm_back_usual)(size_t n, const CK_T *restrict p, const CK_T *restrict before,
                                            const CK_T *restrict dh, CK_T *restrict dc, CK_T *restrict d) {
  CK_LOOP for (size_t j = 0; j < n; j++) {
    CK_T i = p[j], f = p[n + j], g = p[2 * n + j], o = p[3 * n + j];
    CK_T t = CK_F(ck_tanh)(f * before[j] + i * g);
    CK_T total = dc[j] + dh[j] * o * (1 - t * t);
    d[j] = total * g * i * (1 - i);
    d[n + j] = total * before[j] * f * (1 - f);
    d[2 * n + j] = total * i * (1 - g * g);
    d[3 * n + j] = dh[j] * t * o * (1 - o);
    dc[j] = total * f;
  }
}

// `t` is scratch for n numbers.
static void CK_F(lstm_back)(const struct ck_recurrent *r, const CK_T *p, const CK_T *before, const CK_T *dh, CK_T *dc,
                            CK_T *d, CK_T *t) {
  size_t n = r->units;
  if (is_usual(r)) return CK_F(lstm_back_usual)(n, p, before, dh, dc, d);
  memcpy(t, before, n * sizeof(CK_T));
  CK_F(lstm_mix)(n, p, t);
  CK_F(activate)(r->activation, r->alpha, t, n);
  for (size_t j = 0; j < n; j++) d[j] = dh[j] * p[3 * n + j], d[3 * n + j] = dh[j] * t[j];
  CK_F(slope)(r->activation, r->alpha, t, d, t, n);
  for (size_t j = 0; j < n; j++) {
    CK_T total = dc[j] + t[j];
    d[j] = total * p[2 * n + j];
    d[n + j] = total * before[j];
    d[2 * n + j] = total * p[j];
    dc[j] = total * p[n + j];
  }
  CK_F(slope)(r->recurrent_activation, r->recurrent_alpha, p, d, d, 2 * n);
  CK_F(slope)(r->activation, r->alpha, p + 2 * n, d + 2 * n, d + 2 * n, n);
  CK_F(slope)(r->recurrent_activation, r->recurrent_alpha, p + 3 * n, d + 3 * n, d + 3 * n, n);
}

// MARK: GRU

// Both gates and, where `inner` is not null, the candidate as well; then h.
CK_CLONES static void CK_F(gru_after_usual)(size_t n, const CK_T *restrict z, const CK_T *restrict bias,
                                            CK_T *restrict p, CK_T *restrict inner, CK_T *restrict h) {
  CK_LOOP for (size_t j = 0; j < n; j++) {
    CK_T u = CK_F(ck_sigmoid)(p[j] + z[j]);
    CK_T r = CK_F(ck_sigmoid)(p[n + j] + z[n + j]);
    CK_T q = z[2 * n + j] + bias[j];
    CK_T g = CK_F(ck_tanh)(p[2 * n + j] + r * q);
    p[j] = u, p[n + j] = r, p[2 * n + j] = g;
    inner[j] = q;
    h[j] = u * h[j] + (1 - u) * g;
  }
}

CK_CLONES static void CK_F(gru_mix)(size_t n, const CK_T *restrict p, CK_T *restrict h) {
  CK_LOOP for (size_t j = 0; j < n; j++) h[j] = p[j] * h[j] + (1 - p[j]) * p[2 * n + j];
}

static void CK_F(gru_after)(const struct ck_recurrent *r, const CK_T *z, const CK_T *bias, CK_T *p, CK_T *inner,
                            CK_T *h) {
  size_t n = r->units;
  if (is_usual(r)) return CK_F(gru_after_usual)(n, z, bias, p, inner, h);
  CK_F(add)(p, z, 2 * n);
  CK_F(activate)(r->recurrent_activation, r->recurrent_alpha, p, 2 * n);
  for (size_t j = 0; j < n; j++) {
    inner[j] = z[2 * n + j] + bias[j];
    p[2 * n + j] += p[n + j] * inner[j];
  }
  CK_F(activate)(r->activation, r->alpha, p + 2 * n, n);
  CK_F(gru_mix)(n, p, h);
}

// The first half of a step of a GRU whose reset gate acts first: the gates, and r h.
static void CK_F(gru_gates)(const struct ck_recurrent *r, const CK_T *z, CK_T *p, const CK_T *h, CK_T *reset) {
  size_t n = r->units;
  CK_F(add)(p, z, 2 * n);
  CK_F(activate)(r->recurrent_activation, r->recurrent_alpha, p, 2 * n);
  for (size_t j = 0; j < n; j++) reset[j] = p[n + j] * h[j];
}

// The second half; z is the product of r h.
static void CK_F(gru_candidate)(const struct ck_recurrent *r, const CK_T *z, CK_T *p, CK_T *h) {
  size_t n = r->units;
  CK_F(add)(p + 2 * n, z, n);
  CK_F(activate)(r->activation, r->alpha, p + 2 * n, n);
  CK_F(gru_mix)(n, p, h);
}

// before: h before the step. d gets the gradients of the arguments of z and of the candidate; dh that of h before, but
// for what comes through the products.
static void CK_F(gru_back)(const struct ck_recurrent *r, const CK_T *p, const CK_T *before, CK_T *dh, CK_T *d) {
  size_t n = r->units;
  for (size_t j = 0; j < n; j++) {
    CK_T g = p[2 * n + j];
    d[j] = dh[j] * (before[j] - g);
    d[2 * n + j] = dh[j] * (1 - p[j]);
    dh[j] *= p[j];
  }
  CK_F(slope)(r->recurrent_activation, r->recurrent_alpha, p, d, d, n);
  CK_F(slope)(r->activation, r->alpha, p + 2 * n, d + 2 * n, d + 2 * n, n);
}

// The reset gate's part for both kinds: d[n...] from the gradient of r's value, which is dq * other.
static void CK_F(gru_back_reset)(const struct ck_recurrent *r, const CK_T *p, const CK_T *dq, const CK_T *other,
                                 CK_T *d) {
  size_t n = r->units;
  for (size_t j = 0; j < n; j++) d[n + j] = dq[j] * other[j];
  CK_F(slope)(r->recurrent_activation, r->recurrent_alpha, p + n, d + n, d + n, n);
}

// A reset-after GRU's whole step: d for x W + b, e for h U + b.
CK_CLONES static void CK_F(gru_after_back_usual)(size_t n, const CK_T *restrict p, const CK_T *restrict inner,
                                                 const CK_T *restrict before, CK_T *restrict dh, CK_T *restrict d,
                                                 CK_T *restrict e) {
  CK_LOOP for (size_t j = 0; j < n; j++) {
    CK_T u = p[j], r = p[n + j], g = p[2 * n + j];
    CK_T du = dh[j] * (before[j] - g) * u * (1 - u);
    CK_T dg = dh[j] * (1 - u) * (1 - g * g);
    CK_T dr = dg * inner[j] * r * (1 - r);
    d[j] = du, d[n + j] = dr, d[2 * n + j] = dg;
    e[j] = du, e[n + j] = dr, e[2 * n + j] = dg * r;
    dh[j] *= u;
  }
}

static void CK_F(gru_after_back)(const struct ck_recurrent *r, const CK_T *p, const CK_T *inner, const CK_T *before,
                                 CK_T *dh, CK_T *d, CK_T *e) {
  size_t n = r->units;
  if (is_usual(r)) return CK_F(gru_after_back_usual)(n, p, inner, before, dh, d, e);
  CK_F(gru_back)(r, p, before, dh, d);
  CK_F(gru_back_reset)(r, p, d + 2 * n, inner, d);
  memcpy(e, d, 2 * n * sizeof(CK_T));
  for (size_t j = 0; j < n; j++) e[2 * n + j] = d[2 * n + j] * p[n + j];
}
