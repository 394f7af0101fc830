// Convolutions and their two adjoints.
#include "internal.h"

typedef struct convolution {
  cdnn_layout source, weights, bias, destination;
  dnnl_dims_t stride, dilation, before, after;
} convolution;

// The library counts the zeros between a window's elements: 0 for dense windows.
static convolution convolution_create(const cdnn_windows *windows, const cdnn_tensor *source, const cdnn_tensor *weights,
                                      const cdnn_tensor *bias, const cdnn_tensor *destination) {
  convolution c = {cdnn_layout_create(source), cdnn_layout_create(weights), cdnn_layout_create(bias),
                   cdnn_layout_create(destination), {0}, {0}, {0}, {0}};
  for (int i = 0; i < source->rank - 2; i++) {
    c.stride[i] = windows->stride[i];
    c.dilation[i] = windows->dilation[i] - 1;
    c.before[i] = windows->before[i];
    c.after[i] = windows->after[i];
  }
  return c;
}

static void convolution_destroy(const convolution *c) {
  cdnn_layout_destroy(c->source);
  cdnn_layout_destroy(c->weights);
  cdnn_layout_destroy(c->bias);
  cdnn_layout_destroy(c->destination);
}

static dnnl_primitive_desc_t describe_forward(const convolution *c, dnnl_prop_kind_t kind,
                                              dnnl_primitive_attr_t attributes) {
#if CDNN_VERSION_2
  dnnl_convolution_desc_t operation;
  const dnnl_status_t status = cdnn.dnnl_dilated_convolution_forward_desc_init(
      &operation, kind, dnnl_convolution_direct, c->source, c->weights, c->bias, c->destination, c->stride, c->dilation,
      c->before, c->after);
  return status == dnnl_success ? cdnn_describe(&operation, attributes, NULL) : NULL;
#else
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status = cdnn.dnnl_convolution_forward_primitive_desc_create(
      &description, cdnn.engine, kind, dnnl_convolution_direct, c->source, c->weights, c->bias, c->destination, c->stride,
      c->dilation, c->before, c->after, attributes);
  return status == dnnl_success ? description : NULL;
#endif
}

static dnnl_primitive_desc_t describe_backward_data(const convolution *c, dnnl_primitive_attr_t attributes,
                                                    dnnl_primitive_desc_t hint) {
#if CDNN_VERSION_2
  dnnl_convolution_desc_t operation;
  const dnnl_status_t status = cdnn.dnnl_dilated_convolution_backward_data_desc_init(
      &operation, dnnl_convolution_direct, c->source, c->weights, c->destination, c->stride, c->dilation, c->before,
      c->after);
  return status == dnnl_success ? cdnn_describe(&operation, attributes, hint) : NULL;
#else
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status = cdnn.dnnl_convolution_backward_data_primitive_desc_create(
      &description, cdnn.engine, dnnl_convolution_direct, c->source, c->weights, c->destination, c->stride, c->dilation,
      c->before, c->after, hint, attributes);
  return status == dnnl_success ? description : NULL;
#endif
}

static dnnl_primitive_desc_t describe_backward_weights(const convolution *c, dnnl_primitive_attr_t attributes,
                                                       dnnl_primitive_desc_t hint) {
#if CDNN_VERSION_2
  dnnl_convolution_desc_t operation;
  const dnnl_status_t status = cdnn.dnnl_dilated_convolution_backward_weights_desc_init(
      &operation, dnnl_convolution_direct, c->source, c->weights, c->bias, c->destination, c->stride, c->dilation,
      c->before, c->after);
  return status == dnnl_success ? cdnn_describe(&operation, attributes, hint) : NULL;
#else
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status = cdnn.dnnl_convolution_backward_weights_primitive_desc_create(
      &description, cdnn.engine, dnnl_convolution_direct, c->source, c->weights, c->bias, c->destination, c->stride,
      c->dilation, c->before, c->after, hint, attributes);
  return status == dnnl_success ? description : NULL;
#endif
}

static dnnl_primitive_desc_t describe(cdnn_direction direction, const convolution *c, dnnl_primitive_attr_t attributes,
                                      dnnl_primitive_desc_t hint) {
  switch (direction) {
    case CDNN_FORWARD: return describe_forward(c, dnnl_forward_inference, attributes);
    case CDNN_BACKWARD_DATA: return describe_backward_data(c, attributes, hint);
    case CDNN_BACKWARD_WEIGHTS: return describe_backward_weights(c, attributes, hint);
  }
  return NULL;
}

cdnn_primitive *cdnn_convolution(cdnn_direction direction, const cdnn_windows *windows, const cdnn_tensor *source,
                                 const cdnn_tensor *weights, const cdnn_tensor *bias, const cdnn_tensor *destination,
                                 const cdnn_epilogue *epilogue, int threads) {
  const convolution c = convolution_create(windows, source, weights, bias, destination);
  const int threads_before = cdnn_set_threads(threads);
  dnnl_primitive_attr_t attributes = cdnn_attributes_create(epilogue);
  dnnl_primitive_desc_t hint = NULL;
  // The library derives the adjoints from the forward convolution.
  if (attributes && direction != CDNN_FORWARD) hint = describe_forward(&c, dnnl_forward_training, NULL);
  cdnn_primitive *primitive = NULL;
  if (attributes && (hint || direction == CDNN_FORWARD)) {
    primitive = cdnn_primitive_create(describe(direction, &c, attributes, hint), threads);
  }
  if (hint) cdnn.dnnl_primitive_desc_destroy(hint);
  if (attributes) cdnn.dnnl_primitive_attr_destroy(attributes);
  cdnn_set_threads(threads_before);
  convolution_destroy(&c);
  return primitive;
}
