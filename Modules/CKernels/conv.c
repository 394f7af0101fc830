#include "ck_conv.h"

#include <string.h>

#pragma weak ck_bias_activation_f32
#pragma weak ck_bias_activation_f64

#define CK_T float
#define CK_F(name) name##_f32
#include "conv_patches_template.h"

#define CK_T double
#define CK_F(name) name##_f64
#include "conv_patches_template.h"
