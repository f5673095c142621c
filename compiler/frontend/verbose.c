/* SPDX-License-Identifier: Apache-2.0 */
/* Reads logs of programs that ran with ONEDNN_VERBOSE: each convolution that was executed, with its count. A text is a
 * log when one of its lines begins "onednn_verbose," or "dnnl_verbose,":
 *
 *     onednn_verbose,[v1,][TIME,][primitive,]exec,cpu,convolution,IMPLEMENTATION,forward_inference,TENSORS,ATTRIBUTES,
 *         ALGORITHM,mb1_ic64oc64_ih56oh56kh3sh1dh0ph1_iw56ow56kw3sw1dw0pw1,TIME_MS                       on one line
 *
 * The problem is a descriptor of benchdnn without a name. Equal ones are one layer. Backward passes are skipped with a
 * note; all other lines, and what the program printed itself, are passed over. The times that were logged belong to
 * another run and are not kept. */
#include "compiler/frontend/verbose.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/frontend/benchdnn.h"
#include "compiler/frontend/internal.h"

/* Fields of a line, counted from "exec"; in front of it there are at most MAX_LEADING. */
typedef enum Field {
    FIELD_EXEC,
    FIELD_ENGINE,
    FIELD_PRIMITIVE,
    FIELD_IMPLEMENTATION,
    FIELD_PASS,
    FIELD_TENSORS,
    FIELD_ATTRIBUTES,
    FIELD_ALGORITHM,
    FIELD_PROBLEM,
    FIELD_COUNT
} Field;

enum { MAX_LEADING = 5 };

typedef struct Log {
    Context *context;
    const Source *source;
    LayerVector layers; /* one for each line */
    Tally passes;
    VerboseSkipped skipped;
} Log;

static bool is_marked(Span line) {
    return span_begins(line, "onednn_verbose,") || span_begins(line, "dnnl_verbose,");
}

bool verbose_begin(const Source *source) {
    Span rest = {source->text, source->length}, line;
    while (span_take(&rest, '\n', &line)) {
        if (is_marked(line)) return true;
    }
    return false;
}

/* The fields from "exec" on; false when the line is no execution of a convolution. Those that are missing are empty. */
static bool split_line(Span line, Span fields[FIELD_COUNT]) {
    int leading = 0;
    do {
        if (leading++ == MAX_LEADING || !span_take(&line, ',', &fields[FIELD_EXEC])) return false;
    } while (!span_is(fields[FIELD_EXEC], "exec"));
    for (int i = FIELD_ENGINE; i < FIELD_COUNT; i++) {
        fields[i] = (Span){line.start, 0};
        span_take(&line, ',', &fields[i]);
    }
    return span_is(fields[FIELD_PRIMITIVE], "convolution") || span_is(fields[FIELD_PRIMITIVE], "deconvolution");
}

static Status read_problem(Log *log, const Span *fields, Descriptor *descriptor, Problem *out) {
    const char *at = fields[FIELD_PROBLEM].start;
    if (fields[FIELD_PROBLEM].length == 0)
        return diag_error_at(log->context, STATUS_INVALID, log->source, (size_t)(at - log->source->text),
                             "this line of ONEDNN_VERBOSE ends before its problem (mb1_ic64…)");
    TRY(descriptor_read(log->context, log->source, &at, ',', descriptor));
    descriptor->transposed = span_is(fields[FIELD_PRIMITIVE], "deconvolution");
    return descriptor_problem(log->context, log->source, descriptor, out);
}

static Status read_line(Log *log, Span line) {
    Span fields[FIELD_COUNT];
    Descriptor descriptor;
    Problem problem;
    if (!is_marked(line) || !split_line(line, fields)) return STATUS_OK;
    if (!span_begins(fields[FIELD_PASS], "forward")) {
        const char *pass = arena_substring(log->context, fields[FIELD_PASS].start, fields[FIELD_PASS].length);
        tally_add(log->context, &log->passes, pass, pass);
        return STATUS_OK;
    }
    TRY(read_problem(log, fields, &descriptor, &problem));
    if (!verbose_read_tensors(log->context, fields[FIELD_TENSORS], &problem, &log->skipped)) return STATUS_OK;
    verbose_read_attributes(log->context, fields[FIELD_ATTRIBUTES], &problem, &log->skipped);
    TRY(problem_check_at(log->context, log->source, &descriptor.places, &problem));
    Layer layer = {descriptor.name, descriptor.count, problem, log->source, descriptor.places.start};
    VECTOR_PUSH(log->context, &log->layers, layer);
    return STATUS_OK;
}

/* A layer under a text that equal ones share. */
typedef struct Keyed {
    const char *key;
    size_t index;
} Keyed;

static int compare_keyed(const void *a, const void *b) {
    const Keyed *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* Appends the layers, equal ones counted in the first. They are found by sorting, so that no log is slow. */
static Status merge(Log *log, LayerVector *out) {
    Keyed *keyed = ARENA_ARRAY(log->context, Keyed, log->layers.count);
    for (size_t i = 0; i < log->layers.count; i++) {
        Text text = text_new(log->context);
        problem_print(&log->layers.items[i].problem, &text);
        keyed[i] = (Keyed){text_string(&text), i};
    }
    if (log->layers.count > 0) qsort(keyed, log->layers.count, sizeof *keyed, compare_keyed);
    Layer *first = NULL;
    for (size_t i = 0; i < log->layers.count; i++) {
        Layer *layer = &log->layers.items[keyed[i].index];
        if (i > 0 && strcmp(keyed[i].key, keyed[i - 1].key) == 0) {
            first->count += layer->count;
            layer->count = 0;
        } else {
            first = layer;
        }
    }
    for (size_t i = 0; i < log->layers.count; i++) {
        if (log->layers.items[i].count > 0) TRY(layers_add(log->context, out, &log->layers.items[i]));
    }
    return STATUS_OK;
}

static void note_skipped(const Log *log) {
    const char *name = log->source->name;
    tally_note(log->context, &log->passes, name, "which is no forward pass");
    tally_note(log->context, &log->skipped.types, name, "a type that no kernel has");
    tally_note(log->context, &log->skipped.layouts, name, "a layout that no kernel has: nhwc is taken");
    tally_note(log->context, &log->skipped.attributes, name, "which no epilogue says: the layer is taken without it");
}

Status verbose_read(Context *context, const Source *source, LayerVector *layers) {
    Log log = {.context = context, .source = source};
    Span rest = {source->text, source->length}, line;
    while (span_take(&rest, '\n', &line)) {
        if (line.length > 0 && line.start[line.length - 1] == '\r') line.length--;
        TRY(read_line(&log, line));
    }
    TRY(merge(&log, layers));
    note_skipped(&log);
    return STATUS_OK;
}
