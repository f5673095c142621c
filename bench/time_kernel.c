/* SPDX-License-Identifier: Apache-2.0 */
/* time_kernel: compiles layers and times their kernels next to a loop of nothing but multiply-adds, in one run. The
 * buffers are warm and full of random numbers; flops are those of taps that are not in the padding. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "bench/fma_peak.h"
#include "bench/timing.h"
#include "cli/json.h"
#include "cli/request.h"
#include "compiler/llvm/emit.h"
#include "tuner/kernel.h"

enum { BUFFER_ALIGNMENT = 64, PEAK_ITERATIONS = 1000 };

/* A kernel with its arguments, all in heap memory. */
typedef struct Subject {
    Kernel kernel;
    float *x, *weights, *bias, *residual, *y;
    void *packed, *workspace;
} Subject;

/* Random contents: zero pages would be one page in the cache. */
static void *new_buffer(int64_t bytes, Random *random) {
    size_t size = ((size_t)bytes + BUFFER_ALIGNMENT) / BUFFER_ALIGNMENT * BUFFER_ALIGNMENT;
    float *buffer = aligned_alloc(BUFFER_ALIGNMENT, size);
    if (buffer == NULL) return NULL;
    for (size_t i = 0; i < size / sizeof buffer[0]; i++) buffer[i] = (float)random_uniform(random);
    return buffer;
}

static int64_t float_bytes(int64_t elements) {
    return (int64_t)sizeof(float) * elements;
}

static bool new_buffers(const Plan *plan, Subject *subject) {
    KernelSizes sizes;
    emit_sizes(plan, &sizes);
    const Problem *problem = &plan->problem;
    Random random = random_new(1, 0);
    subject->x = new_buffer(float_bytes(problem_x_elements(problem)), &random);
    subject->weights = new_buffer(float_bytes(problem_w_elements(problem)), &random);
    subject->bias = new_buffer(float_bytes(problem->k), &random);
    subject->residual = new_buffer(float_bytes(problem_y_elements(problem)), &random);
    subject->y = new_buffer(float_bytes(problem_y_elements(problem)), &random);
    subject->packed = new_buffer(sizes.packed_bytes, &random);
    subject->workspace = new_buffer(sizes.workspace_bytes, &random);
    return subject->x != NULL && subject->weights != NULL && subject->bias != NULL && subject->residual != NULL &&
           subject->y != NULL && subject->packed != NULL && subject->workspace != NULL;
}

static void subject_free(Subject *subject) {
    void *const buffers[] = {subject->x, subject->weights, subject->bias,     subject->residual,
                             subject->y, subject->packed,  subject->workspace};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) free(buffers[i]);
    kernel_unload(&subject->kernel);
}

static int call(const Subject *subject) {
    return kernel_call(&subject->kernel, subject->x, subject->packed, subject->bias, subject->residual, subject->y,
                       subject->workspace);
}

/* Links, packs and calls once. What it made is freed by subject_free, also after a failure. */
static Status subject_new(Context *context, const Plan *plan, const char *bytes, size_t length, Subject *out) {
    TRY(kernel_load(context, plan->name, &plan->problem, bytes, length, &out->kernel));
    if (!new_buffers(plan, out)) return diag_error(context, STATUS_NO_MEMORY, "no memory for the buffers");
    int status = out->kernel.pack(out->weights, out->packed);
    if (status == SEPTET_OK) status = call(out);
    if (status == SEPTET_OK) return STATUS_OK;
    return diag_error(context, STATUS_WRONG, "%s: %s", plan->name, kernel_status_text(status));
}

static void run_kernel(void *data, int64_t count) {
    for (int64_t i = 0; i < count; i++) call(data);
}

static void run_peak(void *data, int64_t count) {
    const FmaPeak *peak = data;
    volatile float result = peak->loop(count * PEAK_ITERATIONS);
    (void)result;
}

/* What is printed about one layer. */
typedef struct Result {
    const RequestLayer *layer;
    const Plan *plan;
    KernelSizes sizes;
    Timing timing;
    double gflops, peak_gflops, peak_fraction;
} Result;

static Status time_plan(Context *context, const Plan *plan, Result *result) {
    const char *bytes;
    size_t length;
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    Subject subject = {.x = NULL};
    Status status = subject_new(context, plan, bytes, length, &subject);
    if (status == STATUS_OK) {
        FmaPeak peak = fma_peak(plan->target);
        double flops = problem_flops(&plan->problem), peak_flops = peak.flops_per_iteration * PEAK_ITERATIONS;
        result->timing = timing_measure(run_kernel, &subject, run_peak, &peak);
        result->gflops = flops / result->timing.median_ns;
        result->peak_gflops = peak_flops / result->timing.yardstick_ns;
        result->peak_fraction = flops / peak_flops * result->timing.yardstick_ratio;
    }
    subject_free(&subject);
    return status;
}

static const char *layout_text(Context *context, const Problem *problem) {
    Text text = text_new(context);
    layout_print(problem->x_layout, problem->spatial, &text);
    text_add_string(&text, ",");
    layout_print(problem->y_layout, problem->spatial, &text);
    return text_string(&text);
}

