/* SPDX-License-Identifier: Apache-2.0 */
/* septet bench: the time of each layer's kernel, as tuning measures it: by the agent, checked, in several visits. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/json.h"
#include "cli/place.h"
#include "cli/request.h"
#include "tuner/agent/agent.h"

enum { DEFAULT_VISITS = 5 };

typedef struct Benching {
    Command *command;
    Request request;
    Agent *agent;
    Peaks peaks; /* of the agent's machine */
    MeasureOptions options;
    bool json, cold_weights;
    int64_t measured, failed;
} Benching;

/* One layer, in a context of its own. */
typedef struct BenchCase {
    Benching *benching;
    Context *context;
    const RequestLayer *layer;
    const Plan *plan;
} BenchCase;

static double ms(double ns) {
    return ns / 1e6;
}

static double gflops(const BenchCase *the_case, const Measurement *measurement) {
    return problem_flops(&the_case->plan->problem) / measurement->time_ns;
}

static double roofline_share(const BenchCase *the_case, const Measurement *measurement) {
    const Peaks *peaks = &the_case->benching->peaks;
    return peaks_roofline_ns(peaks, &the_case->plan->problem, peaks->fma_gflops, the_case->benching->cold_weights) /
           measurement->time_ns;
}

/* The smallest and the largest median of all visits that count. */
static void find_interval(const Measurement *measurement, double *lo, double *hi) {
    *lo = INFINITY;
    *hi = -INFINITY;
    for (int i = 0; i < measurement->visit_count; i++) {
        if (measurement->visits[i].disturbed) continue;
        *lo = fmin(*lo, measurement->visits[i].median_ns);
        *hi = fmax(*hi, measurement->visits[i].median_ns);
    }
}

static void print_emulated_line(const BenchCase *the_case, const Measurement *measurement) {
    printf("%-32s right, error %.2g  %9.4f ms in an emulator, which says nothing  %s\n", the_case->layer->label,
           measurement->error_l2, ms(measurement->time_ns), the_case->plan->schedule_source);
}

static void print_line(const BenchCase *the_case, const Measurement *measurement) {
    const Peaks *peaks = &the_case->benching->peaks;
    double rate = gflops(the_case, measurement), lo, hi;
    find_interval(measurement, &lo, &hi);
    printf("%-32s %9.4f ms [%.4f, %.4f] %8.1f GFLOP/s %6.1f %% of peak %6.1f %% of roofline  %d visits  %s\n",
           the_case->layer->label, ms(measurement->time_ns), ms(lo), ms(hi), rate, 100 * rate / peaks->fma_gflops,
           100 * roofline_share(the_case, measurement), measurement->visit_count, the_case->plan->schedule_source);
}

static Status print_json(const BenchCase *the_case, const Measurement *measurement) {
    const Benching *benching = the_case->benching;
    bool good = measurement->status == MEASUREMENT_OK;
    double rate = good ? gflops(the_case, measurement) : NAN, lo = NAN, hi = NAN;
    if (good) find_interval(measurement, &lo, &hi);
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", the_case->layer->label);
    json_add_string(&line, "problem", measurement->candidate.problem);
    json_add_string(&line, "target", measurement->candidate.target);
    json_add_integer(&line, "count", the_case->layer->layer.count);
    json_add_integer(&line, "threads", measurement->candidate.workers);
    json_add_string(&line, "accuracy", "strict");
    json_add_string(&line, "regime", benching->cold_weights ? "cold-weights" : "warm");
    json_add_bool(&line, "emulated", agent_info(benching->agent)->emulated);
    json_add_string(&line, "status", measurement_status_name(measurement->status));
    json_add_string(&line, "phase", measurement->phase);
    json_add_string(&line, "detail", measurement->detail);
    json_add_string(&line, "reproduce", measurement->reproduce);
    json_add_number(&line, "time_ms", ms(measurement->time_ns));
    json_add_number(&line, "time_min_ms", ms(measurement->min_ns));
    json_add_number(&line, "time_lo_ms", ms(lo));
    json_add_number(&line, "time_hi_ms", ms(hi));
    json_add_number(&line, "spread", measurement->spread);
    json_add_integer(&line, "visits", measurement->visit_count);
    json_add_number(&line, "gflops", rate);
    json_add_number(&line, "peak_gflops", benching->peaks.fma_gflops);
    json_add_number(&line, "peak_fraction", rate / benching->peaks.fma_gflops);
    json_add_number(&line, "roofline_fraction", good ? roofline_share(the_case, measurement) : NAN);
    json_add_number(&line, "error_l2", measurement->error_l2);
    json_add_integer(&line, "packed_bytes", measurement->packed_bytes);
    json_add_integer(&line, "workspace_bytes", measurement->workspace_bytes);
    json_add_integer(&line, "code_bytes", measurement->code_bytes);
    json_add_string(&line, "object_sha256", measurement->object_sha256);
    json_add_string(&line, "algorithm", the_case->plan->algorithm);
    json_add_string(&line, "schedule_source", the_case->plan->schedule_source);
    return json_line_print(the_case->context, &line, stdout);
}

static Status report(void *data, size_t index, const Measurement *measurement) {
    const BenchCase *the_case = data;
    (void)index;
    if (the_case->benching->json) {
        TRY(print_json(the_case, measurement));
    } else if (measurement->status == MEASUREMENT_OK) {
        bool emulated = agent_info(the_case->benching->agent)->emulated;
        (emulated ? print_emulated_line : print_line)(the_case, measurement);
    }
    if (measurement->status == MEASUREMENT_OK) return STATUS_OK;
    return diag_error(the_case->context, STATUS_WRONG, "%s: %s in phase %s: %s\nreproduce: %s", the_case->layer->label,
                      measurement_status_name(measurement->status), measurement->phase, measurement->detail,
                      measurement->reproduce);
}

