// Recurrent layers.
#include "internal.h"

enum { SOURCE, WEIGHTS, RECURRENT_WEIGHTS, BIAS, DESTINATION, FINAL_STATE, FINAL_CELL, LAYOUTS };

static dnnl_primitive_desc_t describe_lstm(const cdnn_layout *l, int is_backwards, dnnl_primitive_attr_t attributes) {
  const dnnl_rnn_direction_t direction =
      is_backwards ? dnnl_unidirectional_right2left : dnnl_unidirectional_left2right;
#if CDNN_VERSION_2
  dnnl_rnn_desc_t operation;
  const dnnl_status_t status = cdnn.dnnl_lstm_forward_desc_init(
      &operation, dnnl_forward_inference, direction, l[SOURCE], NULL, NULL, l[WEIGHTS], l[RECURRENT_WEIGHTS], l[BIAS],
      l[DESTINATION], l[FINAL_STATE], l[FINAL_CELL], dnnl_rnn_flags_undef);
  return status == dnnl_success ? cdnn_describe(&operation, attributes, NULL) : NULL;
#else
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status = cdnn.dnnl_lstm_forward_primitive_desc_create(
      &description, cdnn.engine, dnnl_forward_inference, direction, l[SOURCE], NULL, NULL, l[WEIGHTS],
      l[RECURRENT_WEIGHTS], NULL, NULL, l[BIAS], l[DESTINATION], l[FINAL_STATE], l[FINAL_CELL], dnnl_rnn_flags_undef,
      attributes);
  return status == dnnl_success ? description : NULL;
#endif
}

cdnn_primitive *cdnn_lstm(const cdnn_tensor *source, const cdnn_tensor *weights, const cdnn_tensor *recurrent_weights,
                          const cdnn_tensor *bias, const cdnn_tensor *destination, const cdnn_tensor *final_state,
                          const cdnn_tensor *final_cell, int is_backwards, int threads) {
  const cdnn_tensor *const tensors[LAYOUTS] = {source,      weights,     recurrent_weights, bias,
                                               destination, final_state, final_cell};
  cdnn_layout layouts[LAYOUTS];
  for (int i = 0; i < LAYOUTS; i++) layouts[i] = cdnn_layout_create(tensors[i]);
  const int threads_before = cdnn_set_threads(threads);
  dnnl_primitive_attr_t attributes = cdnn_attributes_create(NULL);
  cdnn_primitive *primitive =
      attributes ? cdnn_primitive_create(describe_lstm(layouts, is_backwards, attributes), threads) : NULL;
  if (attributes) cdnn.dnnl_primitive_attr_destroy(attributes);
  cdnn_set_threads(threads_before);
  for (int i = 0; i < LAYOUTS; i++) cdnn_layout_destroy(layouts[i]);
  return primitive;
}
