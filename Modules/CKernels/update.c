// Optimizer updates, defined once for both precisions in update_template.h.
#include "ck_update.h"

#include "ck_memory.h"
#include "ck_threads.h"
#include "vmath.h"

#define CK_UPDATE_GRAIN 8192

// A stable counting sort: order[starts[r]] ..< order[starts[r + 1]] are the positions of row r, first to last.
static void ck_order_by_row(const int64_t *indices, size_t count, size_t rows, size_t *starts, size_t *order) {
  memset(starts, 0, (rows + 1) * sizeof(size_t));
  for (size_t i = 0; i < count; i++) starts[indices[i] + 1]++;
  for (size_t r = 0; r < rows; r++) starts[r + 1] += starts[r];
  // Each start moves to its row's end, which is the next one's start.
  for (size_t i = 0; i < count; i++) order[starts[indices[i]]++] = i;
  memmove(starts + 1, starts, rows * sizeof(size_t));
  starts[0] = 0;
}

#define CK_T float
#define CK_F(NAME) NAME##_f32
#define CK_LANES 16
#include "update_template.h"

#define CK_T double
#define CK_F(NAME) NAME##_f64
#define CK_LANES 8
#include "update_template.h"
