// CKernels: portable numeric kernels in plain C. SIMD width is picked at run time, no flags are needed.
//
// Conventions of every header:
// - raw pointers to dense row-major data, sizes in elements unless a name says bytes;
// - `threads` is the most threads a call may use, the caller included; results never depend on it;
// - nothing is validated: shapes, indices and ranks are the caller's duty.
#ifndef CK_KERNELS_H
#define CK_KERNELS_H

#include "ck_memory.h"
#include "ck_threads.h"
#include "ck_elementwise.h"
#include "ck_reduce.h"
#include "ck_update.h"
#include "ck_random.h"
#include "ck_movement.h"
#include "ck_gemm.h"
#include "ck_conv.h"
#include "ck_pooling.h"
#include "ck_normalization.h"
#include "ck_recurrent.h"
#include "ck_sampling.h"
#include "ck_winograd.h"

#endif
