/* SPDX-License-Identifier: Apache-2.0 */
/* fuse A B … -> f: one loop over all pairs of iterations of loops that directly hold one another; A = f div extent(B),
 * B = f mod extent(B). Legal when, with layouts as they are, div and mod cancel in every physical offset that is read
 * or added to: then walking f walks memory evenly, and the fused loop can be tiled like any other. Plain stores may
 * keep them, as when rows are padded and what is surplus is dropped where results are stored. */
#include "compiler/schedule/internal.h"
#include "ir/range.h"

typedef struct Fuse {
    const Var *inner;
    const Var *fused;
} Fuse;

/* The loop `inner` directly inside, with a guard between them pushed into it; NULL when something else is there. */
static const Stmt *directly_inside(Context *context, const Stmt *body, const Var *inner) {
    if (body->kind == STMT_FOR) return body->loop.var == inner ? body : NULL;
    if (body->kind != STMT_IF || body->guard.body->kind != STMT_FOR) return NULL;
    const Stmt *loop = body->guard.body;
    if (loop->loop.var != inner) return NULL;
    const Stmt *guarded = stmt_guard(context, body->guard.count, body->guard.conds, loop->loop.body);
    return stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     guarded);
}

static Status check_fusible(const Application *application, const Stmt *loop, int64_t *extent) {
    int64_t lower = 0;
    TRY(constant_range(application, loop, &lower, extent));
    size_t offset = application->step->offset;
    if (lower != 0) return refuse(application, offset, "loop '%s' does not start at 0", loop->loop.var->name);
    if (loop->loop.mark != MARK_NONE)
        return refuse(application, offset, "loop '%s' is marked %s already; fuse it before", loop->loop.var->name,
                      mark_name(loop->loop.mark));
    return STATUS_OK;
}

static Status fuse_loop(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    (void)facts;
    const Application *application = self->application;
    Context *context = application->context;
    const Fuse *fuse = self->data;
    const Stmt *inner = directly_inside(context, loop->loop.body, fuse->inner);
    if (inner == NULL)
        return refuse(application, application->step->offset, "loop '%s' is not directly inside '%s'; reorder them",
                      fuse->inner->name, loop->loop.var->name);
    int64_t outer_extent = 0, inner_extent = 0;
    TRY(check_fusible(application, loop, &outer_extent));
    TRY(check_fusible(application, inner, &inner_extent));
    int64_t extent = 0;
    if (__builtin_mul_overflow(outer_extent, inner_extent, &extent) || extent > RANGE_LIMIT)
        return refuse(application, application->step->offset,
                      "'%s' and '%s' would be one loop of 2^48 iterations or more", loop->loop.var->name,
                      fuse->inner->name);
    const Affine *position = affine_variable(context, fuse->fused);
    const Stmt *body = inner->loop.body;
    body = stmt_substitute(context, body, loop->loop.var, affine_div(context, position, inner_extent));
    body = stmt_substitute(context, body, inner->loop.var, affine_mod(context, position, inner_extent));
    Bound end = bound_constant(context, extent);
    *out = stmt_loop(context, fuse->fused, bound_constant(context, 0), end, MARK_NONE, 0, body);
    return STATUS_OK;
}

/* Looks for an access whose offset keeps a div or mod of the fused loop. */
typedef struct OffsetCheck {
    Context *context;
    const Facts *facts;
    const Var *fused;
    const Tensor *bad;
} OffsetCheck;

static void check_offset(OffsetCheck *check, const Tensor *tensor, const Affine *const *index) {
    const Affine *offset = facts_simplify(check->context, check->facts, tensor_offset(check->context, tensor, index));
    if (affine_hides(offset, check->fused)) check->bad = tensor;
}

static void check_access(void *data, const Expr *access) {
    check_offset(data, access->access.tensor, access->access.index);
}

static const Stmt *check_store(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)context;
    OffsetCheck *check = data;
    check->facts = facts;
    if (stmt->kind != STMT_STORE) return stmt;
    if (stmt->store.add) check_offset(check, stmt->store.tensor, stmt->store.index);
    expr_visit(stmt->store.value, check_access, check);
    return stmt;
}

static Status fuse_pair(const Application *application, const Var *outer, const Var *inner, const Var **fused,
                        const Nest **out) {
    Context *context = application->context;
    const Step *step = application->step;
    if (outer->reduction != inner->reduction)
        return refuse(application, step->offset, "'%s' and '%s' are an output loop and one that is summed over",
                      outer->name, inner->name);
    Nest *nest = nest_copy(context, application->nest);
    *fused = nest_new_var(context, nest, step->names[0], outer->stage, outer->reduction);
    Fuse fuse = {.inner = inner, .fused = *fused};
    VarList loops = {0};
    VECTOR_PUSH(context, &loops, outer);
    LoopRewrite rewrite = {
        .application = application, .loops = &loops, .rewrite = fuse_loop, .data = &fuse, .nest = nest};
    const Nest *result = NULL;
    TRY(rewrite_loops(&rewrite, &result));
    result = nest_simplify(context, result);
    OffsetCheck check = {.context = context, .fused = *fused};
    stmt_rewrite_with_facts(context, NULL, result->body, check_store, &check);
    if (check.bad != NULL)
        return refuse(application, step->offset,
                      "the loops do not walk %s evenly: its offset would keep %s div and mod", check.bad->name,
                      step->names[0]);
    *out = result;
    return STATUS_OK;
}

Status schedule_fuse(const Application *application, const Nest **out) {
    const Step *step = application->step;
    if (step->loop_count < 2) return refuse(application, step->offset, "it takes two loops or more");
    const Var *outer = NULL, *inner = NULL;
    VarList dying = {0};
    const Nest *nest = application->nest;
    TRY(find_loop(application, &step->loops[0], &outer));
    for (int i = 0; i < step->loop_count; i++) {
        TRY(find_loop(application, &step->loops[i], &inner));
        VECTOR_PUSH(application->context, &dying, inner);
    }
    TRY(check_new_name(application, outer->stage, step->names[0], &dying));
    for (int i = 1; i < step->loop_count; i++) {
        Application pair = {application->context, application->source, step, nest};
        TRY(find_loop(application, &step->loops[i], &inner));
        TRY(fuse_pair(&pair, outer, inner, &outer, &nest));
    }
    *out = nest;
    return STATUS_OK;
}
