// Counter-based random numbers. Contraction is off: a fused multiply-add would make values depend on the CPU.
#pragma STDC FP_CONTRACT OFF

#include "ck_random.h"

#include "ck_threads.h"
#include "vmath.h"

#define BATCH 64     // blocks of four words computed together
#define GRAIN 1024   // blocks worth a thread's while

typedef struct {
  uint32_t key0, key1;
  uint64_t stream;
  double a, b, limit;
  int64_t low;
  uint64_t range;
  size_t n;
  void *out;
} random_job;

// MARK: the cipher

CK_INLINE void philox(uint32_t c[4], uint32_t k0, uint32_t k1) {
  uint32_t c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3];
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  c[0] = c0, c[1] = c1, c[2] = c2, c[3] = c3;
}

void ck_philox(const uint32_t *counter, const uint32_t *key, uint32_t *out) {
  uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
  philox(c, key[0], key[1]);
  memcpy(out, c, sizeof c);
}

// The four words of BATCH consecutive blocks.
CK_INLINE void philox_batch(const random_job *job, uint64_t first, uint32_t w[4][BATCH]) {
  uint32_t stream0 = (uint32_t)job->stream, stream1 = (uint32_t)(job->stream >> 32);
  uint32_t k0 = job->key0, k1 = job->key1;
  CK_VECTORIZE(16)
  for (uint32_t i = 0; i < BATCH; i++) {
    uint64_t block = first + i;
    uint32_t c[4] = {(uint32_t)block, (uint32_t)(block >> 32), stream0, stream1};
    philox(c, k0, k1);
    w[0][i] = c[0], w[1][i] = c[1], w[2][i] = c[2], w[3][i] = c[3];
  }
}

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

static random_job make_job(uint64_t key0, uint64_t key1, uint64_t stream, void *out, size_t n) {
  uint64_t key = mix(mix(key0 + 0x9E3779B97F4A7C15u) + key1);
  return (random_job){.key0 = (uint32_t)key, .key1 = (uint32_t)(key >> 32), .stream = stream, .out = out, .n = n};
}

// A range body over blocks that yield PER elements of type T each. EMIT fills values[PER * i ...] from the words of
// block i.
#define RANDOM(NAME, T, PER, EMIT)                                                             \
  CK_CLONES static void NAME(void *context, size_t begin, size_t end) {                        \
    const random_job *job = context;                                                           \
    for (size_t block = begin; block < end; block += BATCH) {                                  \
      uint32_t w[4][BATCH];                                                                    \
      T values[PER * BATCH];                                                                   \
      philox_batch(job, block, w);                                                             \
      for (int i = 0; i < BATCH; i++) EMIT;                                                    \
      size_t at = block * PER, stop = ck_min_size(end * PER, job->n);                          \
      memcpy((T *)job->out + at, values, ck_min_size(PER * BATCH, stop - at) * sizeof(T));     \
    }                                                                                          \
  }

static void generate(random_job job, size_t per_block, ck_range_body body, int threads) {
  ck_parallel((job.n + per_block - 1) / per_block, GRAIN, threads, body, &job);
}

// MARK: words to numbers

CK_INLINE uint64_t word64(uint32_t high, uint32_t low) { return (uint64_t)high << 32 | low; }

// (0, 1], all 32 bits of the word.
CK_INLINE float unit_f32(uint32_t word) { return (float)word * 2.32830644e-10f + 1.16415322e-10f; }
CK_INLINE double unit_f64(uint64_t word) { return ((double)(word >> 11) + 0.5) * 1.11022302462515654e-16; }

typedef struct {
  float sine, cosine;
} turn_f32;
typedef struct {
  double sine, cosine;
} turn_f64;

