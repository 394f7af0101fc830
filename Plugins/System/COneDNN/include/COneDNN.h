// oneDNN, loaded at run time, behind an interface that is the same for its versions 2 and 3.
//
// The library is opened by name instead of being linked: programs start without it where it is missing, and the OpenMP
// runtime that it brings can be told to spin less before it is loaded. No type of oneDNN is in this header.
//
// A `cdnn_primitive` is one computation for given sizes, layouts and number of threads: made once, slow to make,
// immutable, to be shared by all threads. A `cdnn_call` runs a primitive; it may hold arguments that never change
// (packed weights), and may be run by many threads at once.
#ifndef CONEDNN_H
#define CONEDNN_H

#include <stddef.h>

/// Loads the library once. Returns 1 on success; 0 otherwise, and `cdnn_error` says why. Thread-safe.
int cdnn_load(void);

/// Why loading failed; empty after success.
const char *cdnn_error(void);

/// The loaded library's version, "2.6.3". Empty before a successful load.
const char *cdnn_version(void);

/// The major version of the headers that this was compiled against, and so of the library that is looked for.
int cdnn_expected_major_version(void);

/// Whether the CPU computes in bfloat16 (AVX512_BF16 or AMX).
int cdnn_has_bfloat16(void);

/// Whether the library runs on an OpenMP team that others can be run on. Only after a successful load.
int cdnn_has_team(void);

/// Calls `member(argument)` on this thread and `threads - 1` others of the OpenMP team that the library itself runs on, and
/// returns when all calls have. Inside a region of that team it calls it here, once.
void cdnn_run_on_team(void (*member)(void *argument), void *argument, int threads);

typedef enum cdnn_type {
  CDNN_FLOAT32,
  CDNN_FLOAT16,
  CDNN_BFLOAT16,
  CDNN_INT32,
  CDNN_INT8,
  CDNN_UINT8,
} cdnn_type;

#define CDNN_MOST_AXES 6

/// A tensor's sizes, in oneDNN's order of axes, and where its elements are. A null pointer, where allowed, says that
/// there is no such tensor.
typedef struct cdnn_tensor {
  int rank;
  cdnn_type type;
  /// The library picks the layout; `strides` are ignored.
  int is_any;
  long sizes[CDNN_MOST_AXES];
  /// In elements.
  long strides[CDNN_MOST_AXES];
} cdnn_tensor;

/// The layout that `strides` say; with `strides` null the library's choice.
cdnn_tensor cdnn_tensor_make(cdnn_type type, int rank, const long *sizes, const long *strides);

typedef enum cdnn_activation {
  CDNN_LINEAR,
  CDNN_RELU,  // alpha: slope below 0
  CDNN_CLIP,  // between alpha and beta
  CDNN_SWISH,
  CDNN_TANH,
  CDNN_SIGMOID,
} cdnn_activation;

/// What happens to a result before it is stored: `activation(result + bias + sum)`.
typedef struct cdnn_epilogue {
  /// Adds what the destination holds.
  int has_sum;
  cdnn_activation activation;
  float alpha, beta;
} cdnn_epilogue;

/// What a primitive reads and writes. A primitive uses those that its kind has.
typedef enum cdnn_slot {
  CDNN_SOURCE,
  CDNN_WEIGHTS,
  CDNN_BIAS,
  CDNN_DESTINATION,
  CDNN_DIFF_SOURCE,
  CDNN_DIFF_WEIGHTS,
  CDNN_DIFF_DESTINATION,
  CDNN_MEAN,
  CDNN_VARIANCE,
  CDNN_SCALE,
  CDNN_SHIFT,
  CDNN_DIFF_SCALE,
  CDNN_DIFF_SHIFT,
  CDNN_SLOT_COUNT,
} cdnn_slot;

typedef struct cdnn_primitive cdnn_primitive;
typedef struct cdnn_call cdnn_call;

/// Where the bytes are. Zeros are fine for the slots that a primitive does not have.
typedef struct cdnn_arguments {
  const void *source, *weights, *bias;
  void *destination;
  void *diff_source, *diff_weights;
  const void *diff_destination;
  void *mean, *variance;
  const void *scale, *shift;
  void *diff_scale, *diff_shift;
  /// Of the size that `cdnn_scratch_byte_count` says.
  void *scratch;
} cdnn_arguments;

// Makers of primitives return null where the library has no implementation. `threads` is the number that the primitive
// runs on. `epilogue` may be null.

