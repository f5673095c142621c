/* SPDX-License-Identifier: Apache-2.0 */
/* Reproducible random numbers: the same seed gives the same sequence on every machine. SplitMix64 (Steele, Lea, Flood,
 * "Fast splittable pseudorandom number generators", OOPSLA 2014), whose state is one number. */
#ifndef SEPTET_BASE_RANDOM_H
#define SEPTET_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Random {
    uint64_t state;
} Random;

/* A generator for (seed, stream): different streams of one seed do not resemble each other. */
Random random_new(uint64_t seed, uint64_t stream);

/* 64 random bits. */
uint64_t random_bits(Random *random);

/* A whole number in lo..hi, both included; lo <= hi and hi - lo < 2^32. */
int64_t random_integer(Random *random, int64_t lo, int64_t hi);

/* True once in `n` times. */
bool random_once_in(Random *random, int64_t n);

/* A number in [0, 1); one from the standard normal distribution. */
double random_uniform(Random *random);
double random_normal(Random *random);

#endif
