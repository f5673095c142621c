/* SPDX-License-Identifier: Apache-2.0 */
/* SplitMix64, and what is drawn from it. */
#include "base/random.h"

#include <assert.h>
#include <math.h>

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

Random random_new(uint64_t seed, uint64_t stream) {
    return (Random){mix(seed) ^ mix(~stream)};
}

uint64_t random_bits(Random *random) {
    random->state += UINT64_C(0x9E3779B97F4A7C15);
    return mix(random->state);
}

int64_t random_integer(Random *random, int64_t lo, int64_t hi) {
    uint64_t count = (uint64_t)(hi - lo) + 1;
    assert(lo <= hi && count <= UINT64_C(1) << 32);
    /* The high half scaled to the range: a bias of at most count / 2^32. */
    return lo + (int64_t)(((random_bits(random) >> 32) * count) >> 32);
}

bool random_once_in(Random *random, int64_t n) {
    return random_integer(random, 1, n) == 1;
}

double random_uniform(Random *random) {
    return (double)(random_bits(random) >> 11) * 0x1p-53;
}

double random_normal(Random *random) {
    const double two_pi = 6.283185307179586;
    double radius = sqrt(-2 * log(1 - random_uniform(random))); /* Box-Muller; 1 - u is never 0 */
    return radius * cos(two_pi * random_uniform(random));
}
