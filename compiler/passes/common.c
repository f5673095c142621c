/* SPDX-License-Identifier: Apache-2.0 */
/* What several passes use: refusing, extents, lists of statements and conditions. */
#include <stdio.h>

#include "compiler/passes/internal.h"

enum { MESSAGE_BYTES = 512 };

static Status refuse_at(Context *context, const NestPlace *place, const char *message) {
    if (place == NULL) return diag_error(context, STATUS_REFUSED, "%s", message);
    return diag_error_at(context, STATUS_REFUSED, place->source, place->offset, "%s", message);
}

Status refuse_loop(Context *context, const Nest *nest, const Var *var, const char *format, ...) {
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return refuse_at(context, nest_find_place(nest, var, NULL), message);
}

Status refuse_buffer(Context *context, const Nest *nest, const Tensor *buffer, const char *format, ...) {
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return refuse_at(context, nest_find_place(nest, NULL, buffer->name), message);
}

bool target_has_lanes(const Target *target) {
    return target->vector_bytes > (int64_t)sizeof(float);
}

bool loop_extent(Context *context, const Stmt *loop, int64_t *out) {
    if (loop->loop.lower.count != 1 || loop->loop.upper.count != 1) return false;
    const Affine *extent = affine_subtract(context, loop->loop.upper.terms[0], loop->loop.lower.terms[0]);
    if (!affine_is_constant(extent)) return false;
    *out = extent->constant < 0 ? 0 : extent->constant;
    return true;
}

static bool bound_uses(const Bound *bound, const Var *var) {
    for (int i = 0; i < bound->count; i++)
        if (affine_uses(bound->terms[i], var)) return true;
    return false;
}

bool loop_bounds_use(const Stmt *loop, const Var *var) {
    return bound_uses(&loop->loop.lower, var) || bound_uses(&loop->loop.upper, var);
}

void add_statement(Context *context, StmtList *list, const Stmt *stmt) {
    if (stmt == NULL) return;
    if (stmt->kind != STMT_BLOCK) {
        VECTOR_PUSH(context, list, stmt);
        return;
    }
    for (int i = 0; i < stmt->block.count; i++) add_statement(context, list, stmt->block.items[i]);
}

const Stmt *block_of(Context *context, const StmtList *list) {
    return stmt_block(context, (int)list->count, list->items);
}

bool same_condition(const Cond *a, const Cond *b) {
    return a->equality == b->equality && affine_equal(a->expr, b->expr);
}

bool has_condition(const CondList *list, const Cond *cond) {
    for (size_t i = 0; i < list->count; i++)
        if (same_condition(&list->items[i], cond)) return true;
    return false;
}

static void add_conditions(Context *context, CondList *list, const Stmt *guard) {
    for (int i = 0; i < guard->guard.count; i++)
        if (!has_condition(list, &guard->guard.conds[i])) VECTOR_PUSH(context, list, guard->guard.conds[i]);
}

const Stmt *merge_guards(Context *context, const Stmt *outer) {
    const Stmt *inner = outer->guard.body;
    CondList conds = {0};
    add_conditions(context, &conds, outer);
    if (inner->kind == STMT_IF) add_conditions(context, &conds, inner);
    const Stmt *body = inner->kind == STMT_IF ? inner->guard.body : inner;
    return stmt_guard(context, (int)conds.count, conds.items, body);
}

const Nest *rewrite_nest(Context *context, const Nest *nest, StmtRewrite *rewrite, void *data) {
    Nest *copy = nest_copy(context, nest);
    copy->body = stmt_rewrite(context, nest->body, rewrite, data);
    if (nest->ahead != NULL) copy->ahead = stmt_rewrite(context, nest->ahead, rewrite, data);
    return copy;
}
