/* SPDX-License-Identifier: Apache-2.0 */
/* septet show: what becomes of a layer, from the tensor expression over the seven loops to the nest after each step. */
#include <stdio.h>
#include <string.h>

#include "base/vector.h"
#include "cli/after.h"
#include "cli/explain.h"
#include "cli/json.h"
#include "cli/request.h"
#include "cli/show_asm.h"
#include "cli/show_diff.h"
#include "cli/show_footprint.h"
#include "cli/show_trace.h"

static const char legend[] =
    "n counts images, k output channels, p and q output rows and columns; c input channels, r and s filter rows and\n"
    "columns; g groups. 'for p 56' runs p from 0 to 55. init is done before the first and finish after the last term "
    "of\n"
    "a sum. Steps change the order in which this is done, never what is computed.\n\n";

/* One nest of the story, for programs. */
typedef struct ShownNest {
    long step;        /* number; 0: before the first */
    const char *what; /* the step's text, or the pass */
    const char *nest;
} ShownNest;

/* One layer being shown. Everything is collected before it is printed, so that a step that does not apply comes without
 * half a story. */
typedef struct Showing {
    Context *context;
    After after;      /* only this moment; no word: the whole story of the steps */
    long steps;       /* seen so far */
    bool met;         /* something was added */
    const char *nest; /* the nest that was added last */
    Text text;
    VECTOR(ShownNest) nests;
} Showing;

static void add_heading(Showing *showing, const char *heading) {
    text_add(&showing->text, "%s\n", heading);
    text_add_repeat(&showing->text, '-', 60);
    text_add_string(&showing->text, "\n");
}

static bool has_line(const char *text, const char *line, size_t length) {
    for (; text != NULL && *text != '\0'; text = strchr(text, '\n') + 1)
        if (strncmp(text, line, length) == 0) return true;
    return false;
}

/* Declarations of tensors that the nest before had as well are left out. */
static void add_nest(Showing *showing, const char *what, const Nest *nest) {
    static const char declaration[] = "tensor ";
    Text printed = text_new(showing->context);
    nest_print(nest, &printed);
    for (const char *line = text_string(&printed), *next; *line != '\0'; line = next) {
        next = strchr(line, '\n') + 1;
        size_t length = (size_t)(next - line);
        bool is_known = strncmp(line, declaration, strlen(declaration)) == 0 && has_line(showing->nest, line, length);
        if (!is_known) text_add(&showing->text, "%.*s", (int)length, line);
    }
    text_add_string(&showing->text, "\n");
    showing->nest = text_string(&printed);
    showing->met = true;
    ShownNest shown = {showing->steps, what, showing->nest};
    VECTOR_PUSH(showing->context, &showing->nests, shown);
}

/* A default schedule that does not apply is followed by a simpler one: the story starts again. */
static void start_again(Showing *showing) {
    showing->steps = 0;
    showing->met = false;
    showing->nest = NULL;
    showing->text = text_new(showing->context);
    showing->nests.count = 0;
}

static void add_start(Showing *showing, const Nest *nest) {
    if (showing->after.word == NULL) {
        add_heading(showing, "Tensor expression: what is computed");
        pipeline_print(nest->pipeline, &showing->text);
        text_add_string(&showing->text, "\n");
    }
    add_heading(showing, "The loops as they stand: for every output, the sum over input channels and filter taps");
    if (showing->after.word == NULL) text_add_string(&showing->text, legend);
    add_nest(showing, "", nest);
}

static void add_step(Showing *showing, const Step *step, const Nest *nest) {
    Text what = text_new(showing->context);
    step_print(step, &what);
    add_heading(showing, arena_format(showing->context, "%ld. %s", showing->steps, text_string(&what)));
    explain_step(step, &showing->text);
    text_add_string(&showing->text, "\n\n");
    add_nest(showing, text_string(&what), nest);
}

static void observe_step(void *data, const Step *step, const Nest *nest) {
    Showing *showing = data;
    if (step == NULL) start_again(showing);
    if (step != NULL) showing->steps++;
    if (showing->after.word != NULL && !after_is_step(&showing->after, showing->steps, step)) return;
    if (step == NULL) {
        add_start(showing, nest);
    } else {
        add_step(showing, step, nest);
    }
}