static Status print_json(Context *context, const Result *result) {
    const Plan *plan = result->plan;
    const char *layout = layout_text(context, &plan->problem);
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", result->layer->label);
    json_add_string(&line, "list", result->layer->layer.source->name);
    json_add_string(&line, "problem", plan->problem_text);
    json_add_string(&line, "target", plan->target->name);
    json_add_integer(&line, "count", result->layer->layer.count);
    json_add_integer(&line, "threads", result->sizes.workers);
    json_add_string(&line, "layout", layout);
    json_add_string(&line, "accuracy", "strict");
    json_add_string(&line, "regime", "warm");
    json_add_number(&line, "time_ms", result->timing.median_ns / 1e6);
    json_add_number(&line, "time_min_ms", result->timing.min_ns / 1e6);
    json_add_number(&line, "spread", result->timing.spread);
    json_add_number(&line, "gflops", result->gflops);
    json_add_number(&line, "peak_gflops", result->peak_gflops);
    json_add_number(&line, "peak_fraction", result->peak_fraction);
    json_add_string(&line, "roofline_fraction", NULL);
    json_add_string(&line, "error_l2", NULL);
    json_add_integer(&line, "workspace_bytes", result->sizes.workspace_bytes);
    json_add_string(&line, "algorithm", plan->algorithm);
    json_add_string(&line, "schedule_source", plan->schedule_source);
    return json_line_print(context, &line, stdout);
}

static void print_line(const Result *result) {
    printf("%-32s %9.4f ms %8.1f GFLOP/s %6.1f %% of peak (%.1f)  spread %4.1f %%  %s\n", result->layer->label,
           result->timing.median_ns / 1e6, result->gflops, 100 * result->peak_fraction, result->peak_gflops,
           100 * result->timing.spread, result->plan->schedule_source);
}

/* Sums over the layers of one list. */
typedef struct Summary {
    const char *list;
    int64_t layers;
    double log_fractions, total_ms;
} Summary;

static void summary_add(Summary *summary, const Result *result) {
    summary->list = result->layer->layer.source->name;
    summary->layers++;
    summary->log_fractions += log(result->peak_fraction);
    summary->total_ms += (double)result->layer->layer.count * result->timing.median_ns / 1e6;
}

static Status summary_print(Context *context, const Summary *summary, bool json) {
    double geomean = exp(summary->log_fractions / (double)summary->layers);
    if (!json) {
        printf("%s: geomean %.1f %% of peak over %lld layers, %.3f ms with counts\n", summary->list, 100 * geomean,
               (long long)summary->layers, summary->total_ms);
        return STATUS_OK;
    }
    JsonLine line = json_line_new();
    json_add_bool(&line, "summary", true);
    json_add_string(&line, "list", summary->list);
    json_add_integer(&line, "threads", 1);
    json_add_integer(&line, "layers", summary->layers);
    json_add_string(&line, "geomean_ratio", NULL);
    json_add_string(&line, "min_ratio", NULL);
    json_add_number(&line, "geomean_peak_fraction", geomean);
    json_add_number(&line, "total_ms", summary->total_ms);
    json_add_string(&line, "peer_total_ms", NULL);
    return json_line_print(context, &line, stdout);
}

/* Layers of a list lie together; a summary follows each list of more than one. */
static bool ends_list(const Request *request, size_t index) {
    return index + 1 == request->count ||
           strcmp(request->layers[index].layer.source->name, request->layers[index + 1].layer.source->name) != 0;
}

static Status run(Command *command) {
    Context *context = command->context;
    bool json = command->arguments.option[OPTION_JSON] != NULL;
    Request request;
    TRY(request_read(command, &request));
    const char *missing;
    if (!target_runs_here(request.target, &missing)) {
        return diag_error(context, STATUS_UNSUPPORTED, "this machine cannot run %s: it lacks %s", request.target->name,
                          missing);
    }
    timing_pin();
    Summary summary = {.layers = 0};
    for (size_t i = 0; i < request.count; i++) {
        Result result = {.layer = &request.layers[i]};
        TRY(request_plan(context, &request, result.layer, NULL, &result.plan));
        emit_sizes(result.plan, &result.sizes);
        TRY(time_plan(context, result.plan, &result));
        if (json) {
            TRY(print_json(context, &result));
        } else {
            print_line(&result);
        }
        summary_add(&summary, &result);
        if (!ends_list(&request, i)) continue;
        if (summary.layers > 1) TRY(summary_print(context, &summary, json));
        summary = (Summary){.layers = 0};
    }
    return STATUS_OK;
}

static const OptionKind options[] = {REQUEST_OPTIONS, OPTION_JSON, OPTION_HELP, OPTION_COUNT};

static const Verb verb_time_kernel = {
    .name = "time_kernel",
    .program = "time_kernel",
    .summary = "time compiled kernels next to the multiply-add peak",
    .synopsis = "SPEC... [options]",
    .text =
        "Compiles each layer, runs its kernel on one core, taking turns with a loop of nothing but multiply-adds of\n"
        "the target's kind, and prints median time, GFLOP/s and the share of the peak measured in the same run.",
    .example = "time_kernel bench/layers/resnet50.txt --epilogue 'bias relu'",
    .takes_specs = true,
    .options = options,
    .run = run,
};

int main(int argc, char **argv) {
    return command_run_verb(&verb_time_kernel, argc - 1, argv + 1);
}
