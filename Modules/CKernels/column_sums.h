// The sums over rows that ck_reduce gives, block by block, for kernels that have just written the rows.
#ifndef CK_COLUMN_SUMS_H
#define CK_COLUMN_SUMS_H

#include "internal.h"

// How many rows of `columns` values ck_reduce takes for a block.
size_t ck_sum_block_rows(size_t columns);

// partial[0..<columns] = what a block of at most that many rows adds to each column's sum: adding up the blocks' partials
// in order, from zero, gives the bits of ck_reduce.
void ck_sum_block_f32(const float *x, size_t rows, size_t columns, double *partial);
void ck_sum_block_f64(const double *x, size_t rows, size_t columns, double *partial);

#endif
