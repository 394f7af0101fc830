#include "ck_normalization.h"

#include "ck_memory.h"
#include "ck_threads.h"
#include "internal.h"

#define CK_T float
#define CK_F(name) name##_f32
#include "normalization_template.h"

#define CK_T double
#define CK_F(name) name##_f64
#include "normalization_template.h"
