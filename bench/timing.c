/* SPDX-License-Identifier: Apache-2.0 */
/* Samples, medians, turns. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "bench/timing.h"

#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

static const double sample_ns = 2e6, warm_up_limit_ns = 2e9, warm_agreement = 0.02;

/* A sample is spoilt when the thread had the core for less than this share of it, and is then taken again. */
static const double least_share = 0.99;
enum { MAX_REPETITIONS = 30 };

static double read_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static double now_ns(void) {
    return read_ns(CLOCK_MONOTONIC);
}

void timing_pin(void) {
    int core = sched_getcpu();
    if (core < 0) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* A function with the number of runs that make a sample. */
typedef struct Timed {
    TimedFunction *function;
    void *data;
    int64_t count;
} Timed;

/* Time of one run, from one sample. Yields first, so that it starts with a fresh time slice. */
static double sample_once(const Timed *timed, bool *spoilt) {
    sched_yield();
    double start = now_ns(), core_start = read_ns(CLOCK_THREAD_CPUTIME_ID);
    timed->function(timed->data, timed->count);
    double elapsed = now_ns() - start, on_core = read_ns(CLOCK_THREAD_CPUTIME_ID) - core_start;
    *spoilt = on_core < least_share * elapsed;
    return elapsed / (double)timed->count;
}

static double sample(const Timed *timed) {
    bool spoilt;
    double run_ns = sample_once(timed, &spoilt);
    for (int i = 0; spoilt && i < MAX_REPETITIONS; i++) run_ns = sample_once(timed, &spoilt);
    return run_ns;
}

/* Finds the count, and stays until two samples agree. */
static void warm_up(Timed *timed) {
    double start = now_ns(), before = 0;
    timed->count = 1;
    for (;;) {
        double run_ns = sample(timed);
        if (now_ns() - start > warm_up_limit_ns) return;
        if (run_ns * (double)timed->count < sample_ns) {
            timed->count = (int64_t)fmax(ceil(1.2 * sample_ns / run_ns), (double)timed->count + 1);
        } else if (fabs(run_ns - before) <= warm_agreement * run_ns) {
            return;
        }
        before = run_ns;
    }
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values) {
    qsort(values, TIMING_SAMPLES, sizeof values[0], compare);
    return values[TIMING_SAMPLES / 2];
}

Timing timing_measure(TimedFunction *function, void *data, TimedFunction *yardstick, void *yardstick_data) {
    Timed timed = {.function = function, .data = data}, stick = {.function = yardstick, .data = yardstick_data};
    double times[TIMING_SAMPLES], sticks[TIMING_SAMPLES], ratios[TIMING_SAMPLES];
    warm_up(&stick);
    warm_up(&timed);
    for (int i = 0; i < TIMING_SAMPLES; i++) {
        sticks[i] = sample(&stick);
        times[i] = sample(&timed);
        ratios[i] = sticks[i] / times[i];
    }
    Timing timing = {.median_ns = median(times), .yardstick_ns = median(sticks), .yardstick_ratio = median(ratios)};
    timing.min_ns = times[0]; /* sorted now */
    timing.spread = (times[TIMING_SAMPLES - 1] - times[0]) / timing.median_ns;
    return timing;
}
