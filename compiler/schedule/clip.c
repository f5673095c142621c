/* SPDX-License-Identifier: Apache-2.0 */
/* clip L [in M …]: shrinks a reduction loop to the taps that exist. A guard a*L + rest >= 0 that every statement of the
 * body stands under gives a bound of L: L >= ceil(-rest / a) when a > 0, L <= floor(rest / -a) when a < 0. Where `rest`
 * depends on loops inside L, the bound is the hull over them and the guard stays; else the guard is implied by the
 * bound and goes. */
#include "compiler/schedule/internal.h"

/* Conditions that every store of a body stands under. */
typedef struct CommonGuards {
    Context *context;
    CondList path;   /* on the way to here */
    CondList common; /* of all stores so far */
    bool is_first;
} CommonGuards;

static bool has_condition(const CondList *list, const Cond *cond) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].equality == cond->equality && affine_equal(list->items[i].expr, cond->expr)) return true;
    return false;
}

static void meet(CommonGuards *guards) {
    CondList kept = {0};
    const CondList *from = guards->is_first ? &guards->path : &guards->common;
    for (size_t i = 0; i < from->count; i++)
        if (has_condition(&guards->path, &from->items[i])) VECTOR_PUSH(guards->context, &kept, from->items[i]);
    guards->common = kept;
    guards->is_first = false;
}

static void gather(void *data, const Stmt *stmt) {
    CommonGuards *guards = data;
    size_t depth = guards->path.count;
    if (stmt->kind == STMT_STORE) meet(guards);
    if (stmt->kind == STMT_IF)
        for (int i = 0; i < stmt->guard.count; i++) VECTOR_PUSH(guards->context, &guards->path, stmt->guard.conds[i]);
    stmt_visit_children(stmt, gather, guards);
    guards->path.count = depth;
}

typedef struct Clip {
    const Var *var;
    StmtList inner; /* loops inside it */
    Bound lower, upper;
    CondList implied; /* guards that the bounds make superfluous */
    bool found;
} Clip;

/* The least value of a bound over the loops inside; false when one has no fixed range or hides in div or mod. */
static bool hull_minimum(const Application *application, const Clip *clip, const Affine **bound, bool *is_exact) {
    Context *context = application->context;
    for (size_t i = 0; i < clip->inner.count; i++) {
        const Stmt *loop = clip->inner.items[i];
        if (!affine_uses(*bound, loop->loop.var)) continue;
        *is_exact = false;
        bool is_fixed = loop->loop.lower.count == 1 && loop->loop.upper.count == 1 &&
                        affine_is_constant(loop->loop.lower.terms[0]) && affine_is_constant(loop->loop.upper.terms[0]);
        if (!is_fixed || affine_hides(*bound, loop->loop.var)) return false;
        bool is_rising = affine_coefficient(*bound, loop->loop.var) > 0;
        const Affine *extreme =
            is_rising ? loop->loop.lower.terms[0] : affine_offset(context, loop->loop.upper.terms[0], -1);
        *bound = affine_substitute(context, *bound, loop->loop.var, extreme);
    }
    return true;
}

static void add_term(Bound *bound, const Affine *term) {
    for (int i = 0; i < bound->count; i++)
        if (affine_equal(bound->terms[i], term)) return;
    if (bound->count < BOUND_MAX_TERMS) bound->terms[bound->count++] = term;
}

static void use_condition(const Application *application, Clip *clip, const Cond *cond) {
    Context *context = application->context;
    int64_t a = affine_coefficient(cond->expr, clip->var);
    if (cond->equality || a == 0 || affine_hides(cond->expr, clip->var)) return;
    Bound *bound = a > 0 ? &clip->lower : &clip->upper;
    if (bound->count == BOUND_MAX_TERMS) return;
    const Affine *rest = affine_substitute(context, cond->expr, clip->var, affine_constant(context, 0));
    bool is_exact = true;
    /* lower: var >= -(rest div a) for the largest rest; upper: var < rest div -a + 1 for the largest rest: both are
     * weakest there */
    const Affine *smallest = affine_scale(context, rest, -1);
    if (!hull_minimum(application, clip, &smallest, &is_exact)) return;
    const Affine *largest = affine_scale(context, smallest, -1);
    if (a > 0)
        add_term(bound, affine_scale(context, affine_div(context, largest, a), -1));
    else
        add_term(bound, affine_offset(context, affine_div(context, largest, -a), 1));
    if (is_exact) VECTOR_PUSH(context, &clip->implied, *cond);
    clip->found = true;
}

static const Stmt *drop_implied(void *data, Context *context, const Stmt *stmt) {
    const Clip *clip = data;
    if (stmt->kind != STMT_IF) return stmt;
    CondList kept = {0};
    for (int i = 0; i < stmt->guard.count; i++)
        if (!has_condition(&clip->implied, &stmt->guard.conds[i])) VECTOR_PUSH(context, &kept, stmt->guard.conds[i]);
    if (kept.count == (size_t)stmt->guard.count) return stmt;
    return stmt_guard(context, (int)kept.count, kept.items, stmt->guard.body);
}

static Status clip_loop(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    (void)facts;
    const Application *application = self->application;
    Context *context = application->context;
    const char *name = loop->loop.var->name;
    if (!loop->loop.var->reduction)
        return refuse(application, application->step->offset, "loop '%s' is not summed over; every output is needed",
                      name);
    if (loop->loop.mark != MARK_NONE)
        return refuse(application, application->step->offset, "loop '%s' is marked %s already; clip it before", name,
                      mark_name(loop->loop.mark));
    Clip clip = {.var = loop->loop.var, .lower = loop->loop.lower, .upper = loop->loop.upper};
    collect_loops(context, loop->loop.body, &clip.inner);
    CommonGuards guards = {.context = context, .is_first = true};
    gather(&guards, loop->loop.body);
    for (size_t i = 0; i < guards.common.count; i++) use_condition(application, &clip, &guards.common.items[i]);
    if (!clip.found)
        return refuse(application, application->step->offset,
                      "no guard limits '%s' here: all its taps exist, or their place cannot be recovered from it",
                      name);
    const Stmt *body = stmt_rewrite(context, loop->loop.body, drop_implied, &clip);
    *out = stmt_loop(context, loop->loop.var, clip.lower, clip.upper, MARK_NONE, 0, body);
    return STATUS_OK;
}

Status schedule_clip(const Application *application, const Nest **out) {
    VarList loops, within;
    TRY(find_loops(application, &application->step->loops[0], &loops));
    TRY(find_within(application, &within));
    LoopRewrite rewrite = {.application = application,
                           .loops = &loops,
                           .within = application->step->within_count > 0 ? &within : NULL,
                           .rewrite = clip_loop};
    const Nest *clipped = NULL;
    TRY(rewrite_loops(&rewrite, &clipped));
    *out = nest_simplify(application->context, clipped);
    return STATUS_OK;
}
