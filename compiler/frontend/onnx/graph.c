/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that all that works on a graph needs: messages and shapes. */
#include "compiler/frontend/onnx/graph.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { SHOWN_CHARACTERS = 100 };

const char *onnx_shown(Context *context, const char *text) {
    size_t length = strlen(text);
    bool cut = length > SHOWN_CHARACTERS;
    char *copy = arena_alloc(context, SHOWN_CHARACTERS + sizeof "...");
    memcpy(copy, text, cut ? SHOWN_CHARACTERS : length);
    for (char *c = copy; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') *c = '?'; /* what could command a terminal */
    }
    if (cut) memcpy(copy + SHOWN_CHARACTERS, "...", sizeof "...");
    return copy;
}

Status onnx_node_error(const OnnxGraph *graph, const OnnxNode *node, const char *format, ...) {
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return diag_error(graph->context, STATUS_INVALID, "%s: node '%s' (%s): %s", graph->file, node->name.name,
                      node->name.op, words);
}

const char *onnx_value_name(const OnnxGraph *graph, int value) {
    return onnx_shown(graph->context, graph->values[value].name);
}

const char *onnx_shape_text(Context *context, const OnnxShape *shape) {
    Text text = text_new(context);
    text_add(&text, "[");
    for (int i = 0; i < shape->rank; i++) text_add(&text, "%s%lld", i > 0 ? ", " : "", (long long)shape->dims[i]);
    text_add(&text, "]");
    return text_string(&text);
}

bool onnx_shape_equal(const OnnxShape *a, const OnnxShape *b) {
    return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof a->dims[0]) == 0;
}

bool onnx_shape_elements(const OnnxShape *shape, int64_t *out) {
    int64_t product = 1; /* of the dimensions that are not 0, so that [0, huge] is as impossible as [huge] */
    bool empty = false;
    for (int i = 0; i < shape->rank; i++) {
        int64_t extent = shape->dims[i];
        if (extent < 0 || extent > PROBLEM_MAX_EXTENT) return false;
        empty = empty || extent == 0;
        if (extent > 0 && product > PROBLEM_MAX_ELEMENTS / extent) return false;
        if (extent > 0) product *= extent;
    }
    *out = empty ? 0 : product;
    return true;
}
