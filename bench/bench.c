/* SPDX-License-Identifier: Apache-2.0 */
/* From the command line to a table of measurements, layer by layer. */
#include "bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "bench/report.h"
#include "tuner/compile_object.h"

/* Threads that wait for work spin for a while, and would disturb what is timed next: pthreadpool's for 10^6 pauses of
 * the core (measured: 16 ms), libgomp's for fewer. */
static const double most_spin_ns = 4e7;

/* Rounds of all that is timed, in each visit. */
enum { ROUNDS = 5, MAX_VISITS = TIMING_MAX_SAMPLES / ROUNDS, FULL_VISITS = 5, QUICK_VISITS = 3 };

static const TimingEffort full_effort = {.samples = ROUNDS, .warm_up_limit_ns = 3e8, .retake_limit_ns = 1e9};
static const TimingEffort quick_effort = {.samples = ROUNDS, .warm_up_limit_ns = 5e7, .retake_limit_ns = 1e8};

typedef struct Bench {
    Report report;
    Request request;
    TimingEffort effort; /* of a visit */
    long long visits;
    Summary summary; /* of the list under way */
    int64_t left_out, wrong;
} Bench;

/* Layers of which the name contains the filter's text. */
static bool is_wanted(const Command *command, const RequestLayer *layer) {
    const char *filter = command->arguments.option[OPTION_FILTER];
    return filter == NULL || strstr(layer->label, filter) != NULL;
}

static Status compare(const Bench *bench, const Subject *subject, const PeerSession *session, Result *result) {
    const Problem *problem = subject->data->problem;
    double bound = peer_difference_bound(problem);
    result->peer_implementation = session->implementation;
    result->difference = peer_difference(problem, subject->y, session->y);
    if (result->difference <= bound) return STATUS_OK;
    return diag_error(bench->report.context, STATUS_WRONG, "%s: our result and that of %s differ by %.2e (bound %.2e)",
                      result->layer->label, bench->report.peer->name, result->difference, bound);
}

/* What is timed about a layer. */
typedef struct Subjects {
    Subject ours, single; /* single: for one thread, when there are several */
    TimedJob peer;        /* without a function: there is none */
} Subjects;

/* One visit: rounds in which the peer and we are neighbours. No job runs beside threads that still spin behind the one
 * before: the peer's behind `single` or ours, ours behind the peer's. */
static void measure(Bench *bench, Subjects *subjects, Result *result) {
    TimedJob jobs[TIMING_MAX_JOBS];
    Timing timings[TIMING_MAX_JOBS], *results[TIMING_MAX_JOBS];
    int count = 0;
    double pause_ns = bench->report.threads > 1 ? most_spin_ns : 0;
    if (subjects->peer.function != NULL) {
        results[count] = &result->theirs;
        jobs[count++] = (TimedJob){subjects->peer.function, subjects->peer.data, pause_ns};
    }
    results[count] = &result->ours;
    jobs[count++] = (TimedJob){subject_run, &subjects->ours, pause_ns};
    results[count] = &result->peak;
    jobs[count++] = peaks_fma_job(&bench->report.peaks);
    if (bench->report.threads > 1) {
        results[count] = &result->single;
        jobs[count++] = (TimedJob){subject_run, &subjects->single, pause_ns};
    }
    timing_measure(jobs, count, bench->effort, timings);
    for (int i = 0; i < count; i++) timing_append(results[i], &timings[i]);
}

/* A layer that the peer does not take is timed alone, with a note. */
static Status measure_beside_peer(Bench *bench, Subjects *subjects, Result *result) {
    Report *report = &bench->report;
    PeerSession session;
    int64_t cold_bytes = report->cold_weights ? peaks_cold_bytes(&report->peaks) : 0;
    Status status = report->peer->open(report->context, subjects->ours.data, &report->cores, cold_bytes, &session);
    if (status == STATUS_UNSUPPORTED) {
        if (result->ours.count == 0)
            diag_note(report->context, "%s: %s", result->layer->label, diag_message(report->context));
        measure(bench, subjects, result);
        return STATUS_OK;
    }
    TRY(status);
    subjects->peer = (TimedJob){.function = report->peer->run, .data = &session};
    status = compare(bench, &subjects->ours, &session, result);
    if (status == STATUS_OK) measure(bench, subjects, result);
    subjects->peer = (TimedJob){.function = NULL};
    report->peer->close(&session);
    return status;
}

/* Our kernels for a layer. */
typedef struct Objects {
    KernelObject ours, single; /* single: when there are several threads */
} Objects;

static Status compile_objects(const Bench *bench, const Result *result, Objects *out) {
    Context *context = bench->report.context;
    TRY(object_compile(context, result->plan, &out->ours));
    if (bench->report.threads <= 1) return STATUS_OK;
    Request request = bench->request;
    const Plan *plan;
    request.threads = 1; /* by the schedule that one thread gets */
    TRY(request_plan(context, &request, result->layer, NULL, &plan));
    return object_compile(context, plan, &out->single);
}