// Sine and cosine of a full turn times word / 2^32: the top bits choose the quadrant, the rest the angle in it.
CK_INLINE turn_f32 sincos_f32(uint32_t word) {
  uint32_t quadrant = (word + 0x20000000u) >> 30;
  float r = (float)(int32_t)(word - (quadrant << 30)) * 1.46291807926715968e-9f;
  float s = r * r;
  float sine = r + r * s * (-1.666666467e-01f + s * (8.332748994e-03f + s * -1.958800811e-04f));
  float cosine = 1 - 0.5f * s + s * s * (4.166666466e-02f + s * (-1.388830364e-03f + s * 2.454803991e-05f));
  float x = quadrant & 1 ? cosine : sine, y = quadrant & 1 ? sine : cosine;
  return (turn_f32){quadrant & 2 ? -x : x, (quadrant + 1) & 2 ? -y : y};
}

CK_INLINE turn_f64 sincos_f64(uint64_t word) {
  uint64_t quadrant = (word + 0x2000000000000000u) >> 62;
  double r = (double)(int64_t)(word - (quadrant << 62)) * 3.40612158008655459e-19;
  double s = r * r;
  double sine = -8.27454797930937568e-13;
  sine = sine * s + 1.60723216949796086e-10;
  sine = sine * s - 2.50522128919826925e-08;
  sine = sine * s + 2.75573196146985589e-06;
  sine = sine * s - 1.98412698419662595e-04;
  sine = sine * s + 8.33333333333383455e-03;
  sine = sine * s - 1.66666666666666657e-01;
  sine = r + r * s * sine;
  double cosine = -3.68809580120503232e-13;
  cosine = cosine * s - 1.06676225336166245e-11;
  cosine = cosine * s + 2.08709920479457552e-09;
  cosine = cosine * s - 2.75573003824972252e-07;
  cosine = cosine * s + 2.48015872744738447e-05;
  cosine = cosine * s - 1.38888888888759549e-03;
  cosine = cosine * s + 4.16666666666666574e-02;
  cosine = 1 - 0.5 * s + s * s * cosine;
  double x = quadrant & 1 ? cosine : sine, y = quadrant & 1 ? sine : cosine;
  return (turn_f64){quadrant & 2 ? -x : x, (quadrant + 1) & 2 ? -y : y};
}

// log x for 0 < x <= 1: 2 atanh((m - 1) / (m + 1)) + e ln 2 with x = m 2^e, sqrt(1/2) <= m < sqrt(2).
CK_INLINE double log_f64(double x) {
  uint64_t bits = ck_bits_f64(x) - 0x3FE6A09E667F3BCDu;
  double e = (double)(int32_t)((int64_t)bits >> 52);
  double m = ck_from_bits_f64((bits & 0x000FFFFFFFFFFFFFu) + 0x3FE6A09E667F3BCDu);
  double f = (m - 1) / (m + 1), s = f * f;
  double p = 1.46683224557658171e-01;
  p = p * s + 1.53271996919958714e-01;
  p = p * s + 1.81830364987389137e-01;
  p = p * s + 2.22222089310457172e-01;
  p = p * s + 2.85714286407453888e-01;
  p = p * s + 3.99999999998639111e-01;
  p = p * s + 6.66666666666667185e-01;
  return (2 * f + f * s * p) + e * 0.693147180559945309;
}

CK_INLINE float radius_f32(uint32_t word) { return ck_sqrt_f32(-2.0f * ck_log_core_f32(unit_f32(word), 0.0f)); }
CK_INLINE double radius_f64(uint64_t word) { return ck_sqrt_f64(-2.0 * log_f64(unit_f64(word))); }

// Box-Muller: a radius from one word and an angle from the other give two normal numbers.
CK_INLINE void normal_pair_f32(uint32_t a, uint32_t b, const random_job *job, float *out) {
  float mean = (float)job->a, scaled = radius_f32(a) * (float)job->b;
  turn_f32 t = sincos_f32(b);
  out[0] = mean + scaled * t.cosine;
  out[1] = mean + scaled * t.sine;
}
CK_INLINE void normal_pair_f64(uint64_t a, uint64_t b, const random_job *job, double *out) {
  double scaled = radius_f64(a) * job->b;
  turn_f64 t = sincos_f64(b);
  out[0] = job->a + scaled * t.cosine;
  out[1] = job->a + scaled * t.sine;
}

// The inverse of the truncated normal distribution function, v q(w) with w = -log(1 - v^2), where v is uniform within
// the probability (0.9545) of two standard deviations. The polynomials q are minimax fits.
#define INSIDE 0.95449973610364159

