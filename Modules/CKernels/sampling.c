// Reading images at places between their pixels.
#include "ck_sampling.h"

#include <math.h>

#include "ck_threads.h"
#include "internal.h"

// A product that is rounded together with a sum moves a place across the middle between two pixels: on some processors
// and not on others.
#pragma STDC FP_CONTRACT OFF

// Beyond this a place is nowhere: what it is reflected or wrapped to would be chance.
#define FARTHEST 1073741824

CK_INLINE ptrdiff_t pixel_at(const struct ck_sampling *g, ptrdiff_t row, ptrdiff_t column) {
  int is_inside = row >= 0 && row < (ptrdiff_t)g->height && column >= 0 && column < (ptrdiff_t)g->width;
  return is_inside ? row * (ptrdiff_t)g->width + column : -1;
}

#define CK_T float
#define CK_F(name) name##_f32
#define CK_FLOOR floorf
#define CK_ROUND roundf
#include "sampling_template.h"
#undef CK_T
#undef CK_F
#undef CK_FLOOR
#undef CK_ROUND

#define CK_T double
#define CK_F(name) name##_f64
#define CK_FLOOR floor
#define CK_ROUND round
#include "sampling_template.h"
