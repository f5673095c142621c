/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a nest, reads it, and compares. */
#include "tests/support/round_trip.h"

#include <string.h>

#include "base/diff.h"
#include "base/vector.h"

typedef struct LoopList {
    Context *context;
    VECTOR(const Var *) vars;
} LoopList;

static void add_loops(void *data, const Stmt *stmt) {
    LoopList *list = data;
    if (stmt->kind == STMT_FOR) VECTOR_PUSH(list->context, &list->vars, stmt->loop.var);
    stmt_visit_children(stmt, add_loops, list);
}

static LoopList all_loops(Context *context, const Nest *nest) {
    LoopList list = {.context = context};
    if (nest->ahead != NULL) add_loops(&list, nest->ahead);
    add_loops(&list, nest->body);
    return list;
}

static Status compare_loops(Context *context, const Nest *nest, const Nest *read) {
    LoopList want = all_loops(context, nest), got = all_loops(context, read);
    for (size_t i = 0; i < want.vars.count; i++) {
        const Var *a = want.vars.items[i], *b = got.vars.items[i];
        bool is_same = strcmp(a->name, b->name) == 0 && strcmp(a->stage, b->stage) == 0 && a->reduction == b->reduction;
        if (!is_same)
            return diag_error(context, STATUS_WRONG, "loop %s.%s%s was read as %s.%s%s", a->stage, a->name,
                              a->reduction ? " (summed over)" : "", b->stage, b->name,
                              b->reduction ? " (summed over)" : "");
    }
    return STATUS_OK;
}

static const char *print(Context *context, const Nest *nest) {
    Text text = text_new(context);
    nest_print(nest, &text);
    return text_string(&text);
}

Status round_trip_check(Context *context, const Nest *nest, const Nest **out) {
    const char *text = print(context, nest);
    Source source = {.name = "printed nest", .text = text, .length = strlen(text)};
    TRY(nest_parse(context, &source, out));
    const char *again = print(context, *out);
    if (strcmp(text, again) == 0) return compare_loops(context, nest, *out);
    Text difference = text_new(context);
    diff_print(text, again, &difference);
    return diag_error(context, STATUS_WRONG, "a nest that was read prints differently\n%s", text_string(&difference));
}