CK_INLINE float truncated_f32(uint32_t word, const random_job *job) {
  float v = ((float)(int32_t)(word >> 8) - 8388607.5f) * (float)(INSIDE / 8388608);
  float w = -ck_log_core_f32(1 - v * v, 0.0f);
  float q = -6.438115303e-06f;
  q = q * w + 9.122599201e-05f;
  q = q * w - 2.170258051e-04f;
  q = q * w - 3.275302192e-03f;
  q = q * w + 1.632337947e-02f;
  q = q * w + 3.281182347e-01f;
  q = q * w + 1.253314107e+00f;
  float z = v * q;
  z = z > 2 ? 2 : z < -2 ? -2 : z;
  return (float)job->a + (float)job->b * z;
}

CK_INLINE double truncated_f64(uint64_t word, const random_job *job) {
  double v = ((double)(int64_t)(word >> 11) - 4503599627370495.5) * (INSIDE / 4503599627370496);
  double w = -log_f64(1 - v * v);
  double q = 3.09450351063001767e-13;
  q = q * w - 5.67788254196352584e-12;
  q = q * w + 4.56068236870628466e-11;
  q = q * w - 2.16650855634243221e-10;
  q = q * w + 7.80755682268435491e-10;
  q = q * w - 2.65659994867542585e-09;
  q = q * w + 4.30269806770576155e-09;
  q = q * w + 2.83465971367443401e-08;
  q = q * w - 4.94713358334550928e-08;
  q = q * w - 1.43381596548362250e-06;
  q = q * w + 2.85732588519659204e-06;
  q = q * w + 6.59184449219520926e-05;
  q = q * w - 1.81080581240132299e-04;
  q = q * w - 3.30233240259334045e-03;
  q = q * w + 1.63332361459957685e-02;
  q = q * w + 3.28116873869242598e-01;
  q = q * w + 1.25331413731549990e+00;
  double z = v * q;
  z = z > 2 ? 2 : z < -2 ? -2 : z;
  return job->a + job->b * z;
}

// Scaling may round up to the open end of the interval; then the last value before it stands in.
CK_INLINE float uniform_f32(uint32_t word, const random_job *job) {
  float v = (float)job->a + (float)job->b * ((float)(word >> 8) * 5.96046448e-8f);
  return v > (float)job->limit ? (float)job->limit : v;
}
CK_INLINE double uniform_f64(uint64_t word, const random_job *job) {
  double v = job->a + job->b * ((double)(word >> 11) * 1.11022302462515654e-16);
  return v > job->limit ? job->limit : v;
}

// The high half of a 64 by 64 bit product; the bias is below range / 2^64.
CK_INLINE uint64_t below(uint64_t word, uint64_t range) {
  return (uint64_t)(((unsigned __int128)word * range) >> 64);
}

// MARK: bodies

#define EVERY_WORD(F) \
  (values[4 * i] = F(w[0][i]), values[4 * i + 1] = F(w[1][i]), values[4 * i + 2] = F(w[2][i]), \
   values[4 * i + 3] = F(w[3][i]))
#define EVERY_PAIR(F) (values[2 * i] = F(word64(w[1][i], w[0][i])), values[2 * i + 1] = F(word64(w[3][i], w[2][i])))
#define WORD(word) (word)
#define UNIFORM_F32(word) uniform_f32(word, job)
#define UNIFORM_F64(word) uniform_f64(word, job)
#define TRUNCATED_F32(word) truncated_f32(word, job)
#define TRUNCATED_F64(word) truncated_f64(word, job)
#define INTEGER_I32(word) (int32_t)((uint32_t)job->low + (uint32_t)below(word, job->range))
#define INTEGER_I64(word) (int64_t)((uint64_t)job->low + below(word, job->range))

