// Counts how often anything in the process asks the C library for memory.
#ifndef MALLOC_COUNTER_H
#define MALLOC_COUNTER_H

#include <stddef.h>

// Calls of malloc, calloc, realloc and the aligned variants so far: of the program and the Swift runtime, and those that
// oneDNN, OpenBLAS, OpenMP and the C++ library that they use make for themselves.
struct malloc_counts {
  size_t own;
  size_t libraries;
};

// Of the whole process. Libraries loaded since the last call are told apart from now on.
struct malloc_counts malloc_counter_values(void);

// Of the calling thread alone, own and libraries' together: what others do at the same time does not count.
size_t malloc_counter_of_this_thread(void);

// 0 where a sanitizer has the allocator to itself, and nothing is counted.
int malloc_counter_works(void);

#endif