static void observe_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    (void)elapsed_ns;
    Showing *showing = data;
    if (!after_is_pass(&showing->after, pass)) return;
    add_heading(showing, arena_format(showing->context, "After the pass %s", pass));
    add_nest(showing, pass, nest);
}

/* Had all steps been taken when the plan was refused? Then the nest that cannot be lowered is worth a look. */
static bool is_lowering(const Showing *showing, const Request *request) {
    return showing->met && request->schedule != NULL && showing->steps >= request->schedule->count;
}

static void print_shown(const RequestLayer *layer, const Plan *plan, const Text *text) {
    printf("%s\n%s\ntarget %s, algorithm %s, %s schedule\n\n%s", layer->label, plan->problem_text, plan->target->name,
           plan->algorithm, plan->schedule_source, text_string(text));
}

/* What is shown, and of what: the first line of each layer. */
static Status print_layer_json(Command *command, const Request *request, const RequestLayer *layer, const Plan *plan) {
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", layer->label);
    json_add_string(&line, "problem", plan->problem_text);
    json_add_string(&line, "target", plan->target->name);
    json_add_integer(&line, "threads", request->threads);
    json_add_string(&line, "algorithm", plan->algorithm);
    json_add_string(&line, "schedule_source", plan->schedule_source);
    json_add_string(&line, "schedule", plan->schedule);
    return json_line_print(command->context, &line, stdout);
}

static Status print_nests_json(const Showing *showing, const RequestLayer *layer) {
    for (size_t i = 0; i < showing->nests.count; i++) {
        const ShownNest *shown = &showing->nests.items[i];
        JsonLine line = json_line_new();
        json_add_string(&line, "layer", layer->label);
        json_add_integer(&line, "step", shown->step);
        json_add_string(&line, "after", shown->what);
        json_add_string(&line, "nest", shown->nest);
        TRY(json_line_print(showing->context, &line, stdout));
    }
    return STATUS_OK;
}

static bool wants_json(const Command *command) {
    return command->arguments.option[OPTION_JSON] != NULL;
}

static Status show_layer(Command *command, const Request *request, const RequestLayer *layer) {
    Showing showing = {.context = command->context, .text = text_new(command->context)};
    TRY(after_read(command, OPTION_AFTER, &showing.after));
    PlanObserver observer = {.step = observe_step, .pass = observe_pass, .data = &showing};
    const Plan *plan;
    Status status = request_plan(command->context, request, layer, &observer, &plan);
    if (status != STATUS_OK) {
        if (is_lowering(&showing, request) && !wants_json(command))
            printf("%s\n\n%s", layer->label, text_string(&showing.text));
        return status;
    }
    if (!showing.met) {
        return command_misused(command, "--after %s: the schedule of %s has %ld steps and no such one",
                               showing.after.word, layer->label, showing.steps);
    }
    if (wants_json(command)) {
        TRY(print_layer_json(command, request, layer, plan));
        return print_nests_json(&showing, layer);
    }
    print_shown(layer, plan, &showing.text);
    return STATUS_OK;
}

/* One answer about a layer instead of the story: sets *plan and adds the text, or prints JSON lines itself. */
typedef Status ShowAnswer(Command *command, const Request *request, const RequestLayer *layer, const Plan **plan,
                          Text *out);

static Status answer_asm(Command *command, const Request *request, const RequestLayer *layer, const Plan **plan,
                         Text *out) {
    TRY(request_plan(command->context, request, layer, NULL, plan));
    if (!wants_json(command)) return show_asm(command->context, *plan, out);
    TRY(print_layer_json(command, request, layer, *plan));
    return show_asm_json(command->context, *plan, layer->label);
}

static Status answer_footprint(Command *command, const Request *request, const RequestLayer *layer, const Plan **plan,
                               Text *out) {
    TRY(request_plan(command->context, request, layer, NULL, plan));
    if (!wants_json(command)) return show_footprint(command->context, *plan, out);
    TRY(print_layer_json(command, request, layer, *plan));
    return show_footprint_json(command->context, *plan, layer->label);
}

