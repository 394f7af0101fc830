// Our descriptions of tensors and epilogues as the library's.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

cdnn_tensor cdnn_tensor_make(cdnn_type type, int rank, const long *sizes, const long *strides) {
  cdnn_tensor tensor = {.rank = rank, .type = type, .is_any = !strides};
  memcpy(tensor.sizes, sizes, (size_t)rank * sizeof *sizes);
  if (strides) memcpy(tensor.strides, strides, (size_t)rank * sizeof *strides);
  return tensor;
}

dnnl_data_type_t cdnn_data_type(cdnn_type type) {
  switch (type) {
    case CDNN_FLOAT32: return dnnl_f32;
    case CDNN_FLOAT16: return dnnl_f16;
    case CDNN_BFLOAT16: return dnnl_bf16;
    case CDNN_INT32: return dnnl_s32;
    case CDNN_INT8: return dnnl_s8;
    case CDNN_UINT8: return dnnl_u8;
  }
  return dnnl_data_type_undef;
}

cdnn_layout cdnn_layout_create(const cdnn_tensor *tensor) {
  if (!tensor) return NULL;
  dnnl_dims_t sizes = {0}, strides = {0};
  for (int i = 0; i < tensor->rank; i++) {
    sizes[i] = tensor->sizes[i];
    strides[i] = tensor->strides[i];
  }
  const dnnl_data_type_t type = cdnn_data_type(tensor->type);
#if CDNN_VERSION_2
  dnnl_memory_desc_t *layout = malloc(sizeof *layout);
  if (!layout) return NULL;
  const dnnl_status_t status =
      tensor->is_any ? cdnn.dnnl_memory_desc_init_by_tag(layout, tensor->rank, sizes, type, dnnl_format_tag_any)
                     : cdnn.dnnl_memory_desc_init_by_strides(layout, tensor->rank, sizes, type, strides);
  if (status == dnnl_success) return layout;
  free(layout);
  return NULL;
#else
  dnnl_memory_desc_t layout = NULL;
  const dnnl_status_t status =
      tensor->is_any ? cdnn.dnnl_memory_desc_create_with_tag(&layout, tensor->rank, sizes, type, dnnl_format_tag_any)
                     : cdnn.dnnl_memory_desc_create_with_strides(&layout, tensor->rank, sizes, type, strides);
  return status == dnnl_success ? layout : NULL;
#endif
}

void cdnn_layout_destroy(cdnn_layout layout) {
  if (!layout) return;
#if CDNN_VERSION_2
  free((void *)layout);
#else
  cdnn.dnnl_memory_desc_destroy((dnnl_memory_desc_t)layout);
#endif
}

bool cdnn_layout_is_padded(cdnn_layout layout) {
#if CDNN_VERSION_2
  const int rank = layout->ndims;
  const dnnl_dim_t *sizes = layout->dims, *padded = layout->padded_dims;
#else
  int rank = 0;
  const dnnl_dims_t *size_query = NULL, *padded_query = NULL;
  cdnn.dnnl_memory_desc_query(layout, dnnl_query_ndims_s32, &rank);
  cdnn.dnnl_memory_desc_query(layout, dnnl_query_dims, &size_query);
  cdnn.dnnl_memory_desc_query(layout, dnnl_query_padded_dims, &padded_query);
  if (!size_query || !padded_query) return true;
  const dnnl_dim_t *sizes = *size_query, *padded = *padded_query;
#endif
  for (int i = 0; i < rank; i++) {
    if (sizes[i] != padded[i]) return true;
  }
  return false;
}

dnnl_alg_kind_t cdnn_algorithm(cdnn_activation activation) {
  switch (activation) {
    case CDNN_LINEAR: return dnnl_eltwise_linear;
    case CDNN_RELU: return dnnl_eltwise_relu;
    case CDNN_CLIP: return dnnl_eltwise_clip;
    case CDNN_SWISH: return dnnl_eltwise_swish;
    case CDNN_TANH: return dnnl_eltwise_tanh;
    case CDNN_SIGMOID: return dnnl_eltwise_logistic;
  }
  return dnnl_alg_kind_undef;
}

static bool append(dnnl_post_ops_t list, const cdnn_epilogue *epilogue) {
#if CDNN_VERSION_2
  if (epilogue->has_sum && cdnn.dnnl_post_ops_append_sum(list, 1) != dnnl_success) return false;
#else
  if (epilogue->has_sum && cdnn.dnnl_post_ops_append_sum(list, 1, 0, dnnl_data_type_undef) != dnnl_success) return false;
#endif
  if (epilogue->activation == CDNN_LINEAR) return true;
  const dnnl_alg_kind_t algorithm = cdnn_algorithm(epilogue->activation);
#if CDNN_VERSION_2
  return cdnn.dnnl_post_ops_append_eltwise(list, 1, algorithm, epilogue->alpha, epilogue->beta) == dnnl_success;
#else
  return cdnn.dnnl_post_ops_append_eltwise(list, algorithm, epilogue->alpha, epilogue->beta) == dnnl_success;
#endif
}

dnnl_primitive_attr_t cdnn_attributes_create(const cdnn_epilogue *epilogue) {
  dnnl_primitive_attr_t attributes = NULL;
  if (cdnn.dnnl_primitive_attr_create(&attributes) != dnnl_success) return NULL;
  bool is_good = cdnn.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) == dnnl_success;
  if (epilogue && (epilogue->has_sum || epilogue->activation != CDNN_LINEAR)) {
    dnnl_post_ops_t list = NULL;
    is_good = is_good && cdnn.dnnl_post_ops_create(&list) == dnnl_success && append(list, epilogue) &&
              cdnn.dnnl_primitive_attr_set_post_ops(attributes, list) == dnnl_success;
    if (list) cdnn.dnnl_post_ops_destroy(list);
  }
  if (is_good) return attributes;
  cdnn.dnnl_primitive_attr_destroy(attributes);
  return NULL;
}
