// Recycled, 64-byte aligned buffers.
#ifndef CK_MEMORY_H
#define CK_MEMORY_H

#include <stddef.h>
#include <stdint.h>

// What the pool did since the process started; byte counts are of whole size classes.
struct ck_memory_statistics {
  uint64_t live_bytes;         // handed out and not yet released
  uint64_t peak_bytes;         // the largest live_bytes so far
  uint64_t cached_bytes;       // released and kept for reuse
  uint64_t system_allocations; // requests that had to go to the system
  uint64_t requests;           // all calls of ck_allocate
};

// Uninitialised memory, 64-byte aligned. Null when the system has none left.
void *ck_allocate(size_t bytes);

// Gives a buffer back. `bytes` must be the size it was allocated with. Null is ignored.
void ck_release(void *buffer, size_t bytes);

// Limits what released buffers may hold (1 GiB unless set); classes unused for longest go first, and a buffer larger
// than the limit is never kept.
void ck_set_cache_limit(size_t bytes);

// Returns every cached buffer to the system. Those of 2 MiB and more are whole mappings, whose pages are free at
// once.
void ck_trim(void);

void ck_get_memory_statistics(struct ck_memory_statistics *out);

// Starts a new peak at what is live now.
void ck_reset_peak(void);

#endif
