// Counts how often anything in the process asks the C library for memory.
#ifndef MALLOC_COUNTER_H
#define MALLOC_COUNTER_H

#include <stddef.h>

// Calls of malloc, calloc, realloc and the aligned variants so far.
size_t malloc_counter_value(void);

#endif
