#include "ck_pooling.h"

#include <float.h>

#include "ck_memory.h"
#include "ck_threads.h"
#include "windows.h"

#define CK_T float
#define CK_F(name) name##_f32
#define CK_LOWEST -FLT_MAX
#include "pooling_template.h"

#define CK_T double
#define CK_F(name) name##_f64
#define CK_LOWEST -DBL_MAX
#include "pooling_template.h"
