/* SPDX-License-Identifier: Apache-2.0 */
/* split L size [tail=…] -> outer inner: strip-mines a loop; L = lower + outer*size + inner.
 *
 * tail=guard  ceil(extent/size) tiles, the last one's surplus iterations guarded
 * tail=peel   whole tiles in outer_main, the rest in outer_tail (one tile of extent mod size), so that neither is
 * guarded; the name `outer` then means both. Nothing is peeled when the size divides.
 * tail=shift, tail=pad  as many full tiles as guard has, the last one moved inward or run in full: tail.c. */
#include "compiler/schedule/tail.h"

typedef struct Split {
    int64_t size;
    Tail tail;
    const Var *outer, *inner; /* the whole tiles */
    const Var *rest;          /* the outer loop of the tail, tail=peel; NULL until one is needed */
    const char *rest_name;
} Split;

/* for outer in 0..tiles { for inner in 0..size { body[var := lower + outer*size + inner] } } */
static const Stmt *make_tiles(Context *context, const Stmt *loop, const Split *split, const Var *outer, int64_t first,
                              int64_t tiles, int64_t size, int64_t guarded_extent) {
    const Affine *lower = loop->loop.lower.terms[0];
    const Affine *position = affine_scale(context, affine_variable(context, outer), split->size);
    position = affine_add(context, position, affine_variable(context, split->inner));
    const Stmt *body = stmt_substitute(context, loop->loop.body, loop->loop.var, affine_add(context, lower, position));
    if (guarded_extent > 0) {
        Cond cond = {.expr = affine_subtract(context, affine_constant(context, guarded_extent - 1), position)};
        body = stmt_guard(context, 1, &cond, body);
    }
    Bound zero = bound_constant(context, 0);
    const Stmt *inside = stmt_loop(context, split->inner, zero, bound_constant(context, size), MARK_NONE, 0, body);
    Bound from = bound_constant(context, first), to = bound_constant(context, first + tiles);
    return stmt_loop(context, outer, from, to, MARK_NONE, 0, inside);
}

static Status check_splittable(const Application *application, const Stmt *loop, int64_t extent) {
    const Step *step = application->step;
    long long size = (long long)step->sizes[0];
    const char *name = loop->loop.var->name;
    if (loop->loop.mark != MARK_NONE)
        return refuse(application, step->offset, "loop '%s' is marked %s already; split it before", name,
                      mark_name(loop->loop.mark));
    if (step->tail == TAIL_NONE && extent % step->sizes[0] != 0)
        return refuse(application, step->offset, "tile %lld of %s does not divide %lld; say tail=guard or tail=peel",
                      size, name, (long long)extent);
    return STATUS_OK;
}

static Status split_loop(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    (void)facts;
    Context *context = self->application->context;
    Split *split = self->data;
    int64_t lower = 0, extent = 0;
    TRY(constant_range(self->application, loop, &lower, &extent));
    TRY(check_splittable(self->application, loop, extent));
    int64_t whole = extent / split->size, rest = extent % split->size;
    if (rest == 0 || split->tail != TAIL_PEEL) {
        int64_t guarded = rest == 0 ? 0 : extent;
        *out = make_tiles(context, loop, split, split->outer, 0, whole + (rest != 0), split->size, guarded);
        return STATUS_OK;
    }
    const Stmt *items[2] = {0};
    int count = 0;
    if (whole > 0) items[count++] = make_tiles(context, loop, split, split->outer, 0, whole, split->size, 0);
    items[count++] = make_tiles(context, loop, split, split->rest, whole, 1, rest, 0);
    *out = stmt_block(context, count, items);
    return STATUS_OK;
}

/* Does any of the loops leave a rest? Then tail=peel names two outer loops. */
static Status leaves_rest(const Application *application, const VarList *loops, bool *out) {
    StmtList all = {0};
    collect_loops(application->context, application->nest->body, &all);
    *out = false;
    for (size_t i = 0; i < all.count; i++) {
        int64_t lower = 0, extent = 0;
        if (!contains_var(loops, all.items[i]->loop.var)) continue;
        TRY(constant_range(application, all.items[i], &lower, &extent));
        *out |= extent % application->step->sizes[0] != 0;
    }
    return STATUS_OK;
}

Status schedule_split(const Application *application, const Nest **out) {
    const Step *step = application->step;
    Context *context = application->context;
    VarList loops;
    TRY(find_loops(application, &step->loops[0], &loops));
    if (loops.count == 0)
        return refuse(application, step->offset, "loop '%s' has no iterations left", step->loops[0].name);
    const Var *old = loops.items[0];
    for (int i = 0; i < 2; i++) TRY(check_new_name(application, old->stage, step->names[i], &loops));
    bool has_rest = false;
    if (step->tail != TAIL_NONE) TRY(leaves_rest(application, &loops, &has_rest));
    if (has_rest && (step->tail == TAIL_SHIFT || step->tail == TAIL_PAD)) return split_full_tiles(application, out);
    bool is_peeled = has_rest && step->tail == TAIL_PEEL;
    Nest *nest = nest_copy(context, application->nest);
    Split split = {.size = step->sizes[0], .tail = step->tail};
    const char *outer = is_peeled ? arena_format(context, "%s_main", step->names[0]) : step->names[0];
    split.outer = nest_new_var(context, nest, outer, old->stage, old->reduction);
    split.inner = nest_new_var(context, nest, step->names[1], old->stage, old->reduction);
    if (is_peeled) {
        const char *rest = arena_format(context, "%s_tail", step->names[0]);
        split.rest = nest_new_var(context, nest, rest, old->stage, old->reduction);
        add_alias(context, nest, old->stage, step->names[0], 2, (const char *const[]){outer, rest});
        for (int i = 0; i < 2; i++) add_alias(context, nest, old->stage, i == 0 ? outer : rest, 0, NULL);
    }
    LoopRewrite rewrite = {
        .application = application, .loops = &loops, .rewrite = split_loop, .data = &split, .nest = nest};
    return rewrite_loops(&rewrite, out);
}
