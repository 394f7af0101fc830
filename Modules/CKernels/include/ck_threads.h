// One team of threads for all kernels.
//
// Workers are made when a region first wants them, spin for at most 20 microseconds after a region (the next one of
// the same step usually comes sooner) and then sleep. After a fork the child begins without workers and makes its
// own.
#ifndef CK_THREADS_H
#define CK_THREADS_H

#include <stddef.h>

// Part of a parallel region: items [begin, end).
typedef void (*ck_range_body)(void *context, size_t begin, size_t end);

// Calls `body` on ranges that cover [0, count) exactly once, on at most `max_threads` threads, the caller included.
// Ranges begin at multiples of `grain`. Serial when count <= grain, max_threads <= 1, inside another region, or while
// another thread owns the team: callers never wait for each other. Returns when all ranges are done.
void ck_parallel(size_t count, size_t grain, int max_threads, ck_range_body body, void *context);

// From now on no region that this thread begins has more than `most` threads. Returns what held before: INT_MAX at first.
int ck_limit_threads(int most);

// Calls `member(argument)` on the calling thread and on up to `threads - 1` others at the same time, and returns when
// all calls have returned. The first call does whatever the others do not, so fewer threads than asked for are no
// error.
typedef void (*ck_parallel_runner)(void (*member)(void *argument), void *argument, int threads);

// Runs regions on another team than ours, so that one set of threads serves all kernels of the process; NULL restores
// ours. May be called while regions run: those end on the team that they began with. Whoever brings the team keeps
// its code loaded, and answers for its behaviour after a fork. Still only one region at a time is given to it.
void ck_set_parallel_runner(ck_parallel_runner runner);

// Physical cores this process may use, at least 1: those its affinity allows, and no more than its control group's
// quota of processor time pays for.
int ck_core_count(void);

// The quota of the control groups that `membership` (as /proc/self/cgroup) lists, mounted under `mount` (as
// /sys/fs/cgroup), in processors, rounded up; 0 where there is none.
int ck_quota_cores(const char *membership, const char *mount);

#endif
