/* SPDX-License-Identifier: Apache-2.0 */
/* simplify: the nest in its simplest form, by what is known at each place.
 *
 * Requires  a verified nest.
 * Ensures   div and mod are resolved where ranges allow; no condition is provably true; what a condition that is
 *           provably false or an empty range holds is gone; no loop runs exactly once, but the innermost of a region on
 *           cores may, whose tile is then one of those that threads share; a guard does not directly hold a guard, nor
 *           a block a block.
 * Leaves    the order of statements and all marks. */
#include "compiler/passes/internal.h"
#include "ir/nest_cores.h"

static const Stmt *flatten_block(Context *context, const Stmt *block) {
    StmtList items = {0};
    add_statement(context, &items, block);
    return block_of(context, &items);
}

static const Stmt *run_once(Context *context, const Stmt *loop) {
    int64_t extent = 0;
    if (stmt_is_on_cores(loop) && !stmt_is_on_cores(loop->loop.body)) return loop;
    if (!loop_extent(context, loop, &extent) || extent != 1) return loop;
    return stmt_substitute(context, loop->loop.body, loop->loop.var, loop->loop.lower.terms[0]);
}

static const Stmt *normalize(void *data, Context *context, const Stmt *stmt) {
    (void)data;
    switch (stmt->kind) {
    case STMT_FOR: return run_once(context, stmt);
    case STMT_IF: return merge_guards(context, stmt);
    case STMT_BLOCK: return flatten_block(context, stmt);
    default: return stmt;
    }
}

/* Bounds are simplified before loops that run once are sought, and what their values decide afterwards. */
Status simplify(Context *context, const Nest *nest, const Target *target, const Nest **out) {
    (void)target;
    const Nest *bounded = nest_simplify(context, nest);
    *out = nest_simplify(context, rewrite_nest(context, bounded, normalize, NULL));
    return STATUS_OK;
}