static Status new_subject(const Bench *bench, const KernelObject *object, const LayerData *data, Subject *out) {
    int64_t copies = 1;
    if (bench->report.cold_weights) copies = peaks_cold_copies(&bench->report.peaks, object->packed_bytes);
    return subject_new(bench->report.context, object, data, copies, out);
}

static Status time_subjects(Bench *bench, const Objects *objects, const LayerData *data, Result *result) {
    Subjects subjects = {.peer = {.function = NULL}};
    Status status = new_subject(bench, &objects->ours, data, &subjects.ours);
    if (status == STATUS_OK && bench->report.threads > 1)
        status = new_subject(bench, &objects->single, data, &subjects.single);
    if (status == STATUS_OK && bench->report.peer != NULL) {
        status = measure_beside_peer(bench, &subjects, result);
    } else if (status == STATUS_OK) {
        measure(bench, &subjects, result);
    }
    subject_free(&subjects.single);
    subject_free(&subjects.ours);
    return status;
}

/* With memory of its own for all. */
static Status visit_layer(Bench *bench, const Objects *objects, Result *result) {
    LayerData data;
    Status status = data_new(bench->report.context, &result->layer->layer.problem, &data);
    if (status == STATUS_OK) status = time_subjects(bench, objects, &data, result);
    data_free(&data);
    return status;
}

static Status time_layer(Bench *bench, const RequestLayer *layer) {
    Context *context = bench->report.context;
    Result result = {.layer = layer};
    Objects objects;
    TRY(request_plan(context, &bench->request, layer, NULL, &result.plan));
    emit_sizes(result.plan, &result.sizes);
    TRY(compile_objects(bench, &result, &objects));
    for (long long i = 0; i < bench->visits; i++) TRY(visit_layer(bench, &objects, &result));
    report_derive(&bench->report, &result);
    summary_add(&bench->summary, &result);
    return report_result(&bench->report, &result);
}

/* What is wrong with one layer does not keep the others from being timed. */
static Status time_or_note(Bench *bench, const RequestLayer *layer) {
    Status status = time_layer(bench, layer);
    if (status != STATUS_UNSUPPORTED && status != STATUS_WRONG) return status;
    diag_note(bench->report.context, "%s", diag_message(bench->report.context));
    if (status == STATUS_WRONG) bench->wrong++;
    if (status == STATUS_UNSUPPORTED) bench->left_out++;
    return STATUS_OK;
}

/* Layers of a list lie together; a summary follows each list of which more than one was timed. */
static bool ends_list(const Request *request, size_t index) {
    return index + 1 == request->count ||
           strcmp(request->layers[index].layer.source->name, request->layers[index + 1].layer.source->name) != 0;
}

static Status time_all(Bench *bench, const Command *command) {
    const Request *request = &bench->request;
    for (size_t i = 0; i < request->count; i++) {
        if (is_wanted(command, &request->layers[i])) TRY(time_or_note(bench, &request->layers[i]));
        fflush(stdout);
        if (!ends_list(request, i)) continue;
        if (bench->summary.layers > 1) TRY(report_summary(&bench->report, &bench->summary));
        bench->summary = (Summary){.layers = 0};
    }
    Context *context = bench->report.context;
    if (bench->wrong > 0)
        return diag_error(context, STATUS_WRONG, "%lld layers gave different results", (long long)bench->wrong);
    if (bench->left_out > 0)
        return diag_error(context, STATUS_UNSUPPORTED, "%lld layers were left out", (long long)bench->left_out);
    return STATUS_OK;
}

Status bench_run(Command *command, const PeerLibrary *peer) {
    const Arguments *arguments = &command->arguments;
    Context *context = command->context;
    bool quick = arguments->option[OPTION_QUICK] != NULL;
    Bench bench = {.effort = quick ? quick_effort : full_effort};
    const char *missing;
    TRY(command_blame_user(command, arguments_integer(context, arguments, OPTION_VISITS, 1, MAX_VISITS,
                                                      quick ? QUICK_VISITS : FULL_VISITS, &bench.visits)));
    TRY(request_read(command, &bench.request));
    const Target *target = bench.request.target;
    if (!target_runs_here(target, &missing)) {
        return diag_error(context, STATUS_UNSUPPORTED, "this machine cannot run %s: it lacks %s", target->name,
                          missing);
    }
    if (timing_cores(bench.request.threads).count < bench.request.threads)
        return diag_error(context, STATUS_UNSUPPORTED, "--threads %d: this process has fewer cores",
                          bench.request.threads);
    bench.report = (Report){.context = context,
                            .peer = peer,
                            .json = arguments->option[OPTION_JSON] != NULL,
                            .cold_weights = arguments->option[OPTION_COLD_WEIGHTS] != NULL,
                            .threads = bench.request.threads};
    bench.report.cores = timing_cores(bench.report.threads);
    timing_pin_all(&bench.report.cores);
    TRY(peaks_measure(context, target, bench.report.threads, &bench.report.peaks));
    TRY(report_machine(&bench.report));
    return time_all(&bench, command);
}
