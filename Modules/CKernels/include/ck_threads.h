// One team of threads for all kernels.
#ifndef CK_THREADS_H
#define CK_THREADS_H

#include <stddef.h>

// Part of a parallel region: items [begin, end).
typedef void (*ck_range_body)(void *context, size_t begin, size_t end);

// Calls `body` on ranges that cover [0, count) exactly once, on at most `max_threads` threads, the caller included.
// Ranges begin at multiples of `grain`. Serial when count <= grain, max_threads <= 1, inside another region, or while
// another thread owns the team. Returns when all ranges are done.
void ck_parallel(size_t count, size_t grain, int max_threads, ck_range_body body, void *context);

// Physical cores this process may run on, at least 1.
int ck_core_count(void);

#endif
