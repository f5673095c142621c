/* SPDX-License-Identifier: Apache-2.0 */
/* The multiply-add loop of architectures without one of their own: vectors of 128 bits, contracted to fused
 * multiply-adds where there are any. A core with wider vectors does better than this says. */
#include "tuner/measuring/fma_peak.h"

#include <stddef.h>

enum { LANES = 4, CHAINS = 16, UNROLL = 4 };

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));

static float run_loop(int64_t iterations) {
    volatile float source[2] = {0.999f, 0.001f}; /* unknown, so that no chain can be folded */
    Vector factor = source[0] - (Vector){0}, summand = source[1] - (Vector){0}, chains[CHAINS] = {{0}};
    for (int64_t n = 0; n < iterations; n++) {
        _Pragma("GCC unroll 4") for (int u = 0; u < UNROLL; u++) {
            _Pragma("GCC unroll 16") for (int i = 0; i < CHAINS; i++) chains[i] = chains[i] * factor + summand;
        }
    }
    Vector all = {0};
    for (int i = 0; i < CHAINS; i++) all += chains[i];
    return all[0] + all[1] + all[2] + all[3];
}

FmaPeak fma_peak(const Target *target) {
    return (FmaPeak){run_loop, 2.0 * CHAINS * UNROLL * LANES, target->fma ? "128-bit fma" : "128-bit mul + add"};
}
