// The OpenMP team that the library runs on, for others, so that one set of threads serves all kernels.
#include <pthread.h>
#include <stdatomic.h>

#include "internal.h"

// After a fork the child has no team, and libgomp would wait for it for ever. A thread that is new there has its own.
static atomic_bool is_forked;
static void forget_team(void) { atomic_store(&is_forked, true); }
static void watch_forks(void) { pthread_atfork(NULL, NULL, forget_team); }
static pthread_once_t once = PTHREAD_ONCE_INIT;

int cdnn_has_team(void) { return cdnn.GOMP_parallel != NULL && cdnn.omp_in_parallel != NULL; }

bool cdnn_can_start_team(void) {
  pthread_once(&once, watch_forks);
  return !cdnn.omp_in_parallel || (!cdnn.omp_in_parallel() && !atomic_load(&is_forked));
}

void cdnn_run_on_team(void (*member)(void *argument), void *argument, int threads) {
  if (threads <= 1 || !cdnn_has_team() || !cdnn_can_start_team()) {
    member(argument);
  } else {
    cdnn.GOMP_parallel(member, argument, (unsigned)threads, 0);
  }
}
