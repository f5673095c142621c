/* SPDX-License-Identifier: Apache-2.0 */
/* Peaks by timing loops, rooflines by division. */
#include "tuner/measuring/peaks.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "runtime/septet_rt.h"
#include "tuner/measuring/fma_peak.h"
#include "tuner/measuring/matrix_peak.h"
#include "tuner/measuring/pages.h"
#include "tuner/measuring/read_loop.h"

enum { FMA_ITERATIONS = 1000, MATRIX_ITERATIONS = 100, MOST_COLD_BYTES = 256 << 20 };

/* The buffer that is read for L3 is so many times as large as L2, and the one for DRAM as L3. */
enum { L3_OVER_L2 = 8, DRAM_OVER_L3 = 2 };

static const TimingEffort peak_effort = {.samples = 5, .warm_up_limit_ns = 1e8, .retake_limit_ns = 3e8};

/* The multiply-add loop, so many times on each thread. */
typedef struct FmaRun {
    FmaPeakLoop *loop;
    int64_t count;
} FmaRun;

static void fma_task(void *closure, size_t task, size_t worker) {
    (void)task, (void)worker;
    const FmaRun *run = closure;
    volatile float result = run->loop(run->count * FMA_ITERATIONS);
    (void)result;
}

static void run_fma(void *data, int64_t count) {
    const Peaks *peaks = data;
    size_t threads = (size_t)peaks->threads;
    FmaRun run = {fma_peak(peaks->target).loop, count};
    septet_parallel_for(threads, threads, fma_task, &run);
}

TimedJob peaks_fma_job(Peaks *peaks) {
    return (TimedJob){.function = run_fma, .data = peaks};
}

double peaks_fma_job_flops(const Peaks *peaks) {
    return fma_peak(peaks->target).flops_per_iteration * FMA_ITERATIONS * peaks->threads;
}

/* Buffers, one a thread, that are read from start to end. */
typedef struct Reading {
    ReadLoop *loop;
    const char *data;
    int64_t bytes, distance; /* of one buffer; from one to the next */
    size_t threads;
    int64_t count;
} Reading;

static void read_task(void *closure, size_t task, size_t worker) {
    (void)worker;
    const Reading *reading = closure;
    volatile uint32_t result =
        reading->loop(reading->data + (int64_t)task * reading->distance, reading->bytes, reading->count);
    (void)result;
}

static void run_read(void *data, int64_t count) {
    Reading *reading = data;
    reading->count = count;
    septet_parallel_for(reading->threads, reading->threads, read_task, reading);
}

static void run_matrix(void *data, int64_t count) {
    const MatrixPeak *peak = data;
    peak->loop(count * MATRIX_ITERATIONS);
}

static void do_nothing(void *closure, size_t task, size_t worker) {
    (void)closure, (void)task, (void)worker;
}

static void run_calls(void *data, int64_t count) {
    size_t threads = (size_t)((const Peaks *)data)->threads;
    for (int64_t i = 0; i < count; i++) septet_parallel_for(threads, threads, do_nothing, NULL);
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

static void measure_reading(Peaks *peaks, const void *data, int64_t distance) {
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Reading reading = {.loop = read_loop(peaks->target), .data = data, .distance = distance};
        reading.bytes = level_bytes(peaks, (MemoryLevel)level);
        reading.threads = (size_t)peaks->threads;
        double ns = fastest_ns((TimedJob){.function = run_read, .data = &reading});
        peaks->read_gbs[level] = (double)(peaks->threads * reading.bytes) / ns;
    }
}

static int64_t cache_bytes(int name, int64_t otherwise) {
    long bytes = sysconf(name);
    return bytes > 0 ? bytes : otherwise;
}

Peaks peaks_unknown(void) {
    Peaks peaks = {.fma_gflops = NAN, .matrix_gflops = NAN, .call_ns = NAN};
    for (int i = 0; i < LEVEL_COUNT; i++) peaks.read_gbs[i] = NAN;
    return peaks;
}

static double measure_matrix(void) {
    MatrixPeak peak = matrix_peak();
    if (peak.loop == NULL) return NAN;
    double ns = fastest_ns((TimedJob){.function = run_matrix, .data = &peak});
    return peak.flops_per_iteration * MATRIX_ITERATIONS / ns;
}

Status peaks_measure(Context *context, const Target *target, int threads, Peaks *out) {
    *out = (Peaks){.target = target, .threads = threads};
    out->cache_bytes[LEVEL_L1] = cache_bytes(_SC_LEVEL1_DCACHE_SIZE, target->l1_bytes);
    out->cache_bytes[LEVEL_L2] = cache_bytes(_SC_LEVEL2_CACHE_SIZE, target->l2_bytes);
    out->cache_bytes[LEVEL_L3] = cache_bytes(_SC_LEVEL3_CACHE_SIZE, L3_OVER_L2 * out->cache_bytes[LEVEL_L2]);
    int64_t distance = level_bytes(out, LEVEL_DRAM);
    size_t largest = (size_t)(distance * threads);
    Pages pages = pages_new(largest);
    if (pages.data == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for measuring bandwidth");
    memset(pages.data, 1, largest);
    measure_reading(out, pages.data, distance);
    pages_free(&pages);
    out->call_ns = fastest_ns((TimedJob){.function = run_calls, .data = out});
    out->fma_gflops = peaks_fma_job_flops(out) / fastest_ns(peaks_fma_job(out));
    out->matrix_gflops = measure_matrix();
    return STATUS_OK;
}

int64_t peaks_cold_bytes(const Peaks *peaks) {
    int64_t bytes = 2 * peaks->cache_bytes[LEVEL_L3], least = 8 * peaks->cache_bytes[LEVEL_L2];
    if (bytes > MOST_COLD_BYTES) bytes = MOST_COLD_BYTES;
    return bytes < least ? least : bytes;
}

int64_t peaks_cold_copies(const Peaks *peaks, int64_t bytes) {
    return peaks_cold_bytes(peaks) / (bytes > 0 ? bytes : 1) + 2;
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
    ns = fmax(ns, beyond(warm, peaks->threads * peaks->cache_bytes[LEVEL_L2]) / peaks->read_gbs[LEVEL_L3]);
    return fmax(ns, (cold + beyond(warm, peaks->cache_bytes[LEVEL_L3])) / peaks->read_gbs[LEVEL_DRAM]);
}
