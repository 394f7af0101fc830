#include "ck_gemm.h"

#include "ck_memory.h"
#include "ck_threads.h"
#include "tiles.h"

#define CK_T float
#define CK_F(name) name##_f32
#include "gemm_template.h"
#include "gemm_packed_template.h"
#undef CK_T
#undef CK_F

#define CK_T double
#define CK_F(name) name##_f64
#include "gemm_template.h"
#include "gemm_packed_template.h"
#undef CK_T
#undef CK_F

#define CK_T int32_t
#define CK_U uint32_t
#define CK_F(name) name##_i32
#include "gemm_integer_template.h"

#define CK_T int64_t
#define CK_U uint64_t
#define CK_F(name) name##_i64
#include "gemm_integer_template.h"
