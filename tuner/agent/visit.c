/* SPDX-License-Identifier: Apache-2.0 */
/* Visits: a child links the object, packs, and times it. Samples of one visit share the placement of their buffers and
 * are not independent; visits are. A visit during which the host took the core or others used it is repeated. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/agent/measure.h"
#include "tuner/measuring/clock.h"
#include "tuner/measuring/disturbance.h"

enum { MESSAGE_BYTES = 256, REPEATS = 3 };

static const TimingEffort full_effort = {.samples = 9, .warm_up_limit_ns = 2e8, .retake_limit_ns = 5e8};
static const TimingEffort quick_effort = {.samples = 5, .warm_up_limit_ns = 5e7, .retake_limit_ns = 1e8};

/* Above the incumbent's time by this, a candidate is given up. A time below its floor by this is a fault: the peak is
 * the fastest of a few samples on a clock that moves. */
static const double racing_margin = 0.1, floor_margin = 0.2, disturbed_share = 0.02;

typedef struct VisitReport {
    bool is_done;
    Status status;
    char message[MESSAGE_BYTES];
    Visit visit;
} VisitReport;

typedef struct Visiting {
    Context *context;
    const Workplace *workplace;
    const Trial *trial;
    TimingEffort effort;
    VisitReport *report; /* shared */
} Visiting;

/* Above this a candidate has lost; 0 without an incumbent. That one's time was taken when the machine was faster or
 * slower by the drift. */
static double losing_ns(const Workplace *workplace, const MeasureOptions *options) {
    double drift = isnan(workplace->drift) ? 1 : workplace->drift;
    return isnan(options->incumbent_ns) ? 0 : options->incumbent_ns * drift * (1 + racing_margin);
}

static void time_subject(Subject *subject, TimingEffort effort, Visit *out) {
    Timing timing;
    Disturbance disturbance = disturbance_begin();
    timing_measure(&(TimedJob){.function = subject_run, .data = subject}, 1, effort, &timing);
    disturbance_end(&disturbance);
    *out = (Visit){.median_ns = timing.median_ns,
                   .min_ns = timing.min_ns,
                   .spread = timing.spread,
                   .samples = timing.count,
                   .steal = disturbance.steal,
                   .others = timing.others,
                   .throttles = disturbance.throttles,
                   .ghz = clock_estimate_ghz()};
    out->disturbed =
        disturbance.steal > disturbed_share || disturbance.throttles > 0 || timing.others > disturbed_share;
}

/* In the child. */
static void visit(void *data) {
    const Visiting *visiting = data;
    const Trial *trial = visiting->trial;
    VisitReport *report = visiting->report;
    Subject subject;
    TimingCores cores = timing_cores((int)trial->measurement.candidate.workers);
    timing_pin_all(&cores);
    KernelObject object = trial_object(trial);
    report->status = subject_new(visiting->context, &object, &visiting->workplace->data, trial->cold_copies, &subject);
    snprintf(report->message, sizeof report->message, "%s", diag_message(visiting->context));
    if (report->status == STATUS_OK) time_subject(&subject, visiting->effort, &report->visit);
    report->is_done = true;
}

static void apply(Context *context, const VisitReport *report, const Child *child, Trial *trial) {
    trial->measurement.run_s += child->seconds;
    if (child->end != CHILD_DONE || !report->is_done) {
        trial_fail_by_child(context, trial, child, MEASUREMENT_RUN_TIMEOUT, MEASUREMENT_CRASHED, "time");
    } else if (report->status != STATUS_OK) {
        MeasurementStatus status = report->status == STATUS_NO_MEMORY ? MEASUREMENT_OUT_OF_MEMORY : MEASUREMENT_CRASHED;
        trial_fail(trial, status, "time", arena_string(context, report->message));
    } else if (child->left_process) {
        trial_fail(trial, MEASUREMENT_WRONG, "time", "the kernel left a process behind, which was ended");
    }
}

