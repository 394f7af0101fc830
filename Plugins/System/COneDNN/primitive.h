// A primitive's parts, for primitive.c and call.c.
#ifndef CONEDNN_PRIMITIVE_H
#define CONEDNN_PRIMITIVE_H

#include "internal.h"

struct cdnn_argument {
  cdnn_slot slot;
  int number;  // DNNL_ARG_...
  cdnn_layout layout;  // belongs to the primitive's description
  size_t byte_count;
  bool is_padded;
};

struct cdnn_primitive {
  dnnl_primitive_desc_t description;
  dnnl_primitive_t primitive;
  int threads;
  int count;
  struct cdnn_argument arguments[CDNN_SLOT_COUNT];
  cdnn_layout scratch;
  size_t scratch_byte_count;
};

#endif
