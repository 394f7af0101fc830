// Copies between layouts and types.
#include "internal.h"

static cdnn_primitive *reorder(cdnn_layout from, cdnn_layout to, int threads) {
  if (!from || !to) return NULL;
  const int threads_before = cdnn_set_threads(threads);
  cdnn_primitive *primitive = NULL;
  dnnl_primitive_attr_t attributes = cdnn_attributes_create(NULL);
  if (attributes) {
    dnnl_primitive_desc_t description = NULL;
    const dnnl_status_t status =
        cdnn.dnnl_reorder_primitive_desc_create(&description, from, cdnn.engine, to, cdnn.engine, attributes);
    if (status == dnnl_success) primitive = cdnn_primitive_create(description, threads);
    cdnn.dnnl_primitive_attr_destroy(attributes);
  }
  cdnn_set_threads(threads_before);
  return primitive;
}

cdnn_primitive *cdnn_reorder(const cdnn_tensor *from, const cdnn_tensor *to, int threads) {
  const cdnn_layout source = cdnn_layout_create(from), destination = cdnn_layout_create(to);
  cdnn_primitive *primitive = reorder(source, destination, threads);
  cdnn_layout_destroy(source);
  cdnn_layout_destroy(destination);
  return primitive;
}

cdnn_primitive *cdnn_reorder_into(const cdnn_tensor *from, const cdnn_primitive *primitive, cdnn_slot slot, int threads) {
  const cdnn_layout source = cdnn_layout_create(from);
  cdnn_primitive *result = reorder(source, cdnn_primitive_layout(primitive, slot), threads);
  cdnn_layout_destroy(source);
  return result;
}

cdnn_primitive *cdnn_reorder_from(const cdnn_primitive *primitive, cdnn_slot slot, const cdnn_tensor *to, int threads) {
  const cdnn_layout destination = cdnn_layout_create(to);
  cdnn_primitive *result = reorder(cdnn_primitive_layout(primitive, slot), destination, threads);
  cdnn_layout_destroy(destination);
  return result;
}
