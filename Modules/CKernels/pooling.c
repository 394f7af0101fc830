#include "ck_pooling.h"

#include <float.h>

#include "ck_memory.h"
#include "ck_threads.h"
#include "windows.h"

// Channels are short loops: whole vectors, but no more than one at a time.
#define CK_CHANNELS(lanes) \
  CK_PRAGMA(clang loop vectorize(assume_safety) vectorize_width(lanes) interleave_count(1))

#define CK_T float
#define CK_F(name) name##_f32
#define CK_LOWEST -FLT_MAX
#define CK_LOOP CK_CHANNELS(16)
#include "pooling_template.h"
#include "pooling_taps_template.h"
#undef CK_T
#undef CK_F
#undef CK_LOWEST
#undef CK_LOOP

#define CK_T double
#define CK_F(name) name##_f64
#define CK_LOWEST -DBL_MAX
#define CK_LOOP CK_CHANNELS(8)
#include "pooling_template.h"
#include "pooling_taps_template.h"
#undef CK_T
#undef CK_F
#undef CK_LOWEST
#undef CK_LOOP
