// Normalization over the rows, defined once for both precisions in normalization_template.h and
// normalization_gradient_template.h.
#include "ck_normalization.h"

#include <math.h>

#include "ck_memory.h"
#include "ck_threads.h"
#include "column_sums.h"

#define CK_T float
#define CK_F(name) name##_f32
#define CK_LOOP CK_VECTORIZE(16)
#include "normalization_template.h"
#include "normalization_gradient_template.h"
#undef CK_T
#undef CK_F
#undef CK_LOOP

#define CK_T double
#define CK_F(name) name##_f64
#define CK_LOOP CK_VECTORIZE(8)
#include "normalization_template.h"
#include "normalization_gradient_template.h"
#undef CK_T
#undef CK_F
#undef CK_LOOP
