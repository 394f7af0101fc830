#include "ck_conv.h"

#include "ck_memory.h"
#include "ck_threads.h"
#include "tiles.h"
#include "windows.h"

#define CK_T float
#define CK_F(name) name##_f32
#include "conv_view_template.h"
#include "conv_depthwise_template.h"
#include "conv_multiplied_template.h"
#include "conv_forward_template.h"
#include "conv_backward_input_template.h"
#include "conv_backward_kernel_template.h"
#include "conv_patches_template.h"
#undef CK_T
#undef CK_F

#define CK_T double
#define CK_F(name) name##_f64
#include "conv_view_template.h"
#include "conv_depthwise_template.h"
#include "conv_multiplied_template.h"
#include "conv_forward_template.h"
#include "conv_backward_input_template.h"
#include "conv_backward_kernel_template.h"
#include "conv_patches_template.h"
#undef CK_T
#undef CK_F
