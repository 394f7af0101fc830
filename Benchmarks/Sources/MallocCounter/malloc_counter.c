// The program's own allocator functions, which take the place of glibc's for every library in the process, count and
// call glibc's by their other names.
#define _GNU_SOURCE
#include "malloc_counter.h"

#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define MOST_RANGES 16

static atomic_size_t own, libraries;
static _Thread_local size_t here;

// The code of the libraries: who calls from there asks for a library. Written before `range_count` says so.
static struct {
  uintptr_t start, end;
} ranges[MOST_RANGES];
static atomic_size_t range_count;

static int add_ranges(struct dl_phdr_info *library, size_t size, void *context) {
  (void)size;
  static const char *const names[] = {"libdnnl", "libopenblas", "libgomp", "libstdc++"};
  size_t *count = context;
  for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
    if (!strstr(library->dlpi_name, names[n])) continue;
    for (int i = 0; i < library->dlpi_phnum && *count < MOST_RANGES; i++) {
      const ElfW(Phdr) *part = &library->dlpi_phdr[i];
      if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
      ranges[*count].start = library->dlpi_addr + part->p_vaddr;
      ranges[*count].end = ranges[*count].start + part->p_memsz;
      ++*count;
    }
  }
  return 0;
}

struct malloc_counts malloc_counter_values(void) {
  size_t count = 0;
  dl_iterate_phdr(add_ranges, &count);
  atomic_store_explicit(&range_count, count, memory_order_release);
  struct malloc_counts counts;
  counts.own = atomic_load_explicit(&own, memory_order_relaxed);
  counts.libraries = atomic_load_explicit(&libraries, memory_order_relaxed);
  return counts;
}

size_t malloc_counter_of_this_thread(void) { return here; }

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HANDS_OFF
#endif
#endif

#ifdef HANDS_OFF

int malloc_counter_works(void) { return 0; }

#else

int malloc_counter_works(void) { return 1; }

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);

static void count(const void *caller) {
  here++;
  uintptr_t place = (uintptr_t)caller;
  size_t known = atomic_load_explicit(&range_count, memory_order_acquire);
  for (size_t i = 0; i < known; i++) {
    if (place < ranges[i].start || place >= ranges[i].end) continue;
    atomic_fetch_add_explicit(&libraries, 1, memory_order_relaxed);
    return;
  }
  atomic_fetch_add_explicit(&own, 1, memory_order_relaxed);
}

void *malloc(size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_calloc(number, bytes);
}

void *realloc(void *old, size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_realloc(old, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  count(__builtin_return_address(0));
  void *memory = __libc_memalign(alignment, bytes);
  if (!memory) return ENOMEM;
  *result = memory;
  return 0;
}

#endif
