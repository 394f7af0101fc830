// Kernels that move elements without computing. Element sizes are 1, 2, 4 or 8 bytes, ranks at most 8.
#ifndef CK_MOVEMENT_H
#define CK_MOVEMENT_H

#include <stddef.h>
#include <stdint.h>

// Axis i of y is axis permutation[i] of x; dims are those of x.
void ck_transpose(const void *x, void *y, const size_t *dims, const size_t *permutation, int rank, size_t element_size,
                  int threads);

// y[outer, index_count, inner] = table[outer, indices, inner], with inner_bytes bytes per row. 0 <= index <
// axis_size.
void ck_gather(const void *table, const int64_t *indices, void *y, size_t outer, size_t axis_size, size_t inner_bytes,
               size_t index_count, int threads);

// y[outer, indices[k], inner] += updates[outer, k, inner], in the order of k. y[outer, axis_size, inner] is not
// cleared.
void ck_scatter_add_f32(const int64_t *indices, const float *updates, float *y, size_t outer, size_t axis_size,
                        size_t inner, size_t index_count, int threads);
void ck_scatter_add_f64(const int64_t *indices, const double *updates, double *y, size_t outer, size_t axis_size,
                        size_t inner, size_t index_count, int threads);
void ck_scatter_add_i32(const int64_t *indices, const int32_t *updates, int32_t *y, size_t outer, size_t axis_size,
                        size_t inner, size_t index_count, int threads);
void ck_scatter_add_i64(const int64_t *indices, const int64_t *updates, int64_t *y, size_t outer, size_t axis_size,
                        size_t inner, size_t index_count, int threads);

// Copies x[dims] into y[out_dims] at offset `before`; everything else becomes *fill.
void ck_pad(const void *x, void *y, const size_t *dims, const size_t *before, const size_t *out_dims, int rank,
            size_t element_size, const void *fill, int threads);

// y[out_dims][i...] = x[dims][begin + i step...]; steps may be negative.
void ck_strided_slice(const void *x, void *y, const size_t *dims, const ptrdiff_t *begin, const ptrdiff_t *step,
                      const size_t *out_dims, int rank, size_t element_size, int threads);

// The reverse: y[out_dims][begin + i step...] = x[dims][i...]; the rest of y is left as it is (cleared by the
// caller).
void ck_strided_slice_scatter(const void *x, void *y, const size_t *dims, const ptrdiff_t *begin,
                              const ptrdiff_t *step, const size_t *out_dims, int rank, size_t element_size,
                              int threads);

// Every element of y becomes *value.
void ck_fill(void *y, size_t n, size_t element_size, const void *value, int threads);

// Copies rows of row_bytes between buffers with different row pitches (concatenate, split).
void ck_copy_rows(const void *x, size_t x_pitch_bytes, void *y, size_t y_pitch_bytes, size_t row_bytes, size_t rows,
                  int threads);

// y[n, classes] = *on where the column is indices[n], else *off. An index outside 0..<classes gives a row of *off.
void ck_one_hot(const int64_t *indices, void *y, size_t n, size_t classes, size_t element_size, const void *on,
                const void *off, int threads);

// y[i] = start + i step.
void ck_range_f32(float start, float step, float *y, size_t n, int threads);
void ck_range_f64(double start, double step, double *y, size_t n, int threads);
void ck_range_i32(int32_t start, int32_t step, int32_t *y, size_t n, int threads);
void ck_range_i64(int64_t start, int64_t step, int64_t *y, size_t n, int threads);

#endif
