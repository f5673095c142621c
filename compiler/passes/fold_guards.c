/* SPDX-License-Identifier: Apache-2.0 */
/* fold_guards: after unrolling, most guards are decided by constants and vanish, with their bodies or without. Those
 * that remain move outwards: out of a loop that they do not use and that holds nothing else, out of a block or a
 * reduction all parts of which they guard. Neighbours under equal guards share one.
 *
 *     for c { if (g && m(c)) A }             becomes  if (g) for c { if (m(c)) A }
 *     { if (g) A; if (g) B; if (h) C }       becomes  { if (g) { A; B }; if (h) C }
 *     { if (g && a) A; if (g && b) B }       becomes  if (g) { if (a) A; if (b) B }
 *
 * Conditions depend on loops alone, so that no statement changes their value. Nothing is skipped that was not.
 *
 * Requires  nothing of the level.
 * Ensures   no condition is provably true or false; no guard could stand further out by these rules.
 * Leaves    the order of stores, all loops and their bounds. */
#include "compiler/passes/internal.h"

/* A guard with the conditions that are in `list` (or that are not). */
static const Stmt *keep_conditions(Context *context, const Stmt *guard, const CondList *list, bool in_list) {
    CondList kept = {0};
    for (int i = 0; i < guard->guard.count; i++)
        if (has_condition(list, &guard->guard.conds[i]) == in_list) VECTOR_PUSH(context, &kept, guard->guard.conds[i]);
    return stmt_guard(context, (int)kept.count, kept.items, guard->guard.body);
}

static const Stmt *guard_with(Context *context, const CondList *conds, const Stmt *body) {
    return stmt_guard(context, (int)conds->count, conds->items, body);
}

static const Stmt *hoist_from_loop(Context *context, const Stmt *loop) {
    const Stmt *body = loop->loop.body;
    if (body->kind != STMT_IF) return loop;
    CondList outside = {0};
    for (int i = 0; i < body->guard.count; i++)
        if (!affine_uses(body->guard.conds[i].expr, loop->loop.var))
            VECTOR_PUSH(context, &outside, body->guard.conds[i]);
    if (outside.count == 0) return loop;
    const Stmt *inside = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark,
                                   loop->loop.factor, keep_conditions(context, body, &outside, false));
    return guard_with(context, &outside, inside);
}

static const Stmt *hoist_from_alloc(Context *context, const Stmt *alloc) {
    const Stmt *body = alloc->alloc.body;
    if (body->kind != STMT_IF) return alloc;
    const Stmt *inside = stmt_alloc(context, alloc->alloc.tensor, body->guard.body);
    return stmt_guard(context, body->guard.count, body->guard.conds, inside);
}

static bool is_guarded_by(const Stmt *stmt, const Cond *cond) {
    for (int i = 0; stmt->kind == STMT_IF && i < stmt->guard.count; i++)
        if (same_condition(&stmt->guard.conds[i], cond)) return true;
    return false;
}

/* Conditions that every item stands under. */
static CondList common_conditions(Context *context, size_t count, const Stmt *const *items) {
    CondList common = {0};
    if (count == 0 || items[0]->kind != STMT_IF) return common;
    for (int i = 0; i < items[0]->guard.count; i++) {
        const Cond *cond = &items[0]->guard.conds[i];
        bool everywhere = true;
        for (size_t j = 1; j < count && everywhere; j++) everywhere = is_guarded_by(items[j], cond);
        if (everywhere) VECTOR_PUSH(context, &common, *cond);
    }
    return common;
}

static bool same_guard(const Stmt *a, const Stmt *b) {
    if (a->kind != STMT_IF || b->kind != STMT_IF || a->guard.count != b->guard.count) return false;
    for (int i = 0; i < a->guard.count; i++)
        if (!is_guarded_by(b, &a->guard.conds[i])) return false;
    return true;
}

static const Stmt *merge_neighbours(Context *context, const StmtList *items) {
    StmtList merged = {0};
    for (size_t i = 0, end = 0; i < items->count; i = end) {
        const Stmt *guard = items->items[i];
        end = i + 1;
        while (end < items->count && same_guard(guard, items->items[end])) end++;
        if (end == i + 1) {
            VECTOR_PUSH(context, &merged, guard);
            continue;
        }
        StmtList bodies = {0};
        for (size_t j = i; j < end; j++) add_statement(context, &bodies, items->items[j]->guard.body);
        const Stmt *body = block_of(context, &bodies);
        VECTOR_PUSH(context, &merged, stmt_guard(context, guard->guard.count, guard->guard.conds, body));
    }
    return block_of(context, &merged);
}

static const Stmt *hoist_from_block(Context *context, const Stmt *block) {
    StmtList items = {0}, rest = {0};
    add_statement(context, &items, block);
    CondList common = common_conditions(context, items.count, items.items);
    for (size_t i = 0; i < items.count && common.count > 0; i++)
        add_statement(context, &rest, keep_conditions(context, items.items[i], &common, false));
    return guard_with(context, &common, merge_neighbours(context, common.count > 0 ? &rest : &items));
}

static const Stmt *hoist_from_reduce(Context *context, const Stmt *stmt) {
    const Stmt *parts[3] = {stmt->reduce.init, stmt->reduce.update, stmt->reduce.finish};
    StmtList guarded = {0};
    for (int i = 0; i < 3; i++)
        if (!stmt_is_empty(parts[i])) VECTOR_PUSH(context, &guarded, parts[i]);
    CondList common = common_conditions(context, guarded.count, guarded.items);
    if (common.count == 0) return stmt;
    for (int i = 0; i < 3; i++)
        if (!stmt_is_empty(parts[i])) parts[i] = keep_conditions(context, parts[i], &common, false);
    return guard_with(context, &common, stmt_reduce(context, parts[0], parts[1], parts[2]));
}

static bool does_nothing(const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR: return stmt_is_empty(stmt->loop.body);
    case STMT_IF: return stmt_is_empty(stmt->guard.body);
    case STMT_ALLOC: return stmt_is_empty(stmt->alloc.body);
    case STMT_REDUCE:
        return stmt_is_empty(stmt->reduce.init) && stmt_is_empty(stmt->reduce.update) &&
               stmt_is_empty(stmt->reduce.finish);
    default: return false;
    }
}

static const Stmt *hoist(void *data, Context *context, const Stmt *stmt) {
    (void)data;
    if (does_nothing(stmt)) return stmt_block(context, 0, NULL);
    switch (stmt->kind) {
    case STMT_FOR: return hoist_from_loop(context, stmt);
    case STMT_IF: return merge_guards(context, stmt);
    case STMT_BLOCK: return hoist_from_block(context, stmt);
    case STMT_ALLOC: return hoist_from_alloc(context, stmt);
    case STMT_REDUCE: return hoist_from_reduce(context, stmt);
    case STMT_STORE:
    case STMT_PREFETCH: return stmt;
    }
    return stmt;
}

Status fold_guards(Context *context, const Nest *nest, const Target *target, const Nest **out) {
    (void)target;
    *out = rewrite_nest(context, nest_simplify(context, nest), hoist, NULL);
    return STATUS_OK;
}
