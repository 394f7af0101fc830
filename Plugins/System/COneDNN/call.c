// Running a primitive. The library wants its arguments as objects; making them costs more than a small primitive takes,
// so a call keeps some sets of them, of which a thread takes one while it runs.
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "primitive.h"

#define SPARE_SETS 4

struct argument_set {
  dnnl_stream_t stream;
  dnnl_memory_t memories[CDNN_SLOT_COUNT + 1];  // the last one for scratch; null for fixed and padded arguments
};

struct cdnn_call {
  const cdnn_primitive *primitive;
  dnnl_memory_t fixed[CDNN_SLOT_COUNT];
  _Atomic(struct argument_set *) spare[SPARE_SETS];
};

// The bytes of a slot, in the order of `cdnn_slot`.
static void gather(const cdnn_arguments *a, const void *bytes[CDNN_SLOT_COUNT]) {
  const void *const all[CDNN_SLOT_COUNT] = {
      [CDNN_SOURCE] = a->source,
      [CDNN_WEIGHTS] = a->weights,
      [CDNN_BIAS] = a->bias,
      [CDNN_DESTINATION] = a->destination,
      [CDNN_DIFF_SOURCE] = a->diff_source,
      [CDNN_DIFF_WEIGHTS] = a->diff_weights,
      [CDNN_DIFF_DESTINATION] = a->diff_destination,
      [CDNN_MEAN] = a->mean,
      [CDNN_VARIANCE] = a->variance,
      [CDNN_SCALE] = a->scale,
      [CDNN_SHIFT] = a->shift,
      [CDNN_DIFF_SCALE] = a->diff_scale,
      [CDNN_DIFF_SHIFT] = a->diff_shift,
  };
  for (int i = 0; i < CDNN_SLOT_COUNT; i++) bytes[i] = all[i];
}

static dnnl_memory_t memory_create(cdnn_layout layout, const void *bytes) {
  dnnl_memory_t memory = NULL;
  const dnnl_status_t status =
      cdnn.dnnl_memory_create(&memory, layout, cdnn.engine, bytes ? (void *)bytes : DNNL_MEMORY_NONE);
  return status == dnnl_success ? memory : NULL;
}

static void set_destroy(struct argument_set *set) {
  if (!set) return;
  for (int i = 0; i <= CDNN_SLOT_COUNT; i++) {
    if (set->memories[i]) cdnn.dnnl_memory_destroy(set->memories[i]);
  }
  if (set->stream) cdnn.dnnl_stream_destroy(set->stream);
  free(set);
}

static struct argument_set *set_create(const cdnn_call *call) {
  const cdnn_primitive *primitive = call->primitive;
  struct argument_set *set = calloc(1, sizeof *set);
  if (!set) return NULL;
  bool is_good = cdnn.dnnl_stream_create(&set->stream, cdnn.engine, dnnl_stream_default_flags) == dnnl_success;
  for (int i = 0; is_good && i < primitive->count; i++) {
    const struct cdnn_argument *argument = &primitive->arguments[i];
    if (call->fixed[argument->slot] || argument->is_padded) continue;
    set->memories[argument->slot] = memory_create(argument->layout, NULL);
    is_good = set->memories[argument->slot] != NULL;
  }
  if (is_good && primitive->scratch_byte_count > 0) {
    set->memories[CDNN_SLOT_COUNT] = memory_create(primitive->scratch, NULL);
    is_good = set->memories[CDNN_SLOT_COUNT] != NULL;
  }
  if (is_good) return set;
  set_destroy(set);
  return NULL;
}

static struct argument_set *take_set(cdnn_call *call) {
  for (int i = 0; i < SPARE_SETS; i++) {
    struct argument_set *set = atomic_exchange(&call->spare[i], NULL);
    if (set) return set;
  }
  return set_create(call);
}

static void put_back(cdnn_call *call, struct argument_set *set) {
  for (int i = 0; i < SPARE_SETS; i++) {
    struct argument_set *empty = NULL;
    if (atomic_compare_exchange_strong(&call->spare[i], &empty, set)) return;
  }
  set_destroy(set);
}

cdnn_call *cdnn_call_create(const cdnn_primitive *primitive) {
  cdnn_call *call = calloc(1, sizeof *call);
  if (call) call->primitive = primitive;
  return call;
}