/// Matrix products of the last two axes; leading axes of equal sizes or 1. `bias` may be null.
cdnn_primitive *cdnn_matmul(const cdnn_tensor *source, const cdnn_tensor *weights, const cdnn_tensor *bias,
                            const cdnn_tensor *destination, const cdnn_epilogue *epilogue, int threads);

typedef enum cdnn_direction { CDNN_FORWARD, CDNN_BACKWARD_DATA, CDNN_BACKWARD_WEIGHTS } cdnn_direction;

/// The windows of a convolution, per spatial axis. `dilation` is 1 for dense windows.
typedef struct cdnn_windows {
  long stride[3], dilation[3], before[3], after[3];
} cdnn_windows;

/// source [n, in, spatial...] with weights [out, in, spatial...], or [groups, out / groups, in / groups, spatial...], to
/// destination [n, out, spatial...]. Backward, the tensors are the gradients of the same name.
/// `bias` may be null; `epilogue` is for CDNN_FORWARD.
cdnn_primitive *cdnn_convolution(cdnn_direction direction, const cdnn_windows *windows, const cdnn_tensor *source,
                                 const cdnn_tensor *weights, const cdnn_tensor *bias, const cdnn_tensor *destination,
                                 const cdnn_epilogue *epilogue, int threads);

/// Averages over windows of `window` elements per spatial axis, of those that are inside the source. Dense windows.
cdnn_primitive *cdnn_average_pooling(const cdnn_windows *windows, const long *window, const cdnn_tensor *source,
                                     const cdnn_tensor *destination, int threads);

/// DIFF_SOURCE from DESTINATION and DIFF_DESTINATION of a softmax along `axis`; all three laid out as `tensor` says.
cdnn_primitive *cdnn_softmax_gradient(const cdnn_tensor *tensor, int axis, int threads);

/// Normalizes the rows of `tensor`, [rows, channels], then multiplies by SCALE and adds SHIFT, both [channels]; MEAN and
/// VARIANCE, both [rows], are written. CDNN_BACKWARD_DATA reads these, SOURCE, DIFF_DESTINATION and SCALE, and writes
/// DIFF_SOURCE, DIFF_SCALE and DIFF_SHIFT; it may want SHIFT too, but uses none of its numbers.
cdnn_primitive *cdnn_layer_norm(cdnn_direction direction, const cdnn_tensor *tensor, float epsilon, int threads);

/// Copies SOURCE, in the layout and type of `from`, to DESTINATION as `to`.
cdnn_primitive *cdnn_reorder(const cdnn_tensor *from, const cdnn_tensor *to, int threads);

/// Copies from the plain layout `from` to the one that `primitive` wants in `slot`.
cdnn_primitive *cdnn_reorder_into(const cdnn_tensor *from, const cdnn_primitive *primitive, cdnn_slot slot, int threads);

/// Copies from the layout that `primitive` leaves in `slot` to the plain layout `to`.
cdnn_primitive *cdnn_reorder_from(const cdnn_primitive *primitive, cdnn_slot slot, const cdnn_tensor *to, int threads);

void cdnn_primitive_destroy(cdnn_primitive *primitive);

/// Bytes of the argument in the layout that the primitive wants; 0 where it has none.
size_t cdnn_byte_count(const cdnn_primitive *primitive, cdnn_slot slot);

/// Whether the primitive's layout of the argument is exactly the one that `tensor` says.
int cdnn_is_layout(const cdnn_primitive *primitive, cdnn_slot slot, const cdnn_tensor *tensor);

/// Bytes of scratch memory that a run wants.
size_t cdnn_scratch_byte_count(const cdnn_primitive *primitive);

/// The name of the library's implementation, "brgconv:avx512_core". Lives as long as the primitive.
const char *cdnn_implementation(const cdnn_primitive *primitive);

/// The primitive must outlive the call.
cdnn_call *cdnn_call_create(const cdnn_primitive *primitive);

/// Says that the argument is always at `bytes`, which must outlive the call. Before the first run. Returns 1 on success.
int cdnn_call_fix(cdnn_call *call, cdnn_slot slot, const void *bytes);

/// Runs the primitive; returns 1 on success. Arguments that were fixed are not looked at.
int cdnn_call_run(const cdnn_call *call, const cdnn_arguments *arguments);

void cdnn_call_destroy(cdnn_call *call);

#endif
