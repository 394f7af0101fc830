// Our own kernels on the OpenMP team that the library runs on, so that one set of threads serves both.
#include <stdatomic.h>

#include "internal.h"

struct region {
  void (*body)(void *, size_t, size_t);
  void *context;
  size_t count, chunk;
  _Alignas(64) atomic_size_t next;
};

static void work(void *pointer) {
  struct region *region = pointer;
  for (;;) {
    const size_t begin = atomic_fetch_add_explicit(&region->next, region->chunk, memory_order_relaxed);
    if (begin >= region->count) return;
    const size_t end = region->count - begin < region->chunk ? region->count : begin + region->chunk;
    region->body(region->context, begin, end);
  }
}

void cdnn_parallel(size_t count, size_t grain, int max_threads, void (*body)(void *, size_t, size_t), void *context) {
  if (count == 0) return;
  if (grain == 0) grain = 1;
  const size_t grains = (count + grain - 1) / grain;
  size_t threads = max_threads > 1 ? (size_t)max_threads : 1;
  if (threads > grains) threads = grains;
  if (threads == 1 || !cdnn.GOMP_parallel || !cdnn.omp_in_parallel || cdnn.omp_in_parallel()) {
    body(context, 0, count);
    return;
  }
  // About four chunks per thread even out their speeds without much contention for the counter.
  const size_t chunks = (grains + 4 * threads - 1) / (4 * threads);
  struct region region = {.body = body, .context = context, .count = count, .chunk = grain * chunks};
  cdnn.GOMP_parallel(work, &region, (unsigned)threads, 0);
}
