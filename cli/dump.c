/* SPDX-License-Identifier: Apache-2.0 */
/* An observer of plans that prints nests and times. */
#include "cli/dump.h"

#include <stdio.h>

Status dump_read(Command *command, Dump *out) {
    *out = (Dump){.context = command->context, .times = command->arguments.option[OPTION_TIME_PASSES] != NULL};
    return after_read(command, OPTION_DUMP_AFTER, &out->after);
}

bool dump_is_wanted(const Dump *dump) {
    return dump->times || dump->after.word != NULL;
}

static void print_nest(const Dump *dump, const char *moment, const Nest *nest) {
    Text text = text_new(dump->context);
    nest_print(nest, &text);
    fprintf(stderr, "# %s after %s\n%s", dump->label, moment, text_string(&text));
}

static void observe_step(void *data, const Step *step, const Nest *nest) {
    Dump *dump = data;
    long number = step == NULL ? 0 : ++dump->steps;
    if (!after_is_step(&dump->after, number, step)) return;
    Text moment = text_new(dump->context);
    text_add(&moment, "step %ld", number);
    if (step != NULL) {
        text_add_string(&moment, ": ");
        step_print(step, &moment);
    }
    print_nest(dump, text_string(&moment), nest);
}

static void observe_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    const Dump *dump = data;
    if (dump->times) fprintf(stderr, "%s: pass %-20s %9.3f ms\n", dump->label, pass, (double)elapsed_ns / 1e6);
    if (after_is_pass(&dump->after, pass)) print_nest(dump, arena_format(dump->context, "pass %s", pass), nest);
}

PlanObserver dump_observer(Dump *dump, const char *label) {
    dump->label = label;
    dump->steps = 0;
    return (PlanObserver){.step = observe_step, .pass = observe_pass, .data = dump};
}
