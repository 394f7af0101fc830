// The OpenMP team that the library runs on, for others, so that one set of threads serves all kernels.
#include "internal.h"

int cdnn_has_team(void) { return cdnn.GOMP_parallel != NULL && cdnn.omp_in_parallel != NULL; }

void cdnn_run_on_team(void (*member)(void *argument), void *argument, int threads) {
  if (threads <= 1 || !cdnn_has_team() || cdnn.omp_in_parallel()) {
    member(argument);
  } else {
    cdnn.GOMP_parallel(member, argument, (unsigned)threads, 0);
  }
}