int cdnn_call_fix(cdnn_call *call, cdnn_slot slot, const void *bytes) {
  const cdnn_layout layout = cdnn_primitive_layout(call->primitive, slot);
  if (!layout || call->fixed[slot]) return 0;
  call->fixed[slot] = memory_create(layout, bytes);
  return call->fixed[slot] != NULL;
}

void cdnn_call_destroy(cdnn_call *call) {
  if (!call) return;
  for (int i = 0; i < SPARE_SETS; i++) set_destroy(atomic_load(&call->spare[i]));
  for (int i = 0; i < CDNN_SLOT_COUNT; i++) {
    if (call->fixed[i]) cdnn.dnnl_memory_destroy(call->fixed[i]);
  }
  free(call);
}

// Version 2 fills the padding of a layout whenever an object is given its bytes, so objects with padding are made anew.
static bool bind(const cdnn_call *call, const struct argument_set *set, const void *const *bytes, const void *scratch,
                 dnnl_exec_arg_t *list, int *count, dnnl_memory_t *own, int *own_count) {
  const cdnn_primitive *primitive = call->primitive;
  for (int i = 0; i < primitive->count; i++) {
    const struct cdnn_argument *argument = &primitive->arguments[i];
    dnnl_memory_t memory = call->fixed[argument->slot];
    if (!memory) {
      if (!bytes[argument->slot]) return false;
      memory = set->memories[argument->slot];
      if (!memory) {
        memory = memory_create(argument->layout, bytes[argument->slot]);
        if (!memory) return false;
        own[(*own_count)++] = memory;
      } else if (cdnn.dnnl_memory_set_data_handle(memory, (void *)bytes[argument->slot]) != dnnl_success) {
        return false;
      }
    }
    list[(*count)++] = (dnnl_exec_arg_t){.arg = argument->number, .memory = memory};
  }
  dnnl_memory_t memory = set->memories[CDNN_SLOT_COUNT];
  if (!memory) return true;
  list[(*count)++] = (dnnl_exec_arg_t){.arg = DNNL_ARG_SCRATCHPAD, .memory = memory};
  return scratch && cdnn.dnnl_memory_set_data_handle(memory, (void *)scratch) == dnnl_success;
}

static bool run_here(cdnn_call *call, const cdnn_arguments *arguments) {
  const cdnn_primitive *primitive = call->primitive;
  struct argument_set *set = take_set(call);
  if (!set) return false;
  const void *bytes[CDNN_SLOT_COUNT];
  gather(arguments, bytes);
  dnnl_exec_arg_t list[CDNN_SLOT_COUNT + 1];
  dnnl_memory_t own[CDNN_SLOT_COUNT];
  int count = 0, own_count = 0;
  const int threads_before = cdnn_set_threads(primitive->threads);
  const bool is_good = bind(call, set, bytes, arguments->scratch, list, &count, own, &own_count) &&
                       cdnn.dnnl_primitive_execute(primitive->primitive, set->stream, count, list) == dnnl_success &&
                       cdnn.dnnl_stream_wait(set->stream) == dnnl_success;
  cdnn_set_threads(threads_before);
  for (int i = 0; i < own_count; i++) cdnn.dnnl_memory_destroy(own[i]);
  put_back(call, set);
  return is_good;
}

struct elsewhere {
  cdnn_call *call;
  const cdnn_arguments *arguments;
  bool is_good;
};

static void *run_elsewhere(void *pointer) {
  struct elsewhere *job = pointer;
  job->is_good = run_here(job->call, job->arguments);
  return NULL;
}

int cdnn_call_run(const cdnn_call *constant_call, const cdnn_arguments *arguments) {
  // The spare sets change, which no caller can see.
  cdnn_call *call = (cdnn_call *)constant_call;
  if (call->primitive->threads <= 1 || cdnn_can_start_team()) return run_here(call, arguments);
  // A primitive waits for all the threads that it was made for, which a nested region would not get: a new thread does.
  struct elsewhere job = {call, arguments, false};
  pthread_t thread;
  if (pthread_create(&thread, NULL, run_elsewhere, &job) != 0) return 0;
  pthread_join(thread, NULL);
  return job.is_good;
}
