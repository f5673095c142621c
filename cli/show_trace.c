/* SPDX-License-Identifier: Apache-2.0 */
/* The events of ir/trace.h as a table. */
#include "cli/show_trace.h"

#include <inttypes.h>
#include <string.h>

#include "base/vector.h"
#include "cli/json.h"
#include "ir/trace.h"

static const char legend[] =
    "Each line is one statement as it runs, in order: the loops around it, the element that it stores (=) or adds to\n"
    "(+=), and those that it reads. a..b are elements of the lanes of a vector, which run at the same time; loops on\n"
    "cores are shown as one thread would run them.\n\n";

enum { CELLS = 3 };

static const char *const headings[CELLS] = {"loops", "writes", "reads"};

typedef struct Line {
    const char *cells[CELLS];
    const char *written; /* the second one, without = or += */
    bool adds;
} Line;

typedef struct Tracing {
    Context *context;
    int64_t limit;
    bool is_whole; /* the kernel ended before the limit */
    const TraceEvent *event;
    Text reads;
    VECTOR(Line) lines;
} Tracing;

/* "3", "0..15", "0..120 by 8" */
static void add_range(int64_t first, int64_t last, int64_t lanes, Text *text) {
    text_add(text, "%" PRId64, first);
    if (first == last) return;
    text_add(text, "..%" PRId64, last);
    int64_t step = lanes > 1 ? (last - first) / (lanes - 1) : 1;
    if (step != 1) text_add(text, " by %" PRId64, step);
}

static int64_t lanes_of(const TraceEvent *event) {
    for (int i = 0; i < event->loop_count; i++) {
        int64_t count = event->loops[i].last - event->loops[i].first + 1;
        if (count > 1) return count;
    }
    return 1;
}

static const char *loops_text(Context *context, const TraceEvent *event) {
    Text text = text_new(context);
    for (int i = 0; i < event->loop_count; i++) {
        const TraceLoop *around = &event->loops[i];
        text_add(&text, "%s%s=", i > 0 ? " " : "", around->loop->loop.var->name);
        add_range(around->first, around->last, 1 + around->last - around->first, &text);
    }
    return text_string(&text);
}

static void add_element(const TraceEvent *event, const Tensor *tensor, const Affine *const *index, Text *text) {
    text_add(text, "%s[", tensor->name);
    for (int i = 0; i < tensor->rank; i++) {
        if (i > 0) text_add_string(text, ", ");
        add_range(affine_evaluate(index[i], event->values), affine_evaluate(index[i], event->last), lanes_of(event),
                  text);
    }
    text_add_string(text, "]");
}

static void add_read(void *data, const Expr *access) {
    Tracing *tracing = data;
    if (tracing->reads.length > 0) text_add_string(&tracing->reads, " ");
    add_element(tracing->event, access->access.tensor, access->access.index, &tracing->reads);
}

static bool keep(void *data, const TraceEvent *event) {
    Tracing *tracing = data;
    const Stmt *store = event->store;
    if (event->number > tracing->limit) {
        tracing->is_whole = false;
        return false;
    }
    Text element = text_new(tracing->context);
    add_element(event, store->store.tensor, store->store.index, &element);
    const char *written = text_string(&element);
    const char *writes = arena_format(tracing->context, "%s %s", written, store->store.add ? "+=" : "=");
    tracing->event = event;
    tracing->reads = text_new(tracing->context);
    expr_visit(store->store.value, add_read, tracing);
    Line line = {.cells = {loops_text(tracing->context, event), writes, text_string(&tracing->reads)},
                 .written = written,
                 .adds = store->store.add};
    VECTOR_PUSH(tracing->context, &tracing->lines, line);
    return true;
}

static void add_line(const char *number, const char *const *cells, const int *widths, Text *out) {
    text_add(out, "%6s", number);
    for (int i = 0; i + 1 < CELLS; i++) text_add(out, "  %-*s", widths[i], cells[i]);
    text_add(out, "%s%s\n", cells[CELLS - 1][0] != '\0' ? "  " : "", cells[CELLS - 1]);
}

static void print_table(Tracing *tracing, Text *out) {
    int widths[CELLS] = {0};
    for (size_t i = 0; i < tracing->lines.count; i++) {
        for (int cell = 0; cell < CELLS; cell++) {
            int length = (int)strlen(tracing->lines.items[i].cells[cell]);
            if (length > widths[cell]) widths[cell] = length;
        }
    }
    add_line("", headings, widths, out);
    for (size_t i = 0; i < tracing->lines.count; i++)
        add_line(arena_format(tracing->context, "%zu", i + 1), tracing->lines.items[i].cells, widths, out);
    text_add(out, "%s\n", tracing->is_whole ? "That is all." : "and so on");
}

void show_trace(Context *context, const Plan *plan, int64_t limit, Text *out) {
    Tracing tracing = {.context = context, .limit = limit, .is_whole = true};
    nest_trace(context, plan->scheduled, keep, &tracing);
    text_add_string(out, legend);
    print_table(&tracing, out);
    text_add_string(out, "\n");
}

Status show_trace_json(Context *context, const Plan *plan, const char *layer, int64_t limit) {
    Tracing tracing = {.context = context, .limit = limit, .is_whole = true};
    nest_trace(context, plan->scheduled, keep, &tracing);
    for (size_t i = 0; i < tracing.lines.count; i++) {
        const Line *traced = &tracing.lines.items[i];
        JsonLine line = json_line_new();
        json_add_string(&line, "layer", layer);
        json_add_integer(&line, "statement", (int64_t)i + 1);
        json_add_string(&line, "loops", traced->cells[0]);
        json_add_string(&line, "writes", traced->written);
        json_add_bool(&line, "adds", traced->adds);
        json_add_string(&line, "reads", traced->cells[2]);
        TRY(json_line_print(context, &line, stdout));
    }
    return STATUS_OK;
}
