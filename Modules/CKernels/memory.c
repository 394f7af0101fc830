// The buffer pool: free lists by size class, four classes per power of two, so that at most a fifth of a buffer is
// slack.
#include "ck_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "internal.h"

#define SMALLEST 64
#define CLASSES 240
#define HUGE_PAGE ((size_t)2 << 20)

typedef struct block {
  struct block *next;
} block;

static struct {
  pthread_mutex_t lock;
  block *free[CLASSES];
  uint64_t last_use[CLASSES];
  uint64_t clock;
  size_t cache_limit;
  struct ck_memory_statistics counters;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .cache_limit = (size_t)1 << 30};

// Class 4 k + j holds buffers of (4 + j) 2^k / 4 times the smallest size.
CK_INLINE size_t class_size(size_t index) {
  return ((SMALLEST / 4) * (4 + index % 4)) << (index / 4);
}

CK_INLINE size_t class_of(size_t bytes) {
  if (bytes <= SMALLEST) return 0;
  size_t exponent = 63 - (size_t)__builtin_clzll(bytes - 1);
  size_t quarter = ((bytes - 1) >> (exponent - 2)) & 3;
  return (exponent - 6) * 4 + quarter + 1;
}

static void *system_allocate(size_t bytes) {
  void *buffer = NULL;
  size_t rounded = (bytes + SMALLEST - 1) / SMALLEST * SMALLEST;
  if (posix_memalign(&buffer, rounded >= HUGE_PAGE ? HUGE_PAGE : SMALLEST, rounded) != 0) return NULL;
#ifdef MADV_HUGEPAGE
  // Fewer faults on first touch; advice only, so its failure is no error.
  if (rounded >= HUGE_PAGE) madvise(buffer, rounded / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  return buffer;
}

static void free_chain(block *list) {
  while (list) {
    block *next = list->next;
    free(list);
    list = next;
  }
}

// Unlinks cached buffers, those of the class unused for longest first, until `bytes` fit under the limit.
static block *evict(size_t bytes) {
  block *evicted = NULL;
  while (pool.counters.cached_bytes > 0 && pool.counters.cached_bytes + bytes > pool.cache_limit) {
    size_t oldest = CLASSES;
    for (size_t i = 0; i < CLASSES; i++) {
      if (pool.free[i] && (oldest == CLASSES || pool.last_use[i] < pool.last_use[oldest])) oldest = i;
    }
    block *victim = pool.free[oldest];
    pool.free[oldest] = victim->next;
    pool.counters.cached_bytes -= class_size(oldest);
    victim->next = evicted;
    evicted = victim;
  }
  return evicted;
}

void *ck_allocate(size_t bytes) {
  if (bytes > (SIZE_MAX >> 2)) return NULL;
  size_t index = class_of(bytes), size = class_size(index);
  pthread_mutex_lock(&pool.lock);
  block *found = pool.free[index];
  pool.last_use[index] = ++pool.clock;
  pool.counters.requests++;
  if (found) {
    pool.free[index] = found->next;
    pool.counters.cached_bytes -= size;
  } else {
    pool.counters.system_allocations++;
  }
  pool.counters.live_bytes += size;
  if (pool.counters.live_bytes > pool.counters.peak_bytes) pool.counters.peak_bytes = pool.counters.live_bytes;
  pthread_mutex_unlock(&pool.lock);
  if (found) return found;

  void *buffer = system_allocate(size);
  if (!buffer) {
    ck_trim();
    buffer = system_allocate(size);
  }
  if (!buffer) {
    pthread_mutex_lock(&pool.lock);
    pool.counters.live_bytes -= size;
    pthread_mutex_unlock(&pool.lock);
  }
  return buffer;
}

void ck_release(void *buffer, size_t bytes) {
  if (!buffer) return;
  size_t index = class_of(bytes), size = class_size(index);
  block *released = buffer, *evicted;
  pthread_mutex_lock(&pool.lock);
  pool.last_use[index] = ++pool.clock;
  pool.counters.live_bytes -= size;
  evicted = evict(size);
  if (pool.counters.cached_bytes + size <= pool.cache_limit) {
    released->next = pool.free[index];
    pool.free[index] = released;
    pool.counters.cached_bytes += size;
  } else {
    released->next = evicted;
    evicted = released;
  }
  pthread_mutex_unlock(&pool.lock);
  free_chain(evicted);
}

void ck_set_cache_limit(size_t bytes) {
  pthread_mutex_lock(&pool.lock);
  pool.cache_limit = bytes;
  block *evicted = evict(0);
  pthread_mutex_unlock(&pool.lock);
  free_chain(evicted);
}

void ck_trim(void) {
  for (size_t i = 0; i < CLASSES; i++) {
    pthread_mutex_lock(&pool.lock);
    block *list = pool.free[i];
    pool.free[i] = NULL;
    for (block *b = list; b; b = b->next) pool.counters.cached_bytes -= class_size(i);
    pthread_mutex_unlock(&pool.lock);
    free_chain(list);
  }
}

void ck_get_memory_statistics(struct ck_memory_statistics *out) {
  pthread_mutex_lock(&pool.lock);
  *out = pool.counters;
  pthread_mutex_unlock(&pool.lock);
}

void ck_reset_peak(void) {
  pthread_mutex_lock(&pool.lock);
  pool.counters.peak_bytes = pool.counters.live_bytes;
  pthread_mutex_unlock(&pool.lock);
}
