// What the files of this target share. Everything that differs between oneDNN's versions 2 and 3 is in this target.
#ifndef CONEDNN_INTERNAL_H
#define CONEDNN_INTERNAL_H

#if !__has_include(<oneapi/dnnl/dnnl.h>)
#error "oneDNN's headers are missing. Debian and Ubuntu have them in libdnnl-dev (Scripts/system-packages installs it)."
#endif

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_version.h>
#include <stdbool.h>

#include "COneDNN.h"

#if DNNL_VERSION_MAJOR < 2 || DNNL_VERSION_MAJOR > 3
#error "oneDNN's headers are of a version that is not known here, expected 2 or 3."
#endif

#define CDNN_VERSION_2 (DNNL_VERSION_MAJOR == 2)

// A layout: in version 2 a structure, in version 3 an object of the library.
#if CDNN_VERSION_2
typedef const dnnl_memory_desc_t *cdnn_layout;
#else
typedef const_dnnl_memory_desc_t cdnn_layout;
#endif

// The functions of the library that are called, in both versions or in one.
#define CDNN_COMMON_FUNCTIONS(X)             \
  X(dnnl_version)                            \
  X(dnnl_engine_create)                      \
  X(dnnl_stream_create)                      \
  X(dnnl_stream_destroy)                     \
  X(dnnl_stream_wait)                        \
  X(dnnl_get_effective_cpu_isa)              \
  X(dnnl_memory_create)                      \
  X(dnnl_memory_destroy)                     \
  X(dnnl_memory_set_data_handle)             \
  X(dnnl_memory_desc_equal)                  \
  X(dnnl_memory_desc_get_size)               \
  X(dnnl_post_ops_create)                    \
  X(dnnl_post_ops_destroy)                   \
  X(dnnl_post_ops_append_sum)                \
  X(dnnl_post_ops_append_eltwise)            \
  X(dnnl_primitive_attr_create)              \
  X(dnnl_primitive_attr_destroy)             \
  X(dnnl_primitive_attr_set_post_ops)        \
  X(dnnl_primitive_attr_set_scratchpad_mode) \
  X(dnnl_primitive_create)                   \
  X(dnnl_primitive_destroy)                  \
  X(dnnl_primitive_desc_destroy)             \
  X(dnnl_primitive_desc_query)               \
  X(dnnl_primitive_desc_query_md)            \
  X(dnnl_primitive_execute)                  \
  X(dnnl_reorder_primitive_desc_create)

#if CDNN_VERSION_2
#define CDNN_FUNCTIONS(X)                                \
  CDNN_COMMON_FUNCTIONS(X)                               \
  X(dnnl_memory_desc_init_by_strides)                    \
  X(dnnl_memory_desc_init_by_tag)                        \
  X(dnnl_primitive_desc_create)                          \
  X(dnnl_matmul_desc_init)                               \
  X(dnnl_dilated_convolution_forward_desc_init)          \
  X(dnnl_dilated_convolution_backward_data_desc_init)    \
  X(dnnl_dilated_convolution_backward_weights_desc_init) \
  X(dnnl_pooling_forward_desc_init)                      \
  X(dnnl_softmax_forward_desc_init)                      \
  X(dnnl_softmax_backward_desc_init)                     \
  X(dnnl_layer_normalization_forward_desc_init)          \
  X(dnnl_layer_normalization_backward_desc_init)
#else
#define CDNN_FUNCTIONS(X)                                    \
  CDNN_COMMON_FUNCTIONS(X)                                   \
  X(dnnl_memory_desc_create_with_strides)                    \
  X(dnnl_memory_desc_create_with_tag)                        \
  X(dnnl_memory_desc_destroy)                                \
  X(dnnl_memory_desc_query)                                  \
  X(dnnl_matmul_primitive_desc_create)                       \
  X(dnnl_convolution_forward_primitive_desc_create)          \
  X(dnnl_convolution_backward_data_primitive_desc_create)    \
  X(dnnl_convolution_backward_weights_primitive_desc_create) \
  X(dnnl_pooling_forward_primitive_desc_create)              \
  X(dnnl_softmax_forward_primitive_desc_create)              \
  X(dnnl_softmax_backward_primitive_desc_create)             \
  X(dnnl_layer_normalization_forward_primitive_desc_create)  \
  X(dnnl_layer_normalization_backward_primitive_desc_create)
#endif

struct cdnn_library {
#define CDNN_FIELD(name) __typeof__(&name) name;
  CDNN_FUNCTIONS(CDNN_FIELD)
#undef CDNN_FIELD
  // Of the OpenMP runtime under the library; null where it runs on something else.
  void (*omp_set_num_threads)(int);
  int (*omp_get_max_threads)(void);
  int (*omp_in_parallel)(void);
  void (*GOMP_parallel)(void (*)(void *), void *, unsigned, unsigned);
  dnnl_engine_t engine;
};

/// Filled by `cdnn_load`.
extern struct cdnn_library cdnn;

/// Null for a null tensor, and when the library refuses it. Give it back with `cdnn_layout_destroy`.
cdnn_layout cdnn_layout_create(const cdnn_tensor *tensor);
void cdnn_layout_destroy(cdnn_layout layout);

/// Whether the layout has more room than elements, which the library fills with zeros.
bool cdnn_layout_is_padded(cdnn_layout layout);

dnnl_data_type_t cdnn_data_type(cdnn_type type);
dnnl_alg_kind_t cdnn_algorithm(cdnn_activation activation);

/// Attributes with scratch memory of the caller and the epilogue, which may be null; null on failure.
dnnl_primitive_attr_t cdnn_attributes_create(const cdnn_epilogue *epilogue);

/// Sets the number of threads of regions that this thread starts; returns what it was.
int cdnn_set_threads(int threads);

/// Whether a region that this thread starts gets its threads: not inside of another one, and not after a fork.
bool cdnn_can_start_team(void);

/// Makes the primitive and takes over `description` (null: returns null). Called with the number of threads set.
cdnn_primitive *cdnn_primitive_create(dnnl_primitive_desc_t description, int threads);

/// The layout of an argument; null where the primitive has none.
cdnn_layout cdnn_primitive_layout(const cdnn_primitive *primitive, cdnn_slot slot);

#if CDNN_VERSION_2
/// Version 2 makes every kind from a structure that describes the operation; null where it has no implementation.
dnnl_primitive_desc_t cdnn_describe(const void *operation, dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t hint);
#endif

#endif
