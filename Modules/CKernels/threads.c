// The thread team. Workers are helpers, never required: the caller claims chunks until none is left, closes the
// region and waits only for workers that already joined. A worker that the scheduler wakes late finds the region
// closed.
#include "ck_threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define MOST_WORKERS 255
#define SPIN_NANOSECONDS 20000

// Fields of team.state: workers inside, workers ever joined, "open" flag, region number.
#define INSIDE ((uint64_t)1)
#define JOINED ((uint64_t)1 << 16)
#define OPEN ((uint64_t)1 << 32)
#define REGION ((uint64_t)1 << 33)
#define INSIDE_OF(state) ((state) & 0xffff)
#define JOINED_OF(state) (((state) >> 16) & 0xffff)
#define REGION_OF(state) ((state) >> 33)

static struct {
  atomic_bool busy;
  atomic_uint_fast64_t state;
  atomic_int sleepers;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  int workers;
  // The open region; written by its owner before state opens it.
  ck_range_body body;
  void *context;
  size_t count, chunk;
  atomic_uint places;  // atomic because a late worker may look while the next region is set up
  _Alignas(64) atomic_size_t next;
} team = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static _Thread_local bool inside_region;

CK_INLINE void pause_core(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void claim_chunks(void) {
  ck_range_body body = team.body;
  void *context = team.context;
  size_t count = team.count, chunk = team.chunk;
  for (;;) {
    size_t begin = atomic_fetch_add_explicit(&team.next, chunk, memory_order_relaxed);
    if (begin >= count) return;
    body(context, begin, ck_min_size(begin + chunk, count));
  }
}

static bool is_new(uint64_t state, uint64_t last_region) { return (state & OPEN) && REGION_OF(state) != last_region; }

// The state of a region not seen before: after a short spin, asleep.
static uint64_t await_region(uint64_t last_region) {
  int64_t deadline = now() + SPIN_NANOSECONDS;
  uint64_t state;
  do {
    for (int i = 0; i < 16; i++) {
      state = atomic_load(&team.state);
      if (is_new(state, last_region)) return state;
      pause_core();
    }
  } while (now() < deadline);
  pthread_mutex_lock(&team.lock);
  atomic_fetch_add(&team.sleepers, 1);
  while (!is_new(state = atomic_load(&team.state), last_region)) pthread_cond_wait(&team.wake, &team.lock);
  atomic_fetch_sub(&team.sleepers, 1);
  pthread_mutex_unlock(&team.lock);
  return state;
}

static void *worker(void *unused) {
  (void)unused;
  inside_region = true;
  uint64_t last_region = 0;
  for (;;) {
    uint64_t state = await_region(last_region);
    last_region = REGION_OF(state);
    bool joined = false;
    while ((state & OPEN) && REGION_OF(state) == last_region && JOINED_OF(state) < atomic_load(&team.places)) {
      joined = atomic_compare_exchange_weak(&team.state, &state, state + INSIDE + JOINED);
      if (joined) break;
    }
    if (!joined) continue;
    claim_chunks();
    atomic_fetch_sub(&team.state, INSIDE);
  }
  return NULL;
}

// Called by the owner of the team. Fewer workers than wanted is no error: the caller does their share.
static void hire(int wanted) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  while (team.workers < wanted) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, worker, NULL) != 0) break;
    pthread_detach(thread);
    team.workers++;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void wake_workers(int wanted) {
  int asleep = atomic_load(&team.sleepers);
  if (asleep == 0) return;
  // Taking the lock closes the gap between a worker's last look at the state and its sleep.
  pthread_mutex_lock(&team.lock);
  pthread_mutex_unlock(&team.lock);
  if (asleep <= wanted) {
    pthread_cond_broadcast(&team.wake);
  } else {
    for (int i = 0; i < wanted; i++) pthread_cond_signal(&team.wake);
  }
}

static void await_workers(void) {
  for (int spins = 0; INSIDE_OF(atomic_load(&team.state)) != 0; spins++) {
    if (spins < 1000) {
      pause_core();
    } else {
      sched_yield();
    }
  }
}

void ck_parallel(size_t count, size_t grain, int max_threads, ck_range_body body, void *context) {
  if (count == 0) return;
  if (grain == 0) grain = 1;
  if (count <= grain || max_threads <= 1 || inside_region || atomic_exchange(&team.busy, true)) {
    body(context, 0, count);
    return;
  }
  size_t grains = (count + grain - 1) / grain;
  int helpers = max_threads - 1 > MOST_WORKERS ? MOST_WORKERS : max_threads - 1;
  if ((size_t)helpers > grains - 1) helpers = (int)(grains - 1);
  if (team.workers < helpers) hire(helpers);

  inside_region = true;
  team.body = body;
  team.context = context;
  team.count = count;
  // About four chunks per thread even out their speeds without much contention for the counter.
  size_t chunks = 4 * ((size_t)helpers + 1);
  team.chunk = grain * ck_max_size(1, (grains + chunks - 1) / chunks);
  atomic_store(&team.places, (unsigned)helpers);
  atomic_store(&team.next, 0);
  uint64_t region = (REGION_OF(atomic_load(&team.state)) + 1) & (UINT64_MAX >> 33);
  atomic_store(&team.state, region * REGION | OPEN);
  wake_workers(helpers);
  claim_chunks();
  atomic_fetch_and(&team.state, ~OPEN);
  await_workers();
  inside_region = false;
  atomic_store(&team.busy, false);
}

// The first thread of the core that `cpu` belongs to, or `cpu` itself where the system does not tell.
static int first_sibling(int cpu) {
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
  FILE *file = fopen(path, "r");
  int first = cpu;
  if (file) {
    if (fscanf(file, "%d", &first) != 1) first = cpu;
    fclose(file);
  }
  return first;
}

static int count_cores(void) {
#ifdef __linux__
  cpu_set_t allowed, cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      int first = first_sibling(cpu);
      CPU_SET(first >= 0 && first < CPU_SETSIZE ? first : cpu, &cores);
    }
    int count = CPU_COUNT(&cores);
    return count > 0 ? count : 1;
  }
#endif
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int)count : 1;
}

static int core_count;
static pthread_once_t core_count_once = PTHREAD_ONCE_INIT;
static void set_core_count(void) { core_count = count_cores(); }

int ck_core_count(void) {
  pthread_once(&core_count_once, set_core_count);
  return core_count;
}
