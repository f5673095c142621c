/* SPDX-License-Identifier: Apache-2.0 */
/* What the measuring programs print: a table for people, or JSON lines. */
#ifndef SEPTET_BENCH_REPORT_H
#define SEPTET_BENCH_REPORT_H

#include "bench/peer.h"
#include "cli/request.h"
#include "compiler/llvm/emit.h"
#include "tuner/measuring/peaks.h"

/* How one run of a program prints and measures. */
typedef struct Report {
    Context *context;
    const PeerLibrary *peer; /* or NULL */
    Peaks peaks;
    bool json, cold_weights;
    int threads;
    TimingCores cores; /* one a thread */
} Report;

/* What is known about one layer. */
typedef struct Result {
    const RequestLayer *layer;
    const Plan *plan;
    KernelSizes sizes;
    Timing ours, peak, theirs, single; /* single: our kernel for one thread, when there are several */
    const char *peer_implementation;   /* NULL: there is no peer, or it does not take the layer */
    double difference;                 /* peer_difference */
    double gflops, peak_gflops, peak_fraction, roofline_fraction, ratio, speedup;
} Result;

/* Fills in the figures of the last line from plan and timings. */
void report_derive(const Report *report, Result *result);

/* The machine's peaks, and what the columns are. */
Status report_machine(const Report *report);

Status report_result(const Report *report, const Result *result);

/* Sums over the layers of one list. Ratios are those of the layers that the peer takes. */
typedef struct Summary {
    const char *list;
    int64_t layers, compared;
    double log_fractions, log_speedups, log_ratios, min_ratio, total_ms, compared_ms, peer_total_ms;
} Summary;

void summary_add(Summary *summary, const Result *result);
Status report_summary(const Report *report, const Summary *summary);

#endif
