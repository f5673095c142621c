/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine can do at best, measured: multiply-adds on registers, and reading from each level of memory; and
 * what a problem can therefore hope for. */
#ifndef SEPTET_TUNER_MEASURING_PEAKS_H
#define SEPTET_TUNER_MEASURING_PEAKS_H

#include <stdbool.h>

#include "ir/problem.h"
#include "targets/target.h"
#include "tuner/measuring/timing.h"

typedef enum MemoryLevel { LEVEL_L1, LEVEL_L2, LEVEL_L3, LEVEL_DRAM, LEVEL_COUNT } MemoryLevel;

/* Of all threads together. */
typedef struct Peaks {
    const Target *target;
    int threads;
    double fma_gflops;
    double matrix_gflops;            /* of the matrix unit, bf16, one thread; NAN: none that we may use */
    double read_gbs[LEVEL_COUNT];    /* 10^9 bytes a second; each thread reads data of its own */
    double call_ns;                  /* of septet_parallel_for with nothing to do, one call behind the other */
    int64_t cache_bytes[LEVEL_DRAM]; /* of one core: what the operating system says, else the target */
} Peaks;

/* Measures, in about half a second. STATUS_NO_MEMORY. */
Status peaks_measure(Context *context, const Target *target, int threads, Peaks *out);

/* All NAN: of a machine whose times say nothing. */
Peaks peaks_unknown(void);

/* The multiply-add loop as a yardstick beside kernels: the job to time, and the flops of one run of it. */
TimedJob peaks_fma_job(Peaks *peaks);
double peaks_fma_job_flops(const Peaks *peaks);

/* Bytes of weights that are surely not in a cache when they are next in turn: twice the last-level cache, but at most
 * 256 MiB, since virtual machines report one that they share, and at least eight times L2. */
int64_t peaks_cold_bytes(const Peaks *peaks);

/* How many copies of `bytes` of weights that takes; at least 2. */
int64_t peaks_cold_copies(const Peaks *peaks, int64_t bytes);

/* The time below which no execution of the problem is expected, in ns: the larger of its flops at `gflops` and of its
 * bytes at the speeds of memory (Williams, Waterman, Patterson, "Roofline", CACM 2009). The bytes are those of input,
 * weights, output and residual, each once. They come from L2; what is beyond the size of all L2 comes from L3, and what
 * is beyond L3 from DRAM; cold weights come from DRAM all of them. */
double peaks_roofline_ns(const Peaks *peaks, const Problem *problem, double gflops, bool cold_weights);

#endif
