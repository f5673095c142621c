/* SPDX-License-Identifier: Apache-2.0 */
/* Times a function next to a yardstick: pinned to one core, warm, the two taking turns, so that a clock that changes or
 * a neighbour that wakes up meets both; samples in which another process had the core are taken again. */
#ifndef SEPTET_BENCH_TIMING_H
#define SEPTET_BENCH_TIMING_H

#include <stdint.h>

/* What is timed: runs `count` times in a row. */
typedef void TimedFunction(void *data, int64_t count);

enum { TIMING_SAMPLES = 11 };

/* Times of one run each, in nanoseconds. A sample is a batch of runs that takes at least 2 ms. */
typedef struct Timing {
    double median_ns, min_ns;
    double spread;          /* (largest - smallest) / median of the samples */
    double yardstick_ns;    /* median time of one run of the yardstick */
    double yardstick_ratio; /* median over the samples of (yardstick's time / function's time), neighbours in time */
} Timing;

/* Runs both until two successive samples agree within 2 % (or two seconds have passed), then takes turns for
 * TIMING_SAMPLES samples of each. */
Timing timing_measure(TimedFunction *function, void *data, TimedFunction *yardstick, void *yardstick_data);

/* Keeps the calling thread on the core that it runs on now. Without effect where that is not allowed. */
void timing_pin(void);

#endif
