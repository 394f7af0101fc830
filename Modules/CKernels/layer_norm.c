// Layer normalization, defined once for both precisions in layer_norm_template.h.
#include "ck_memory.h"
#include "ck_normalization.h"
#include "ck_threads.h"
#include "vmath.h"

#define CK_T float
#define CK_F(NAME) NAME##_f32
#define CK_LANES 16
#include "layer_norm_template.h"

#define CK_T double
#define CK_F(NAME) NAME##_f64
#define CK_LANES 8
#include "layer_norm_template.h"
