/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of loads of architectures without one of their own: vectors of 128 bits into independent chains of `or`. */
#include "tuner/measuring/read_loop.h"

#include <stddef.h>

enum { CHAINS = 8, WORDS = 4 };

typedef uint32_t Vector __attribute__((vector_size(WORDS * sizeof(uint32_t))));

enum { STEP = READ_LOOP_STEP_BYTES / sizeof(Vector) };

static uint32_t run_loop(const void *data, int64_t bytes, int64_t passes) {
    Vector chains[CHAINS] = {{0}}, all = {0};
    for (int64_t pass = 0; pass < passes; pass++) {
        const Vector *next = data;
        for (const Vector *end = next + bytes / (int64_t)sizeof(Vector); next < end; next += STEP) {
            _Pragma("GCC unroll 32") for (int i = 0; i < STEP; i++) chains[i % CHAINS] |= next[i];
        }
        __asm__ volatile("" ::: "memory"); /* each pass reads anew */
    }
    for (int i = 0; i < CHAINS; i++) all |= chains[i];
    return all[0] | all[1] | all[2] | all[3];
}

ReadLoop *read_loop(const Target *target) {
    (void)target;
    return run_loop;
}
