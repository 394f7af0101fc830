// The fused recurrent cells behind ck_recurrent.h.
#ifndef CK_RECURRENT_FUSED_H
#define CK_RECURRENT_FUSED_H

#include "ck_recurrent.h"

// Whether the fused cells compute this: LSTM or reset-after GRU with tanh and sigmoid, no mask, at least one step.
int ck_recurrent_is_fused(const struct ck_recurrent *r);

// As ck_recurrent_forward_f32 and ck_recurrent_backward_f32.
void ck_recurrent_fused_forward(const struct ck_recurrent *r, const struct ck_recurrent_pass_f32 *pass, int threads);
void ck_recurrent_fused_backward(const struct ck_recurrent *r, const struct ck_recurrent_return_f32 *pass, int threads);

#endif
