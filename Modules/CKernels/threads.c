// The thread team. Workers are helpers, never required: the caller claims chunks until none is left, closes the
// region and waits only for workers that already joined. A worker that the scheduler wakes late finds the region
// closed.
//
// A runner set by `ck_set_parallel_runner` replaces the workers, nothing else: the same chunks are claimed from the
// same counter, by whichever threads the runner brings.
#include "ck_threads.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

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

struct region {
  ck_range_body body;
  void *context;
  size_t count, chunk;
  _Alignas(64) atomic_size_t next;
};

static struct {
  atomic_bool busy;
  atomic_uint_fast64_t state;
  atomic_int sleepers;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  int workers;
  atomic_uint places;  // atomic because a late worker may look while the next region is set up
  struct region region;  // written by its owner before state opens it
} team = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static _Atomic(ck_parallel_runner) runner;

static _Thread_local bool inside_region;
static _Thread_local int most_threads = INT_MAX;

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

static void claim_chunks(struct region *region) {
  ck_range_body body = region->body;
  void *context = region->context;
  size_t count = region->count, chunk = region->chunk;
  for (;;) {
    size_t begin = atomic_fetch_add_explicit(&region->next, chunk, memory_order_relaxed);
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
    claim_chunks(&team.region);
    atomic_fetch_sub(&team.state, INSIDE);
  }
  return NULL;
}

// In the child of a fork there are no workers, and no thread but the one that forked, which owns no region.
static void forget_workers(void) {
  pthread_mutex_init(&team.lock, NULL);
  pthread_cond_init(&team.wake, NULL);
  atomic_store(&team.sleepers, 0);
  atomic_store(&team.state, 0);
  team.workers = 0;
  inside_region = false;
  atomic_store(&team.busy, false);
}

// Called by the owner of the team. Fewer workers than wanted is no error: the caller does their share.
static void hire(int wanted) {
  static bool prepared_for_fork;
  if (!prepared_for_fork) prepared_for_fork = pthread_atfork(NULL, NULL, forget_workers) == 0;
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

static void run_on_team(struct region *region, int helpers) {
  if (team.workers < helpers) hire(helpers);
  team.region.body = region->body;
  team.region.context = region->context;
  team.region.count = region->count;
  team.region.chunk = region->chunk;
  atomic_store(&team.places, (unsigned)helpers);
  atomic_store(&team.region.next, 0);
  uint64_t number = (REGION_OF(atomic_load(&team.state)) + 1) & (UINT64_MAX >> 33);
  atomic_store(&team.state, number * REGION | OPEN);
  wake_workers(helpers);
  claim_chunks(&team.region);
  atomic_fetch_and(&team.state, ~OPEN);
  await_workers();
}

static void runner_member(void *argument) {
  bool outer = inside_region;
  inside_region = true;
  claim_chunks(argument);
  inside_region = outer;
}

void ck_set_parallel_runner(ck_parallel_runner new_runner) { atomic_store(&runner, new_runner); }

int ck_limit_threads(int most) {
  int before = most_threads;
  most_threads = most;
  return before;
}

void ck_parallel(size_t count, size_t grain, int max_threads, ck_range_body body, void *context) {
  if (count == 0) return;
  if (grain == 0) grain = 1;
  if (max_threads > most_threads) max_threads = most_threads;
  if (count <= grain || max_threads <= 1 || inside_region || atomic_exchange(&team.busy, true)) {
    body(context, 0, count);
    return;
  }
  size_t grains = (count + grain - 1) / grain;
  int helpers = max_threads - 1 > MOST_WORKERS ? MOST_WORKERS : max_threads - 1;
  if ((size_t)helpers > grains - 1) helpers = (int)(grains - 1);
  // About four chunks per thread even out their speeds without much contention for the counter.
  size_t chunks = 4 * ((size_t)helpers + 1);
  struct region region = {.body = body, .context = context, .count = count};
  region.chunk = grain * ck_max_size(1, (grains + chunks - 1) / chunks);

  inside_region = true;
  ck_parallel_runner run = atomic_load(&runner);
  if (run) {
    run(runner_member, &region, helpers + 1);
  } else {
    run_on_team(&region, helpers);
  }
  inside_region = false;
  atomic_store(&team.busy, false);
}
