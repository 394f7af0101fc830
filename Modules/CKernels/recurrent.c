// Recurrent cells. Samples do not depend on each other, so a batch is cut into blocks of rows, and a thread takes its
// block through all the steps without waiting for the others. Every sum is over the units in their order, whatever the
// block: the bits do not depend on the number of threads.
#include "ck_recurrent.h"

#include "ck_memory.h"
#include "ck_threads.h"
#include "recurrent_fused.h"
#include "tiles.h"
#include "vmath.h"

// Rows that go through the steps together: enough to make use of the weights that they share, and few enough for their
// gates to stay in cache.
#define MOST_ROWS 48

static size_t gate_count(ck_recurrent_cell cell) {
  return cell == CK_RECURRENT_LSTM ? 4 : cell == CK_RECURRENT_SIMPLE ? 1 : 3;
}

// The usual pair of activations, for which gates are computed in one pass.
static int is_usual(const struct ck_recurrent *r) {
  return r->activation == CK_ACTIVATION_TANH && r->recurrent_activation == CK_ACTIVATION_SIGMOID;
}

// Where the input has the `index`-th step taken.
static size_t place(const struct ck_recurrent *r, size_t index) { return r->backwards ? r->steps - 1 - index : index; }

static int is_masked(const struct ck_recurrent *r, size_t row, size_t step) {
  return r->mask && !r->mask[row * r->steps + step];
}

// Rows per block, so that every thread has one.
static size_t block_rows(const struct ck_recurrent *r, int threads) {
  size_t blocks = ck_max_size(1, ck_min_size(threads > 0 ? (size_t)threads : 1, r->batch / 4));
  return ck_max_size(1, (r->batch + blocks - 1) / blocks);
}

#define CK_T float
#define CK_F(name) name##_f32
#define CK_LOOP CK_VECTORIZE(16)
#define CK_FUSED
#include "recurrent_cells_template.h"
#include "recurrent_template.h"
#undef CK_T
#undef CK_F
#undef CK_LOOP
#undef CK_FUSED

#define CK_T double
#define CK_F(name) name##_f64
#define CK_LOOP
#include "recurrent_cells_template.h"
#include "recurrent_template.h"
#undef CK_T
#undef CK_F
#undef CK_LOOP
