// Primitives of any kind: what they want, and what differs between the versions in making one.
#include <stdlib.h>

#include "primitive.h"

static const int argument_numbers[CDNN_SLOT_COUNT] = {
    [CDNN_SOURCE] = DNNL_ARG_SRC,
    [CDNN_WEIGHTS] = DNNL_ARG_WEIGHTS,
    [CDNN_BIAS] = DNNL_ARG_BIAS,
    [CDNN_DESTINATION] = DNNL_ARG_DST,
    [CDNN_DIFF_SOURCE] = DNNL_ARG_DIFF_SRC,
    [CDNN_DIFF_WEIGHTS] = DNNL_ARG_DIFF_WEIGHTS,
    [CDNN_DIFF_DESTINATION] = DNNL_ARG_DIFF_DST,
    [CDNN_MEAN] = DNNL_ARG_MEAN,
    [CDNN_VARIANCE] = DNNL_ARG_VARIANCE,
    [CDNN_SCALE] = DNNL_ARG_SCALE,
    [CDNN_SHIFT] = DNNL_ARG_SHIFT,
    [CDNN_DIFF_SCALE] = DNNL_ARG_DIFF_SCALE,
    [CDNN_DIFF_SHIFT] = DNNL_ARG_DIFF_SHIFT,
};

#if CDNN_VERSION_2
dnnl_primitive_desc_t cdnn_describe(const void *operation, dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t hint) {
  dnnl_primitive_desc_t description = NULL;
  const dnnl_status_t status = cdnn.dnnl_primitive_desc_create(&description, operation, attributes, cdnn.engine, hint);
  return status == dnnl_success ? description : NULL;
}
#endif

int cdnn_set_threads(int threads) {
  if (!cdnn.omp_set_num_threads || !cdnn.omp_get_max_threads) return threads;
  const int before = cdnn.omp_get_max_threads();
  if (before != threads) cdnn.omp_set_num_threads(threads);
  return before;
}

static cdnn_layout layout_of(const cdnn_primitive *primitive, int number, size_t *byte_count) {
  const cdnn_layout layout = cdnn.dnnl_primitive_desc_query_md(primitive->description, dnnl_query_exec_arg_md, number);
  *byte_count = layout ? cdnn.dnnl_memory_desc_get_size(layout) : 0;
  return layout;
}

static void find_arguments(cdnn_primitive *primitive) {
  size_t byte_count, scale_byte_count;
  layout_of(primitive, DNNL_ARG_SCALE, &scale_byte_count);
  for (int slot = 0; slot < CDNN_SLOT_COUNT; slot++) {
    // Version 2 answers for a normalization's scale by the number of the weights too.
    if (scale_byte_count > 0 && (slot == CDNN_WEIGHTS || slot == CDNN_DIFF_WEIGHTS)) continue;
    const cdnn_layout layout = layout_of(primitive, argument_numbers[slot], &byte_count);
    if (byte_count == 0) continue;
    primitive->arguments[primitive->count++] = (struct cdnn_argument){
        .slot = slot,
        .number = argument_numbers[slot],
        .layout = layout,
        .byte_count = byte_count,
        .is_padded = cdnn_layout_is_padded(layout),
    };
  }
  primitive->scratch = layout_of(primitive, DNNL_ARG_SCRATCHPAD, &primitive->scratch_byte_count);
}

cdnn_primitive *cdnn_primitive_create(dnnl_primitive_desc_t description, int threads) {
  if (!description) return NULL;
  cdnn_primitive *primitive = calloc(1, sizeof *primitive);
  if (!primitive || cdnn.dnnl_primitive_create(&primitive->primitive, description) != dnnl_success) {
    cdnn.dnnl_primitive_desc_destroy(description);
    free(primitive);
    return NULL;
  }
  primitive->description = description;
  primitive->threads = threads;
  find_arguments(primitive);
  return primitive;
}

void cdnn_primitive_destroy(cdnn_primitive *primitive) {
  if (!primitive) return;
  cdnn.dnnl_primitive_destroy(primitive->primitive);
  cdnn.dnnl_primitive_desc_destroy(primitive->description);
  free(primitive);
}

static const struct cdnn_argument *find(const cdnn_primitive *primitive, cdnn_slot slot) {
  for (int i = 0; i < primitive->count; i++) {
    if (primitive->arguments[i].slot == slot) return &primitive->arguments[i];
  }
  return NULL;
}

cdnn_layout cdnn_primitive_layout(const cdnn_primitive *primitive, cdnn_slot slot) {
  const struct cdnn_argument *argument = find(primitive, slot);
  return argument ? argument->layout : NULL;
}

size_t cdnn_byte_count(const cdnn_primitive *primitive, cdnn_slot slot) {
  const struct cdnn_argument *argument = find(primitive, slot);
  return argument ? argument->byte_count : 0;
}

int cdnn_is_layout(const cdnn_primitive *primitive, cdnn_slot slot, const cdnn_tensor *tensor) {
  const cdnn_layout own = cdnn_primitive_layout(primitive, slot), other = cdnn_layout_create(tensor);
  const int is_equal = own && other && cdnn.dnnl_memory_desc_equal(own, other);
  cdnn_layout_destroy(other);
  return is_equal;
}

size_t cdnn_scratch_byte_count(const cdnn_primitive *primitive) { return primitive->scratch_byte_count; }

const char *cdnn_implementation(const cdnn_primitive *primitive) {
  const char *name = "";
  cdnn.dnnl_primitive_desc_query(primitive->description, dnnl_query_impl_info_str, 0, &name);
  return name;
}
