/* SPDX-License-Identifier: Apache-2.0 */
/* Times functions side by side: warm, taking turns (A B C A B C …), so that a clock that changes or a neighbour that
 * wakes up meets all of them; samples in which another process had the core are taken again while there is time. Before
 * each sample the function runs once without being timed, so that it finds its own data in the caches and not those of
 * the others. */
#ifndef SEPTET_TUNER_MEASURING_TIMING_H
#define SEPTET_TUNER_MEASURING_TIMING_H

#include <stdint.h>

/* What is timed: runs `count` times in a row. */
typedef void TimedFunction(void *data, int64_t count);

typedef struct TimedJob {
    TimedFunction *function;
    void *data;
    double pause_ns; /* before each sample, at most: until the threads of the job before sleep (idle_wait) */
} TimedJob;

enum { TIMING_MAX_SAMPLES = 45, TIMING_LEAST_SAMPLES = 3, TIMING_MAX_JOBS = 4 };

/* How much time is spent. */
typedef struct TimingEffort {
    int samples;             /* <= TIMING_MAX_SAMPLES */
    double warm_up_limit_ns; /* for each job */
    double retake_limit_ns;  /* no sample is taken again when the measurement has lasted so long */
    double give_up_ns; /* when the first TIMING_LEAST_SAMPLES of the first job all are above this: no more; 0: never */
} TimingEffort;

/* Times of one run each, in nanoseconds. A sample is a batch of runs that takes at least 2 ms. */
typedef struct Timing {
    double median_ns, min_ns;
    double spread; /* (largest - smallest) / median of the samples */
    double others; /* share of the samples' time, 0..1, in which the thread did not have the core */
    int count;
    double samples_ns[TIMING_MAX_SAMPLES]; /* in the order in which they were taken */
} Timing;

/* Runs each of `count` jobs until two successive samples agree within 2 % (or the warm-up's limit has passed), then
 * takes turns. out[i] is of jobs[i]. */
void timing_measure(const TimedJob *jobs, int count, TimingEffort effort, Timing *out);

/* Adds the samples of one more measurement of the same job; `all` may be {0}. There is room for TIMING_MAX_SAMPLES, the
 * rest is dropped. */
void timing_append(Timing *all, const Timing *more);

/* The median of a's time / b's over the rounds: neighbours in time are compared. For timings of the same
 * measurements. */
double timing_ratio(const Timing *a, const Timing *b);

enum { TIMING_MAX_CORES = 256 };

/* Cores that threads are kept on, one each. */
typedef struct TimingCores {
    int count;
    int cores[TIMING_MAX_CORES];
} TimingCores;

/* `count` cores that this process may use, the one that it runs on first; all of them when there are fewer. */
TimingCores timing_cores(int count);

/* Keeps the calling thread on a core. Without effect where that is not allowed. */
void timing_pin(int core);

/* Keeps each thread of septet_parallel_for on a core of its own, the calling thread on the first. */
void timing_pin_all(const TimingCores *cores);

#endif
