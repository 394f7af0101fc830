// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011).
//
// Element i depends on (key0, key1, stream, i) alone: not on n, not on threads, not on the CPU. The cipher's 64-bit
// key is mixed from key0 and key1, its counter is (block index, stream).
#ifndef CK_RANDOM_H
#define CK_RANDOM_H

#include <stddef.h>
#include <stdint.h>

// One block of the cipher, for whoever derives keys: out[4] = Philox4x32-10(counter[4], key[2]).
void ck_philox(const uint32_t *counter, const uint32_t *key, uint32_t *out);

void ck_random_bits(uint64_t key0, uint64_t key1, uint64_t stream, uint32_t *out, size_t n, int threads);

// Uniform in [low, high): 24 random bits (float), 53 (double).
void ck_random_uniform_f32(uint64_t key0, uint64_t key1, uint64_t stream, float low, float high, float *out, size_t n,
                           int threads);
void ck_random_uniform_f64(uint64_t key0, uint64_t key1, uint64_t stream, double low, double high, double *out,
                           size_t n, int threads);

// Normal by Box-Muller.
void ck_random_normal_f32(uint64_t key0, uint64_t key1, uint64_t stream, float mean, float stddev, float *out,
                          size_t n, int threads);
void ck_random_normal_f64(uint64_t key0, uint64_t key1, uint64_t stream, double mean, double stddev, double *out,
                          size_t n, int threads);

// Normal, redrawn beyond two standard deviations.
void ck_random_truncated_normal_f32(uint64_t key0, uint64_t key1, uint64_t stream, float mean, float stddev,
                                    float *out, size_t n, int threads);
void ck_random_truncated_normal_f64(uint64_t key0, uint64_t key1, uint64_t stream, double mean, double stddev,
                                    double *out, size_t n, int threads);

// Integers in [low, high); low < high.
void ck_random_integers_i32(uint64_t key0, uint64_t key1, uint64_t stream, int32_t low, int32_t high, int32_t *out,
                            size_t n, int threads);
void ck_random_integers_i64(uint64_t key0, uint64_t key1, uint64_t stream, int64_t low, int64_t high, int64_t *out,
                            size_t n, int threads);

// A permutation of 0..<n (Fisher-Yates). Element i depends on n as well.
void ck_random_permutation(uint64_t key0, uint64_t key1, uint64_t stream, int64_t *out, size_t n);

#endif
