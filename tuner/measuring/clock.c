/* SPDX-License-Identifier: Apache-2.0 */
/* Additions of a register, since some cores do those of a constant while they rename registers, in no time. */
#include "tuner/measuring/clock.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

enum { CHAIN = 64, ROUNDS = 500, TRIES = 5 };

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

/* The barrier keeps the compiler from adding up in advance. */
static uint64_t add_up(uint64_t sum, uint64_t summand) {
    for (int round = 0; round < ROUNDS; round++) {
        _Pragma("GCC unroll 64") for (int i = 0; i < CHAIN; i++) {
            sum += summand;
            __asm__ volatile("" : "+r"(sum));
        }
    }
    return sum;
}

double clock_estimate_ghz(void) {
    volatile uint64_t source = 3, sum = 0;
    double shortest_ns = INFINITY;
    for (int i = 0; i < TRIES; i++) {
        double start = now_ns();
        sum = add_up(sum, source);
        shortest_ns = fmin(shortest_ns, now_ns() - start);
    }
    return shortest_ns > 0 ? (double)CHAIN * ROUNDS / shortest_ns : NAN;
}