RANDOM(bits_body, uint32_t, 4, EVERY_WORD(WORD))
RANDOM(uniform_f32_body, float, 4, EVERY_WORD(UNIFORM_F32))
RANDOM(uniform_f64_body, double, 2, EVERY_PAIR(UNIFORM_F64))
RANDOM(truncated_f32_body, float, 4, EVERY_WORD(TRUNCATED_F32))
RANDOM(truncated_f64_body, double, 2, EVERY_PAIR(TRUNCATED_F64))
RANDOM(normal_f32_body, float, 4,
       (normal_pair_f32(w[0][i], w[1][i], job, values + 4 * i),
        normal_pair_f32(w[2][i], w[3][i], job, values + 4 * i + 2)))
RANDOM(normal_f64_body, double, 2,
       normal_pair_f64(word64(w[1][i], w[0][i]), word64(w[3][i], w[2][i]), job, values + 2 * i))
RANDOM(integers_i32_body, int32_t, 2, EVERY_PAIR(INTEGER_I32))
RANDOM(integers_i64_body, int64_t, 2, EVERY_PAIR(INTEGER_I64))

// MARK: entry points

void ck_random_bits(uint64_t key0, uint64_t key1, uint64_t stream, uint32_t *out, size_t n, int threads) {
  generate(make_job(key0, key1, stream, out, n), 4, bits_body, threads);
}

void ck_random_uniform_f32(uint64_t key0, uint64_t key1, uint64_t stream, float low, float high, float *out, size_t n,
                           int threads) {
  random_job job = make_job(key0, key1, stream, out, n);
  job.a = low, job.b = high - low, job.limit = nextafterf(high, low);
  generate(job, 4, uniform_f32_body, threads);
}

void ck_random_uniform_f64(uint64_t key0, uint64_t key1, uint64_t stream, double low, double high, double *out,
                           size_t n, int threads) {
  random_job job = make_job(key0, key1, stream, out, n);
  job.a = low, job.b = high - low, job.limit = nextafter(high, low);
  generate(job, 2, uniform_f64_body, threads);
}

#define SHAPED(NAME, SUFFIX, T, PER)                                                                                 \
  void ck_random_##NAME##_##SUFFIX(uint64_t key0, uint64_t key1, uint64_t stream, T mean, T stddev, T *out, size_t n, \
                                   int threads) {                                                                    \
    random_job job = make_job(key0, key1, stream, out, n);                                                           \
    job.a = mean, job.b = stddev;                                                                                    \
    generate(job, PER, NAME##_##SUFFIX##_body, threads);                                                             \
  }
SHAPED(normal, f32, float, 4)
SHAPED(normal, f64, double, 2)
#define truncated_normal_f32_body truncated_f32_body
#define truncated_normal_f64_body truncated_f64_body
SHAPED(truncated_normal, f32, float, 4)
SHAPED(truncated_normal, f64, double, 2)

void ck_random_integers_i32(uint64_t key0, uint64_t key1, uint64_t stream, int32_t low, int32_t high, int32_t *out,
                            size_t n, int threads) {
  random_job job = make_job(key0, key1, stream, out, n);
  job.low = low, job.range = (uint64_t)((int64_t)high - low);
  generate(job, 2, integers_i32_body, threads);
}

void ck_random_integers_i64(uint64_t key0, uint64_t key1, uint64_t stream, int64_t low, int64_t high, int64_t *out,
                            size_t n, int threads) {
  random_job job = make_job(key0, key1, stream, out, n);
  job.low = low, job.range = (uint64_t)high - (uint64_t)low;
  generate(job, 2, integers_i64_body, threads);
}

void ck_random_permutation(uint64_t key0, uint64_t key1, uint64_t stream, int64_t *out, size_t n) {
  random_job job = make_job(key0, key1, stream, out, n);
  for (size_t i = 0; i < n; i++) out[i] = (int64_t)i;
  uint32_t w[4][BATCH];
  for (size_t step = 0; step + 1 < n; step++) {
    if (step % (2 * BATCH) == 0) philox_batch(&job, step / 2, w);
    size_t lane = step / 2 % BATCH, half = step % 2 * 2;
    size_t last = n - 1 - step, chosen = (size_t)below(word64(w[half + 1][lane], w[half][lane]), last + 1);
    int64_t swapped = out[last];
    out[last] = out[chosen];
    out[chosen] = swapped;
  }
}
