/* SPDX-License-Identifier: Apache-2.0 */
/* The measuring stick of kernels: a loop of nothing but multiply-adds on registers, of the widest kind that a target
 * has. One file an architecture; CMake chooses it. */
#ifndef SEPTET_TUNER_MEASURING_FMA_PEAK_H
#define SEPTET_TUNER_MEASURING_FMA_PEAK_H

#include <stdint.h>

#include "targets/target.h"

/* Runs `iterations` of the loop; returns a number that depends on every result, so that nothing can be left out. */
typedef float FmaPeakLoop(int64_t iterations);

typedef struct FmaPeak {
    FmaPeakLoop *loop;
    double flops_per_iteration;
    const char *description; /* "zmm fma" */
} FmaPeak;

/* The loop for a target, which this machine must be able to run. */
FmaPeak fma_peak(const Target *target);

#endif
