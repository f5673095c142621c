/* SPDX-License-Identifier: Apache-2.0 */
/* Printing schedules: the form of ir/steps.def again, each element writing what its reader would read. */
#include "ir/schedule_form.h"

/* One step being printed; lists that several elements share are consumed from left to right. */
typedef struct Printer {
    const Step *step;
    Text *text;
    int loops, sizes, names, tensors; /* how many are written already */
} Printer;

static void print_loop_name(const LoopName *loop, Text *text) {
    if (loop->stage != NULL) text_add(text, " %s.%s", loop->stage, loop->name);
    if (loop->stage == NULL) text_add(text, " %s", loop->name);
}

static void print_loop(Printer *printer) {
    print_loop_name(&printer->step->loops[printer->loops++], printer->text);
}

static void print_loops(Printer *printer) {
    while (printer->loops < printer->step->loop_count) print_loop(printer);
}

static void print_within(Printer *printer) {
    const Step *step = printer->step;
    for (int i = 0; i < step->within_count; i++) print_loop_name(&step->within[i], printer->text);
}

static void print_store(Printer *printer) {
    print_loop_name(printer->step->store, printer->text);
}

static void print_size(Printer *printer) {
    text_add(printer->text, " %lld", (long long)printer->step->sizes[printer->sizes++]);
}

static void print_count(Printer *printer) {
    print_size(printer);
}

static void print_factor(Printer *printer) {
    text_add(printer->text, " %lld", (long long)printer->step->factor);
}

static void print_pairs(Printer *printer) {
    while (printer->loops < printer->step->loop_count) {
        print_loop(printer);
        print_size(printer);
    }
}

static void print_name(Printer *printer) {
    text_add(printer->text, " %s", printer->step->names[printer->names++]);
}

static void print_packed(Printer *printer) {
    print_name(printer);
}

static void print_names(Printer *printer) {
    while (printer->names < printer->step->name_count) print_name(printer);
}

static void print_copies(Printer *printer) {
    print_names(printer);
}

static void print_tensor(Printer *printer) {
    text_add(printer->text, " %s", printer->step->tensors[printer->tensors++]);
}

static void print_tensors(Printer *printer) {
    while (printer->tensors < printer->step->tensor_count) print_tensor(printer);
}

static void print_intrinsic(Printer *printer) {
    text_add(printer->text, " %s", printer->step->intrinsic);
}

static void print_layout(Printer *printer) {
    const Step *step = printer->step;
    text_add_string(printer->text, " [");
    for (int i = 0; i < step->axis_count; i++) {
        const PackAxis *axis = &step->axes[i];
        text_add(printer->text, i > 0 ? " %s" : "%s", axis->name);
        for (int j = 0; j < axis->op_count; j++)
            text_add(printer->text, "%c%lld", axis->ops[j].modulo ? '%' : '/', (long long)axis->ops[j].divisor);
    }
    text_add_string(printer->text, "]");
}

static void print_level(Printer *printer) {
    text_add(printer->text, " %s", mark_name(printer->step->level));
}

static void print_scope(Printer *printer) {
    text_add(printer->text, " %s", scope_name(printer->step->scope));
}

static void print_tail(Printer *printer) {
    text_add(printer->text, "=%s", tail_name(printer->step->tail));
}

static void print_cache(Printer *printer) {
    text_add(printer->text, " l%d", printer->step->cache);
}

/* The word in front of it was all. */
static void print_ahead(Printer *printer) {
    (void)printer;
}

typedef void ElementPrinter(Printer *printer);

static ElementPrinter *const printers[FORM_KINDS] = {
#define FORM(id, name, description) [FORM_##id] = print_##name,
#include "ir/forms.def"
#undef FORM
};

/* Does the step have what the optional part with this element says? */
static bool is_given(const Step *step, FormKind element) {
    switch (element) {
    case FORM_TAIL: return step->tail != TAIL_NONE;
    case FORM_FACTOR: return step->factor != 0;
    case FORM_WITHIN: return step->within_count > 0;
    case FORM_STORE: return step->store != NULL;
    case FORM_SCOPE: return step->scope != SCOPE_ARGUMENT;
    case FORM_AHEAD: return step->ahead;
    case FORM_CACHE: return step->cache != 0;
    default: return true;
    }
}

/* Behind "[": skips the part, to behind "]", when the step lacks it. */
static void skip_option_not_given(const Step *step, const char **form) {
    const char *inside = *form;
    form_next(&inside);
    if (is_given(step, form_next(&inside).kind)) return;
    while (form_next(form).kind != FORM_CLOSE) continue;
}

void step_print(const Step *step, Text *text) {
    Printer printer = {.step = step, .text = text};
    text_add_string(text, step_name(step->kind));
    const char *form = step_form(step->kind);
    for (FormPart part = form_next(&form); part.kind != FORM_END; part = form_next(&form)) {
        switch (part.kind) {
        case FORM_CLOSE: break;
        case FORM_OPEN: skip_option_not_given(step, &form); break;
        case FORM_WORD: text_add(text, " %s", part.word); break;
        default: printers[part.kind](&printer); break;
        }
    }
}

void schedule_print(const Schedule *schedule, Text *text) {
    for (int i = 0; i < schedule->count; i++) {
        step_print(&schedule->steps[i], text);
        text_add_string(text, "\n");
    }
}
