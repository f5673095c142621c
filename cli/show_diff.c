/* SPDX-License-Identifier: Apache-2.0 */
/* Two moments of one plan. Of several steps with the word that was given, the last counts. */
#include "cli/show_diff.h"

#include <string.h>

#include "base/diff.h"
#include "cli/after.h"

typedef struct Moment {
    After after;
    const char *nest; /* NULL: it has not come */
} Moment;

typedef struct Difference {
    Context *context;
    long steps;
    Moment moments[2];
} Difference;

static void keep_nest(const Difference *difference, Moment *moment, const Nest *nest) {
    Text text = text_new(difference->context);
    nest_print(nest, &text);
    moment->nest = text_string(&text);
}

static void observe_step(void *data, const Step *step, const Nest *nest) {
    Difference *difference = data;
    difference->steps = step == NULL ? 0 : difference->steps + 1;
    for (int i = 0; i < 2; i++) {
        Moment *moment = &difference->moments[i];
        if (step == NULL) moment->nest = NULL; /* another schedule is tried */
        if (after_is_step(&moment->after, difference->steps, step)) keep_nest(difference, moment, nest);
    }
}

static void observe_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    Difference *difference = data;
    (void)elapsed_ns;
    for (int i = 0; i < 2; i++)
        if (after_is_pass(&difference->moments[i].after, pass)) keep_nest(difference, &difference->moments[i], nest);
}

static Status read_moments(Command *command, Difference *out) {
    const char *value = command->arguments.option[OPTION_DIFF], *comma = strchr(value, ',');
    if (comma == NULL) return command_misused(command, "--diff %s: expected two moments, as in 2,3 or 0,clip", value);
    const char *first = arena_substring(command->context, value, (size_t)(comma - value));
    TRY(after_read_word(command, OPTION_DIFF, first, &out->moments[0].after));
    return after_read_word(command, OPTION_DIFF, comma + 1, &out->moments[1].after);
}

Status show_diff(Command *command, const Request *request, const RequestLayer *layer, const Plan **plan, Text *out) {
    Difference difference = {.context = command->context};
    TRY(read_moments(command, &difference));
    PlanObserver observer = {.step = observe_step, .pass = observe_pass, .data = &difference};
    TRY(request_plan(command->context, request, layer, &observer, plan));
    for (int i = 0; i < 2; i++) {
        if (difference.moments[i].nest != NULL) continue;
        return command_misused(command, "--diff %s: the schedule of %s has %ld steps and no such one",
                               difference.moments[i].after.word, layer->label, difference.steps);
    }
    diff_print(difference.moments[0].nest, difference.moments[1].nest, out);
    text_add_string(out, "\n");
    return STATUS_OK;
}
