/* SPDX-License-Identifier: Apache-2.0 */
/* Samples, medians, turns. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "tuner/measuring/timing.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "runtime/septet_rt.h"
#include "tuner/measuring/idle.h"

static const double sample_ns = 2e6, warm_agreement = 0.02;

/* A sample is spoilt when the calling thread had the core for less than this share of it, or when any thread was taken
 * off its core. It is then taken again. */
static const double least_share = 0.99;

/* How often threads of this process lost their core to others. */
static long count_preemptions(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw : 0;
}

static double read_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static double now_ns(void) {
    return read_ns(CLOCK_MONOTONIC);
}

TimingCores timing_cores(int count) {
    cpu_set_t allowed;
    int first = sched_getcpu();
    TimingCores cores = {.count = 0};
    if (first < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return cores;
    for (int i = 0; i < CPU_SETSIZE && cores.count < count && cores.count < TIMING_MAX_CORES; i++) {
        int core = (first + i) % CPU_SETSIZE;
        if (CPU_ISSET((size_t)core, &allowed)) cores.cores[cores.count++] = core;
    }
    return cores;
}

void timing_pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    sched_setaffinity(0, sizeof set, &set);
}

typedef struct Pinning {
    const TimingCores *cores;
    atomic_int arrived;
} Pinning;

/* Waits for the others: so each task has a thread of its own. */
static void pin_worker(void *closure, size_t task, size_t worker) {
    (void)task;
    Pinning *pinning = closure;
    timing_pin(pinning->cores->cores[worker]);
    atomic_fetch_add(&pinning->arrived, 1);
    while (atomic_load(&pinning->arrived) < pinning->cores->count) sched_yield();
}

void timing_pin_all(const TimingCores *cores) {
    Pinning pinning = {.cores = cores};
    if (cores->count > 0) septet_parallel_for((size_t)cores->count, (size_t)cores->count, pin_worker, &pinning);
}

/* A job with the number of runs that make a sample. */
typedef struct Timed {
    TimedJob job;
    int64_t count;
    double retake_end_ns;          /* on the clock of now_ns */
    double elapsed_ns, on_core_ns; /* of the sample that was taken last */
} Timed;

/* Waits for other threads, or only yields, so that the sample starts with a fresh time slice. */
static void rest(double pause_ns) {
    if (pause_ns > 0) {
        idle_wait(pause_ns);
    } else {
        sched_yield();
    }
}

/* Time of one run, from one sample. */
static double sample_once(Timed *timed, bool *spoilt) {
    rest(timed->job.pause_ns);
    timed->job.function(timed->job.data, 1);
    long preemptions = count_preemptions();
    double start = now_ns(), core_start = read_ns(CLOCK_THREAD_CPUTIME_ID);
    timed->job.function(timed->job.data, timed->count);
    timed->elapsed_ns = now_ns() - start;
    timed->on_core_ns = read_ns(CLOCK_THREAD_CPUTIME_ID) - core_start;
    *spoilt = timed->on_core_ns < least_share * timed->elapsed_ns || count_preemptions() != preemptions;
    return timed->elapsed_ns / (double)timed->count;
}

static double sample(Timed *timed) {
    bool spoilt;
    double run_ns = sample_once(timed, &spoilt);
    while (spoilt && now_ns() < timed->retake_end_ns) run_ns = sample_once(timed, &spoilt);
    return run_ns;
}

/* Finds the count, and stays until two samples agree. */
static void warm_up(Timed *timed, double limit_ns) {
    double start = now_ns(), before = 0;
    timed->count = 1;
    for (;;) {
        double run_ns = sample(timed);
        if (run_ns * (double)timed->count < sample_ns) {
            timed->count = (int64_t)fmax(ceil(1.2 * sample_ns / run_ns), (double)timed->count + 1);
        } else if (now_ns() - start > limit_ns || fabs(run_ns - before) <= warm_agreement * run_ns) {
            return;
        }
        before = run_ns;
    }
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort(double *values, int count) {
    qsort(values, (size_t)count, sizeof values[0], compare);
}

static void summarize(Timing *timing) {
    double sorted[TIMING_MAX_SAMPLES];
    memcpy(sorted, timing->samples_ns, sizeof sorted);
    sort(sorted, timing->count);
    timing->median_ns = sorted[timing->count / 2];
    timing->min_ns = sorted[0];
    timing->spread = (sorted[timing->count - 1] - sorted[0]) / timing->median_ns;
}

/* Was the first job, in all rounds so far, too slow to be of interest? */
static bool is_hopeless(const Timing *first, int rounds, double give_up_ns) {
    double fastest = INFINITY;
    for (int i = 0; i < rounds; i++) fastest = fmin(fastest, first->samples_ns[i]);
    return rounds >= TIMING_LEAST_SAMPLES && give_up_ns > 0 && fastest > give_up_ns;
}

void timing_measure(const TimedJob *jobs, int count, TimingEffort effort, Timing *out) {
    Timed timed[TIMING_MAX_JOBS];
    double elapsed_ns[TIMING_MAX_JOBS] = {0}, on_core_ns[TIMING_MAX_JOBS] = {0};
    double retake_end_ns = now_ns() + effort.retake_limit_ns;
    for (int i = 0; i < count; i++) {
        timed[i] = (Timed){.job = jobs[i], .retake_end_ns = retake_end_ns};
        warm_up(&timed[i], effort.warm_up_limit_ns);
    }
    int rounds = 0;
    for (; rounds < effort.samples && !is_hopeless(&out[0], rounds, effort.give_up_ns); rounds++) {
        for (int i = 0; i < count; i++) {
            out[i].samples_ns[rounds] = sample(&timed[i]);
            elapsed_ns[i] += timed[i].elapsed_ns;
            on_core_ns[i] += timed[i].on_core_ns;
        }
    }
    for (int i = 0; i < count; i++) {
        out[i].count = rounds;
        out[i].others = fmax(0, 1 - on_core_ns[i] / elapsed_ns[i]);
        summarize(&out[i]);
    }
}

void timing_append(Timing *all, const Timing *more) {
    int before = all->count, added = TIMING_MAX_SAMPLES - before;
    if (added > more->count) added = more->count;
    if (added <= 0) return;
    memcpy(&all->samples_ns[before], more->samples_ns, (size_t)added * sizeof more->samples_ns[0]);
    all->count = before + added;
    all->others = (all->others * (double)before + more->others * (double)added) / (double)all->count;
    summarize(all);
}

double timing_ratio(const Timing *a, const Timing *b) {
    double ratios[TIMING_MAX_SAMPLES];
    for (int i = 0; i < a->count; i++) ratios[i] = a->samples_ns[i] / b->samples_ns[i];
    sort(ratios, a->count);
    return ratios[a->count / 2];
}