Status visit_trial(Context *context, const Workplace *workplace, Trial *trial, const MeasureOptions *options,
                   Visit *out) {
    Visiting visiting = {.context = context, .workplace = workplace, .trial = trial};
    visiting.effort = options->quick ? quick_effort : full_effort;
    visiting.effort.give_up_ns = losing_ns(workplace, options);
    visiting.report = shared_new(sizeof *visiting.report);
    if (visiting.report == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for a visit");
    ChildLimits limits = workplace->limits;
    limits.seconds = run_limit_s(options);
    limits.memory_bytes = options->memory_limit_bytes;
    Child child;
    Status status = child_start(context, &limits, visit, &visiting, &child);
    if (status == STATUS_OK) {
        children_wait(&child, 1);
        apply(context, visiting.report, &child, trial);
        *out = visiting.report->visit;
    }
    shared_free(visiting.report, sizeof *visiting.report);
    return status;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The figures of all visits that were not disturbed; returns how many there are. */
static int summarize(Measurement *measurement) {
    double medians[MEASUREMENT_MAX_VISITS];
    int count = 0;
    measurement->min_ns = INFINITY;
    for (int i = 0; i < measurement->visit_count; i++) {
        const Visit *visited = &measurement->visits[i];
        if (visited->disturbed) continue;
        medians[count++] = visited->median_ns;
        measurement->min_ns = fmin(measurement->min_ns, visited->min_ns);
    }
    if (count == 0) return 0;
    qsort(medians, (size_t)count, sizeof medians[0], compare);
    measurement->time_ns = (medians[(count - 1) / 2] + medians[count / 2]) / 2;
    measurement->spread = count > 1 ? (medians[count - 1] - medians[0]) / measurement->time_ns : NAN;
    return count;
}

static double floor_ns(const Workplace *workplace, const Trial *trial) {
    return problem_flops(&trial->problem) / workplace->peaks.fma_gflops / (1 + floor_margin);
}

/* A time that no processor can have; before it is said, the peak is measured once more. */
static Status check_floor(Context *context, Workplace *workplace, Trial *trial, double min_ns) {
    if (min_ns >= floor_ns(workplace, trial)) return STATUS_OK;
    TRY(calibrate(context, workplace, trial->target, (int)trial->measurement.candidate.workers, true));
    if (min_ns >= floor_ns(workplace, trial)) return STATUS_OK;
    trial_fail(trial, MEASUREMENT_TOO_FAST, "time",
               arena_format(context, "%.4g ns a run, where %.4g flops at the peak of %.4g GFLOP/s need %.4g ns", min_ns,
                            problem_flops(&trial->problem), workplace->peaks.fma_gflops, floor_ns(workplace, trial)));
    return STATUS_OK;
}

static bool loses(const Workplace *workplace, const MeasureOptions *options, const Visit *visited) {
    double limit_ns = losing_ns(workplace, options);
    return limit_ns > 0 && visited->min_ns > limit_ns;
}

/* One visit more; *stop when there is to be no other. */
static Status visit_again(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options,
                          bool *stop) {
    Measurement *measurement = &trial->measurement;
    Visit *visited = &measurement->visits[measurement->visit_count];
    *stop = true;
    TRY(visit_trial(context, workplace, trial, options, visited));
    if (measurement->status != MEASUREMENT_OK) return STATUS_OK;
    measurement->visit_count++;
    TRY(check_floor(context, workplace, trial, visited->min_ns));
    if (measurement->status != MEASUREMENT_OK) return STATUS_OK;
    measurement->raced = !visited->disturbed && loses(workplace, options, visited);
    int good = summarize(measurement);
    int tries = REPEATS * (good + 1) + good;
    *stop = measurement->raced || good >= options->visits || measurement->visit_count >= MEASUREMENT_MAX_VISITS ||
            (good == 0 && measurement->visit_count >= tries);
    return STATUS_OK;
}

/* In an emulator a time says nothing, and no visit is repeated. */
static Status visit_emulated(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    Measurement *measurement = &trial->measurement;
    Visit *visited = &measurement->visits[measurement->visit_count];
    MeasureOptions quick = *options;
    quick.quick = true;
    quick.incumbent_ns = NAN;
    TRY(visit_trial(context, workplace, trial, &quick, visited));
    if (measurement->status != MEASUREMENT_OK) return STATUS_OK;
    visited->disturbed = false;
    measurement->visit_count++;
    summarize(measurement);
    return STATUS_OK;
}

static Status time_emulated(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    for (int i = 0; i < options->visits && trial->measurement.status == MEASUREMENT_OK; i++)
        TRY(visit_emulated(context, workplace, trial, options));
    return STATUS_OK;
}

Status visit_in_round(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    Measurement *measurement = &trial->measurement;
    Visit *visited = &measurement->visits[measurement->visit_count];
    if (workplace->info.emulated) return visit_emulated(context, workplace, trial, options);
    TRY(calibrate(context, workplace, trial->target, (int)measurement->candidate.workers, false));
    visited->disturbed = true;
    for (int i = 0; i < REPEATS && visited->disturbed; i++) {
        TRY(visit_trial(context, workplace, trial, options, visited));
        if (measurement->status != MEASUREMENT_OK) return STATUS_OK;
    }
    measurement->visit_count++;
    summarize(measurement);
    return check_floor(context, workplace, trial, visited->min_ns);
}

void fail_if_noisy(Context *context, Trial *trial) {
    Measurement *measurement = &trial->measurement;
    if (measurement->status == MEASUREMENT_OK && summarize(measurement) == 0)
        trial_fail(
            trial, MEASUREMENT_NOISY, "time",
            arena_format(context, "in %d visits others used the core or the host took it", measurement->visit_count));
}

Status time_trial(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    bool stop = false;
    if (workplace->info.emulated) return time_emulated(context, workplace, trial, options);
    TRY(calibrate(context, workplace, trial->target, (int)trial->measurement.candidate.workers, false));
    while (!stop) TRY(visit_again(context, workplace, trial, options, &stop));
    fail_if_noisy(context, trial);
    return STATUS_OK;
}