static Status bench_case(void *data) {
    BenchCase *the_case = data;
    Benching *benching = the_case->benching;
    TRY(request_plan(the_case->context, &benching->request, the_case->layer, NULL, &the_case->plan));
    Candidate candidate = {.problem = the_case->plan->problem_text,
                           .target = the_case->plan->target->name,
                           .schedule = the_case->plan->schedule,
                           .workers = benching->request.threads,
                           .cold_weights = benching->cold_weights};
    return agent_measure(benching->agent, the_case->context, &candidate, 1, &benching->options, report, the_case);
}

/* A layer that cannot be timed does not keep the others from it; an agent that has gone does. */
static Status bench_layer(Benching *benching, const RequestLayer *layer) {
    BenchCase the_case = {.benching = benching, .layer = layer};
    TRY(context_new_beside(benching->command->context, &the_case.context));
    Status status = context_run(the_case.context, bench_case, &the_case);
    fflush(stdout);
    command_print_messages(the_case.context, status);
    context_free(the_case.context);
    benching->measured++;
    if (status != STATUS_OK) benching->failed++;
    if (status != STATUS_IO) return STATUS_OK;
    return diag_error(benching->command->context, STATUS_IO, "the agent is gone");
}

static bool is_wanted(const Command *command, const RequestLayer *layer) {
    const char *filter = command->arguments.option[OPTION_FILTER];
    return filter == NULL || strstr(layer->label, filter) != NULL;
}

static Status check_filter(Command *command, const Request *request) {
    for (size_t i = 0; i < request->count; i++)
        if (is_wanted(command, &request->layers[i])) return STATUS_OK;
    return command_misused(command, "--filter %s: no layer of %zu has that in its name, the first is '%s'",
                           command->arguments.option[OPTION_FILTER], request->count, request->layers[0].label);
}

static Status read_options(Benching *benching) {
    Command *command = benching->command;
    const Arguments *arguments = &command->arguments;
    long long visits;
    TRY(command_blame_user(command, arguments_integer(command->context, arguments, OPTION_VISITS, 1,
                                                      AGENT_MAX_VISITS / 2, DEFAULT_VISITS, &visits)));
    benching->json = arguments->option[OPTION_JSON] != NULL;
    benching->cold_weights = arguments->option[OPTION_COLD_WEIGHTS] != NULL;
    benching->options = measure_options_default();
    benching->options.visits = (int)visits;
    benching->options.quick = arguments->option[OPTION_QUICK] != NULL;
    TRY(request_read(command, &benching->request));
    return check_filter(command, &benching->request);
}

/* The agent is the caller's to stop, also when memory runs out. */
static Status bench_all(void *data) {
    Benching *benching = data;
    Command *command = benching->command;
    const Request *request = &benching->request;
    TRY(place_start(command, request->target, request->threads, &benching->agent));
    TRY(agent_calibrate(benching->agent, command->context, request->target, request->threads, &benching->peaks));
    if (!benching->json && !agent_info(benching->agent)->emulated)
        printf("%s, threads: %d, peak %.1f GFLOP/s; reads L1 %.0f, L2 %.0f, L3 %.1f, DRAM %.1f GB/s; weights %s\n",
               request->target->name, request->threads, benching->peaks.fma_gflops, benching->peaks.read_gbs[LEVEL_L1],
               benching->peaks.read_gbs[LEVEL_L2], benching->peaks.read_gbs[LEVEL_L3],
               benching->peaks.read_gbs[LEVEL_DRAM], benching->cold_weights ? "cold" : "warm");
    for (size_t i = 0; i < request->count; i++)
        if (is_wanted(command, &request->layers[i])) TRY(bench_layer(benching, &request->layers[i]));
    if (benching->failed == 0) return STATUS_OK;
    return diag_error(command->context, STATUS_WRONG, "%" PRId64 " of %" PRId64 " layers could not be timed",
                      benching->failed, benching->measured);
}

/* The agent is started when the command line is known to make sense, before anything else is. */
static Status run(Command *command) {
    Benching benching = {.command = command};
    TRY(place_check(command));
    TRY(read_options(&benching));
    Status status = context_run(command->context, bench_all, &benching);
    agent_stop(benching.agent);
    return status;
}

static const OptionKind options[] = {REQUEST_OPTIONS, OPTION_FILTER, OPTION_COLD_WEIGHTS, OPTION_VISITS, OPTION_QUICK,
                                     OPTION_ON,       OPTION_JSON,   OPTION_HELP,         OPTION_COUNT};

const Verb verb_bench = {
    .name = "bench",
    .program = "septet bench",
    .summary = "check and time kernels, as tuning does",
    .synopsis = "SPEC... [options]",
    .text =
        "Measures the peaks of the machine; then an agent builds each layer's object, checks its results, and times\n"
        "it in several visits, each in a process of its own. Prints a line a layer: the median over visits of the\n"
        "time, [the smallest, the largest] of their medians, GFLOP/s, the share of the multiply-add peak and that of\n"
        "the roofline: the larger of the flops at the peak and of the bytes at the measured speeds of memory. Visits\n"
        "that were disturbed are repeated; what crashes, hangs or is wrong is said, with a command that shows it.",
    .example = "septet bench bench/layers/resnet50.txt --epilogue 'bias relu' --filter res2",
    .takes_specs = true,
    .options = options,
    .run = run,
};
