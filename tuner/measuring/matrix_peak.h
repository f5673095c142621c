/* SPDX-License-Identifier: Apache-2.0 */
/* The measuring stick of matrix units: a loop of nothing but products of tiles. One file an architecture; CMake chooses
 * it. */
#ifndef SEPTET_TUNER_MEASURING_MATRIX_PEAK_H
#define SEPTET_TUNER_MEASURING_MATRIX_PEAK_H

#include <stdint.h>

/* Runs `iterations` of the loop on bf16 numbers; a thread that may not use the unit is ended by a signal. */
typedef void MatrixPeakLoop(int64_t iterations);

typedef struct MatrixPeak {
    MatrixPeakLoop *loop; /* NULL: this machine has no such unit, or the system does not let us use it */
    double flops_per_iteration;
} MatrixPeak;

/* Asks the system for the unit. */
MatrixPeak matrix_peak(void);

#endif
