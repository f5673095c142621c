/* SPDX-License-Identifier: Apache-2.0 */
/* septet check: compiles layers and compares what their kernels compute with the reference convolution. Each layer has
 * a context of its own, so that a long list needs the memory of one, and one that fails does not keep the rest from
 * being checked. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/request.h"
#include "compiler/llvm/emit.h"
#include "tuner/compile_object.h"

enum { MAX_RANDOM = 1000000, MAX_RANDOM_THREADS = 3 };

/* A run of the verb. */
typedef struct Checking {
    Command *command;
    Request request;
    Machine machine;
    bool json, all_outputs;
    long long checked, failed;
} Checking;

/* One layer, in its own context. */
typedef struct Case {
    const Checking *checking;
    Context *context;
    const RequestLayer *layer; /* NULL: to be drawn from the seed */
    uint64_t seed;
    bool is_random;
    const char *problem;   /* canonical text */
    const char *reproduce; /* one line of a shell; NULL before there is one, and for given layers */
    bool has_verdict;      /* a line about it is printed */
} Case;

static void print_line(const RequestLayer *layer, const Plan *plan, const CheckReport *report) {
    printf("%-8s %-32s error_l2 %.2e  error_max %.2e (bound %.2e)  %s, %s schedule\n",
           check_verdict_name(report->verdict), layer->label, report->error_l2, report->error_max, report->bound,
           plan->target->name, plan->schedule_source);
}

static Status print_json(Context *context, const RequestLayer *layer, const Plan *plan, const CheckReport *report) {
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", layer->label);
    json_add_string(&line, "problem", plan->problem_text);
    json_add_string(&line, "target", plan->target->name);
    json_add_integer(&line, "threads", plan->threads);
    json_add_string(&line, "accuracy", "strict");
    json_add_string(&line, "status", check_verdict_name(report->verdict));
    json_add_number(&line, "error_l2", report->error_l2);
    json_add_number(&line, "error_max", report->error_max);
    json_add_number(&line, "error_bound", report->bound);
    json_add_string(&line, "schedule_source", plan->schedule_source);
    json_add_string(&line, "detail", report->detail);
    return json_line_print(context, &line, stdout);
}

/* A layer that came to no verdict: it could not be compiled. */
static Status print_refused(const Case *the_case, const char *reason) {
    if (!the_case->checking->json || the_case->has_verdict) return STATUS_OK;
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", the_case->layer->label);
    json_add_string(&line, "problem", the_case->problem);
    json_add_string(&line, "target", the_case->checking->request.target->name);
    json_add_string(&line, "status", "refused");
    json_add_string(&line, "detail", reason);
    return json_line_print(the_case->context, &line, stdout);
}

static Status check_plan(Case *the_case, const Plan *plan) {
    Context *context = the_case->context;
    const Checking *checking = the_case->checking;
    const char *bytes;
    size_t length;
    CheckReport report;
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    const CheckReference *reference = check_reference_new(context, &plan->problem, checking->all_outputs);
    TRY(check_kernel_on(context, &checking->machine, reference, plan, bytes, length, &report));
    the_case->has_verdict = true;
    if (checking->json) {
        TRY(print_json(context, the_case->layer, plan, &report));
    } else {
        print_line(the_case->layer, plan, &report);
    }
    if (report.verdict == CHECK_OK) return STATUS_OK;
    return diag_error(context, STATUS_WRONG, "%s: %s", the_case->layer->label, report.detail);
}

/* Draws layer, schedule and threads of a random case: the seed says all. A third of the schedules are the default. */
static Status draw_case(Case *the_case, Request *request) {
    static const Source drawn = {.name = "random", .text = "", .length = 0};
    Context *context = the_case->context;
    Random random = random_new(the_case->seed, 0);
    RequestLayer *layer = ARENA_NEW(context, RequestLayer);
    layer->layer = (Layer){.name = "", .count = 1, .source = &drawn};
    check_draw_problem(&random, &layer->layer.problem);
    layer->kernel = "random_layer";
    layer->label = arena_format(context, "seed %llu", (unsigned long long)the_case->seed);
    the_case->layer = layer;
    Random threads = random_new(the_case->seed, 1);
    if (request->threads == 1) request->threads = (int)random_integer(&threads, 1, MAX_RANDOM_THREADS);
    if (request->schedule != NULL || random_once_in(&random, 3)) return STATUS_OK;
    TRY(check_draw_schedule(context, &random, &layer->layer.problem, request->target, &request->schedule));
    return STATUS_OK;
}

/* For printf in a shell. */
static void add_escaped(Text *text, const char *steps) {
    for (; *steps != '\0'; steps++) {
        switch (*steps) {
        case '\n': text_add_string(text, "\\n"); break;
        case '%': text_add_string(text, "%%"); break;
        default: text_add(text, "%c", *steps);
        }
    }
}

/* The command that checks the same layer with the same schedule, whatever a seed draws by then. */
static const char *command_of(const Case *the_case, const Request *request) {
    Text text = text_new(the_case->context), steps = text_new(the_case->context);
    if (request->schedule != NULL) {
        schedule_print(request->schedule, &steps);
        text_add_string(&text, "printf '");
        add_escaped(&text, text_string(&steps));
        text_add_string(&text, "' | ");
    }
    text_add(&text, "septet check --conv '%s' --target %s", the_case->problem, request->target->name);
    if (request->threads > 1) text_add(&text, " --threads %d", request->threads);
    if (request->schedule != NULL) text_add_string(&text, " --schedule -");
    return text_string(&text);
}

