// The gradient of softmax, and layer normalization.
#include "internal.h"

// Forward, or with a hint, which is the forward primitive's description, its gradient.
static dnnl_primitive_desc_t describe_softmax(cdnn_layout layout, int axis, dnnl_primitive_attr_t attributes,
                                              dnnl_primitive_desc_t hint) {
#if CDNN_VERSION_2
  dnnl_softmax_desc_t operation;
  const dnnl_status_t status =
      hint ? cdnn.dnnl_softmax_backward_desc_init(&operation, layout, layout, axis)
           : cdnn.dnnl_softmax_forward_desc_init(&operation, dnnl_forward_training, layout, axis);
  return status == dnnl_success ? cdnn_describe(&operation, attributes, hint) : NULL;
#else
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status =
      hint ? cdnn.dnnl_softmax_backward_primitive_desc_create(&description, cdnn.engine, dnnl_softmax_accurate, layout,
                                                              layout, layout, axis, hint, attributes)
           : cdnn.dnnl_softmax_forward_primitive_desc_create(&description, cdnn.engine, dnnl_forward_training,
                                                             dnnl_softmax_accurate, layout, layout, axis, attributes);
  return status == dnnl_success ? description : NULL;
#endif
}

static dnnl_primitive_desc_t describe_layer_norm(cdnn_layout layout, cdnn_layout statistics, float epsilon,
                                                 dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t hint) {
  const unsigned flags = dnnl_use_scale | dnnl_use_shift;
#if CDNN_VERSION_2
  dnnl_layer_normalization_desc_t operation;
  const dnnl_status_t status =
      hint ? cdnn.dnnl_layer_normalization_backward_desc_init(&operation, dnnl_backward, layout, layout, statistics,
                                                              epsilon, flags)
           : cdnn.dnnl_layer_normalization_forward_desc_init(&operation, dnnl_forward_training, layout, statistics,
                                                             epsilon, flags);
  return status == dnnl_success ? cdnn_describe(&operation, attributes, hint) : NULL;
#else
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status =
      hint ? cdnn.dnnl_layer_normalization_backward_primitive_desc_create(
                 &description, cdnn.engine, dnnl_backward, layout, layout, layout, statistics, epsilon, flags, hint,
                 attributes)
           : cdnn.dnnl_layer_normalization_forward_primitive_desc_create(
                 &description, cdnn.engine, dnnl_forward_training, layout, layout, statistics, epsilon, flags, attributes);
  return status == dnnl_success ? description : NULL;
#endif
}

cdnn_primitive *cdnn_softmax_gradient(const cdnn_tensor *tensor, int axis, int threads) {
  const cdnn_layout layout = cdnn_layout_create(tensor);
  const int threads_before = cdnn_set_threads(threads);
  dnnl_primitive_attr_t attributes = cdnn_attributes_create(NULL);
  cdnn_primitive *primitive = NULL;
  dnnl_primitive_desc_t hint = attributes && layout ? describe_softmax(layout, axis, NULL, NULL) : NULL;
  if (hint) {
    primitive = cdnn_primitive_create(describe_softmax(layout, axis, attributes, hint), threads);
    cdnn.dnnl_primitive_desc_destroy(hint);
  }
  if (attributes) cdnn.dnnl_primitive_attr_destroy(attributes);
  cdnn_set_threads(threads_before);
  cdnn_layout_destroy(layout);
  return primitive;
}

cdnn_primitive *cdnn_layer_norm(cdnn_direction direction, const cdnn_tensor *tensor, float epsilon, int threads) {
  const long one = 1;
  const cdnn_tensor rows = cdnn_tensor_make(tensor->type, 1, tensor->sizes, &one);
  const cdnn_layout layout = cdnn_layout_create(tensor), statistics = cdnn_layout_create(&rows);
  const int threads_before = cdnn_set_threads(threads);
  dnnl_primitive_attr_t attributes = cdnn_attributes_create(NULL);
  cdnn_primitive *primitive = NULL;
  if (attributes && layout && statistics) {
    const bool is_forward = direction == CDNN_FORWARD;
    dnnl_primitive_desc_t description =
        describe_layer_norm(layout, statistics, epsilon, is_forward ? attributes : NULL, NULL);
    if (description && !is_forward) {
      const dnnl_primitive_desc_t hint = description;
      description = describe_layer_norm(layout, statistics, epsilon, attributes, hint);
      cdnn.dnnl_primitive_desc_destroy(hint);
    }
    primitive = cdnn_primitive_create(description, threads);
  }
  if (attributes) cdnn.dnnl_primitive_attr_destroy(attributes);
  cdnn_set_threads(threads_before);
  cdnn_layout_destroy(layout);
  cdnn_layout_destroy(statistics);
  return primitive;
}