static Status answer_trace(Command *command, const Request *request, const RequestLayer *layer, const Plan **plan,
                           Text *out) {
    enum { DEFAULT_LINES = 40 };
    long long limit;
    TRY(command_blame_user(command, arguments_integer(command->context, &command->arguments, OPTION_LIMIT, 1, INT32_MAX,
                                                      DEFAULT_LINES, &limit)));
    TRY(request_plan(command->context, request, layer, NULL, plan));
    if (wants_json(command)) {
        TRY(print_layer_json(command, request, layer, *plan));
        return show_trace_json(command->context, *plan, layer->label, limit);
    }
    show_trace(command->context, *plan, limit, out);
    return STATUS_OK;
}

static Status answer_diff(Command *command, const Request *request, const RequestLayer *layer, const Plan **plan,
                          Text *out) {
    TRY(show_diff(command, request, layer, plan, out));
    if (!wants_json(command)) return STATUS_OK;
    TRY(print_layer_json(command, request, layer, *plan));
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", layer->label);
    json_add_string(&line, "diff", text_string(out));
    return json_line_print(command->context, &line, stdout);
}

static Status show_answer(Command *command, const Request *request, const RequestLayer *layer, ShowAnswer *answer) {
    Text text = text_new(command->context);
    const Plan *plan = NULL;
    TRY(answer(command, request, layer, &plan, &text));
    if (!wants_json(command)) print_shown(layer, plan, &text);
    return STATUS_OK;
}

/* The options that ask for something else than the story: at most one of them, and none beside --after. */
static Status choose_answer(Command *command, ShowAnswer **out) {
    static const struct {
        OptionKind option;
        ShowAnswer *answer;
    } answers[] = {{OPTION_AFTER, NULL},
                   {OPTION_ASM, answer_asm},
                   {OPTION_DIFF, answer_diff},
                   {OPTION_FOOTPRINT, answer_footprint},
                   {OPTION_TRACE, answer_trace}};
    OptionKind given = OPTION_COUNT;
    *out = NULL;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        OptionKind option = answers[i].option;
        if (command->arguments.option[option] == NULL) continue;
        if (given != OPTION_COUNT)
            return command_misused(command, "%s and %s answer different questions; give one of them",
                                   option_get(given)->spelling, option_get(option)->spelling);
        given = option;
        *out = answers[i].answer;
    }
    if (command->arguments.option[OPTION_LIMIT] != NULL && given != OPTION_TRACE)
        return command_misused(command, "--limit counts the statements of --trace, which is not given");
    return STATUS_OK;
}

static Status run(Command *command) {
    ShowAnswer *answer;
    TRY(choose_answer(command, &answer));
    Request request;
    TRY(request_read(command, &request));
    for (size_t i = 0; i < request.count; i++) {
        const RequestLayer *layer = &request.layers[i];
        TRY(answer != NULL ? show_answer(command, &request, layer, answer) : show_layer(command, &request, layer));
    }
    return STATUS_OK;
}

static const OptionKind options[] = {OPTION_AFTER, OPTION_ASM,  OPTION_DIFF,     OPTION_FOOTPRINT, OPTION_TRACE,
                                     OPTION_LIMIT, OPTION_JSON, REQUEST_OPTIONS, OPTION_HELP,      OPTION_COUNT};

const Verb verb_show = {
    .name = "show",
    .program = "septet show",
    .summary = "show a layer's loops, step by step",
    .synopsis = "SPEC... [--after STEP|PASS | --diff A,B | --footprint | --asm | --trace] [options]",
    .text =
        "Prints the tensor expression, the loops as they stand, and the loop nest after each step of the schedule,\n"
        "with what the step did. With --after, only the nest at that moment; with --diff 2,3, what changed\n"
        "between two moments. Of a schedule whose result cannot be lowered for the target, the nests are printed all\n"
        "the same, and then the reason.\n"
        "With --asm, what became of the nest: the loops of the machine code that multiply and add, how often each is\n"
        "run, how many multiply-adds, loads, broadcasts, stores and spills an iteration has, and the code of the\n"
        "hottest.\n"
        "With --footprint, what one run of each loop touches of each tensor, how often it uses each byte of that, and\n"
        "what comes from beyond the caches.\n"
        "With --trace, the first 40 statements (--limit) in the order in which they run.\n"
        "With --json, for any of these, a line about the layer, then one for each nest, loop, tensor or statement.",
    .example = "septet show --conv 'c=64 h=56 w=56 k=64 r=3 s=3 pad=1 bias relu' --after reorder",
    .takes_specs = true,
    .options = options,
    .run = run,
};
