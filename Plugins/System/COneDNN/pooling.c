// Pooling.
#include "internal.h"

static dnnl_primitive_desc_t describe(const cdnn_windows *windows, const long *window, int axes, cdnn_layout source,
                                      cdnn_layout destination, dnnl_primitive_attr_t attributes) {
  dnnl_dims_t stride = {0}, size = {0}, dilation = {0}, before = {0}, after = {0};
  for (int i = 0; i < axes; i++) {
    size[i] = window[i];
    stride[i] = windows->stride[i];
    before[i] = windows->before[i];
    after[i] = windows->after[i];
  }
  const dnnl_alg_kind_t algorithm = dnnl_pooling_avg_exclude_padding;
#if CDNN_VERSION_2
  (void)dilation;
  dnnl_pooling_desc_t operation;
  const dnnl_status_t status = cdnn.dnnl_pooling_forward_desc_init(
      &operation, dnnl_forward_inference, algorithm, source, destination, stride, size, before, after);
  return status == dnnl_success ? cdnn_describe(&operation, attributes, NULL) : NULL;
#else
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status = cdnn.dnnl_pooling_forward_primitive_desc_create(
      &description, cdnn.engine, dnnl_forward_inference, algorithm, source, destination, stride, size, dilation, before,
      after, attributes);
  return status == dnnl_success ? description : NULL;
#endif
}

cdnn_primitive *cdnn_average_pooling(const cdnn_windows *windows, const long *window, const cdnn_tensor *source,
                                     const cdnn_tensor *destination, int threads) {
  const cdnn_layout from = cdnn_layout_create(source), to = cdnn_layout_create(destination);
  const int threads_before = cdnn_set_threads(threads);
  dnnl_primitive_attr_t attributes = cdnn_attributes_create(NULL);
  cdnn_primitive *primitive = NULL;
  if (attributes && from && to) {
    primitive = cdnn_primitive_create(describe(windows, window, source->rank - 2, from, to, attributes), threads);
  }
  if (attributes) cdnn.dnnl_primitive_attr_destroy(attributes);
  cdnn_set_threads(threads_before);
  cdnn_layout_destroy(from);
  cdnn_layout_destroy(to);
  return primitive;
}