/* Every layer that is drawn has a default that applies; to have run the seven loops instead proves nothing about it. */
static Status check_source_of(const Case *the_case, const Plan *plan) {
    if (!the_case->is_random || strcmp(plan->schedule_source, "naive") != 0) return STATUS_OK;
    return diag_error(the_case->context, STATUS_REFUSED, "the default schedule does not apply");
}

static Status run_case(void *data) {
    Case *the_case = data;
    Request request = the_case->checking->request;
    if (the_case->is_random) TRY(draw_case(the_case, &request));
    Text problem = text_new(the_case->context);
    problem_print(&the_case->layer->layer.problem, &problem);
    the_case->problem = text_string(&problem);
    if (the_case->is_random) the_case->reproduce = command_of(the_case, &request);
    const Plan *plan;
    TRY(request_plan(the_case->context, &request, the_case->layer, NULL, &plan));
    TRY(check_source_of(the_case, plan));
    return check_plan(the_case, plan);
}

/* Says what failed, and the command that shows it again. */
static Status report_failure(Case *the_case, Status status) {
    command_print_messages(the_case->context, status);
    if (the_case->reproduce != NULL) fprintf(stderr, "reproduce: %s\n", the_case->reproduce);
    if (the_case->layer == NULL) return status;
    return print_refused(the_case, diag_message(the_case->context));
}

static Status check_case(Checking *checking, Case *the_case) {
    TRY(context_new_beside(checking->command->context, &the_case->context));
    Status status = context_run(the_case->context, run_case, the_case);
    fflush(stdout);
    checking->checked++;
    if (status != STATUS_OK) {
        checking->failed++;
        report_failure(the_case, status);
    } else {
        command_print_messages(the_case->context, STATUS_OK);
    }
    context_free(the_case->context);
    return STATUS_OK;
}

static Status check_layers(Checking *checking) {
    for (size_t i = 0; i < checking->request.count; i++) {
        Case the_case = {.checking = checking, .layer = &checking->request.layers[i]};
        TRY(check_case(checking, &the_case));
    }
    return STATUS_OK;
}

static Status check_random_layers(Checking *checking, long long count) {
    Command *command = checking->command;
    long long seed;
    TRY(command_blame_user(
        command, arguments_integer(command->context, &command->arguments, OPTION_SEED, 0, INT64_MAX, 1, &seed)));
    for (long long i = 0; i < count; i++) {
        Case the_case = {.checking = checking, .seed = (uint64_t)seed + (uint64_t)i, .is_random = true};
        TRY(check_case(checking, &the_case));
    }
    return STATUS_OK;
}

/* Layers are either given or drawn. */
static Status check_source(Command *command, bool is_random) {
    if (is_random && command->arguments.spec_count > 0)
        return command_misused(command, "--random draws its own layers; leave out SPEC");
    if (!is_random && command->arguments.option[OPTION_SEED] != NULL)
        return command_misused(command, "--seed is for --random N");
    return STATUS_OK;
}

static Status read_options(Checking *checking, long long *random_count) {
    Command *command = checking->command;
    const Arguments *arguments = &command->arguments;
    checking->json = arguments->option[OPTION_JSON] != NULL;
    checking->all_outputs = arguments->option[OPTION_SLOW] != NULL;
    TRY(command_blame_user(
        command, arguments_integer(command->context, arguments, OPTION_RANDOM, 1, MAX_RANDOM, 0, random_count)));
    TRY(check_source(command, *random_count > 0));
    if (*random_count == 0) return request_read(command, &checking->request);
    TRY(request_read_choices(command, &checking->request));
    if (checking->request.schedule_folder == NULL) return STATUS_OK;
    return command_misused(command, "--schedule %s: a folder of schedules is for layers with names, not for --random",
                           checking->request.schedule_folder);
}

static Status run(Command *command) {
    Checking checking = {.command = command};
    long long random_count;
    TRY(read_options(&checking, &random_count));
    assert(checking.request.target != NULL);
    Status status = machine_new(command->context, checking.request.target, &checking.machine);
    if (status == STATUS_OK)
        status = random_count > 0 ? check_random_layers(&checking, random_count) : check_layers(&checking);
    machine_free(&checking.machine);
    TRY(status);
    if (checking.failed == 0) return STATUS_OK;
    return diag_error(command->context, STATUS_WRONG, "%lld of %lld layers failed", checking.failed, checking.checked);
}

static const OptionKind options[] = {REQUEST_OPTIONS, OPTION_SLOW, OPTION_RANDOM, OPTION_SEED,
                                     OPTION_JSON,     OPTION_HELP, OPTION_COUNT};

const Verb verb_check = {
    .name = "check",
    .program = "septet check",
    .summary = "compile, run, and compare with a naive convolution in f64",
    .synopsis = "SPEC... | --random N [--seed S] [options]",
    .text =
        "Runs the compiled object in a child process, between inaccessible pages: on small integers, where every\n"
        "output must be equal, and on two sets of random data, where the error must stay within the bound of f32\n"
        "summation. Prints a line a layer: verdict, error_l2 = |y - y64|_2 / |y64|_2, and error_max, the largest\n"
        "|y - y64| / (sum |x w| + |b| + |residual|) of one output. --random draws layers and schedules of every kind.",
    .example = "septet check bench/layers/resnet50.txt --epilogue 'bias relu' --layer resnet50:res2a_branch2b",
    .takes_specs = true,
    .options = options,
    .run = run,
};
