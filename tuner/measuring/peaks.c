/* SPDX-License-Identifier: Apache-2.0 */
/* Peaks by timing loops, rooflines by division. */
#include "tuner/measuring/peaks.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "tuner/measuring/fma_peak.h"
#include "tuner/measuring/pages.h"
#include "tuner/measuring/read_loop.h"

enum { FMA_ITERATIONS = 1000 };

/* The buffer that is read for L3 is so many times as large as L2, and the one for DRAM as L3. */
enum { L3_OVER_L2 = 8, DRAM_OVER_L3 = 2 };

static const TimingEffort peak_effort = {.samples = 5, .warm_up_limit_ns = 1e8, .retake_limit_ns = 3e8};

static void run_fma(void *data, int64_t count) {
    const Peaks *peaks = data;
    volatile float result = fma_peak(peaks->target).loop(count * FMA_ITERATIONS);
    (void)result;
}

TimedJob peaks_fma_job(Peaks *peaks) {
    return (TimedJob){run_fma, peaks};
}

double peaks_fma_job_flops(const Peaks *peaks) {
    return fma_peak(peaks->target).flops_per_iteration * FMA_ITERATIONS;
}

/* A buffer that is read from its start to its end. */
typedef struct Reading {
    ReadLoop *loop;
    void *data;
    int64_t bytes;
} Reading;

static void run_read(void *data, int64_t count) {
    const Reading *reading = data;
    volatile uint32_t result = reading->loop(reading->data, reading->bytes, count);
    (void)result;
}

static int64_t level_bytes(const Peaks *peaks, MemoryLevel level) {
    int64_t bytes = 0;
    switch (level) {
    case LEVEL_L1: bytes = peaks->cache_bytes[LEVEL_L1] / 2; break;
    case LEVEL_L2: bytes = peaks->cache_bytes[LEVEL_L2] / 2; break;
    case LEVEL_L3: bytes = L3_OVER_L2 * peaks->cache_bytes[LEVEL_L2]; break;
    default: bytes = DRAM_OVER_L3 * peaks->cache_bytes[LEVEL_L3];
    }
    return bytes / READ_LOOP_STEP_BYTES * READ_LOOP_STEP_BYTES;
}

/* The fastest sample counts: it is a limit that is looked for. */
static double fastest_ns(TimedJob job) {
    Timing timing;
    timing_measure(&job, 1, peak_effort, &timing);
    return timing.min_ns;
}

static void measure_reading(Peaks *peaks, void *data) {
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Reading reading = {read_loop(peaks->target), data, level_bytes(peaks, (MemoryLevel)level)};
        peaks->read_gbs[level] = (double)reading.bytes / fastest_ns((TimedJob){run_read, &reading});
    }
}

static int64_t cache_bytes(int name, int64_t otherwise) {
    long bytes = sysconf(name);
    return bytes > 0 ? bytes : otherwise;
}

Status peaks_measure(Context *context, const Target *target, Peaks *out) {
    *out = (Peaks){.target = target};
    out->cache_bytes[LEVEL_L1] = cache_bytes(_SC_LEVEL1_DCACHE_SIZE, target->l1_bytes);
    out->cache_bytes[LEVEL_L2] = cache_bytes(_SC_LEVEL2_CACHE_SIZE, target->l2_bytes);
    out->cache_bytes[LEVEL_L3] = cache_bytes(_SC_LEVEL3_CACHE_SIZE, L3_OVER_L2 * out->cache_bytes[LEVEL_L2]);
    size_t largest = (size_t)level_bytes(out, LEVEL_DRAM);
    Pages pages = pages_new(largest);
    if (pages.data == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for measuring bandwidth");
    memset(pages.data, 1, largest);
    measure_reading(out, pages.data);
    pages_free(&pages);
    out->fma_gflops = peaks_fma_job_flops(out) / fastest_ns(peaks_fma_job(out));
    return STATUS_OK;
}

static double beyond(double bytes, int64_t limit) {
    return fmax(0, bytes - (double)limit);
}

double peaks_roofline_ns(const Peaks *peaks, const Problem *problem, double gflops, bool cold_weights) {
    int64_t outputs = problem_y_elements(problem) * (problem_has(problem, EPILOGUE_ADD) ? 2 : 1);
    double weights = (double)sizeof(float) * (double)problem_w_elements(problem);
    double warm = (double)sizeof(float) * (double)(problem_x_elements(problem) + outputs);
    double cold = cold_weights ? weights : 0;
    warm += weights - cold;
    double ns = problem_flops(problem) / gflops;
    ns = fmax(ns, warm / peaks->read_gbs[LEVEL_L2]);
    ns = fmax(ns, beyond(warm, peaks->cache_bytes[LEVEL_L2]) / peaks->read_gbs[LEVEL_L3]);
    return fmax(ns, (cold + beyond(warm, peaks->cache_bytes[LEVEL_L3])) / peaks->read_gbs[LEVEL_DRAM]);
}
