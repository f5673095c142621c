/* SPDX-License-Identifier: Apache-2.0 */
/* sink_lanes: a loop on lanes moves inwards until it holds one store,
 *
 *     lanes kl { for c { A; if (g(c)) if (m(kl)) B } }
 *     becomes     for c { lanes kl { A }; if (g(c)) lanes kl { if (m(kl)) B } }
 *
 * Its iterations are independent (`spatial_for` saw to that), so that they may run statement by statement. Conditions
 * that use the lane stay with the store, as its mask; others stay outside. A buffer that lives inside the loop, one for
 * each lane, gets an axis for the lanes.
 *
 * Requires  simplified bounds.
 * Ensures   a loop on lanes has bounds 0..extent, an extent that the target's vectors can hold, and directly holds one
 *           store or one guard around a store. On a target without vectors it is a loop marked unroll instead.
 * Leaves    all other loops and their order. */
#include "compiler/passes/internal.h"

typedef struct Sink {
    Context *context;
    const Nest *nest;
    const Target *target;
    const Stmt *lanes; /* the loop that moves, bounds 0..extent */
    CondList masks;    /* conditions on the way that use it */
    Status status;     /* of the first refusal */
} Sink;

static const Stmt *sink(Sink *s, const Stmt *stmt);

static const Stmt *refuse_sink(Sink *s, const Stmt *stmt, const char *reason, const char *name) {
    if (s->status == STATUS_OK)
        s->status = refuse_loop(s->context, s->nest, s->lanes->loop.var, "lanes %s: %s %s", s->lanes->loop.var->name,
                                reason, name);
    return stmt;
}

static const Stmt *sink_into_loop(Sink *s, const Stmt *loop) {
    const char *name = loop->loop.var->name;
    if (loop->loop.mark == MARK_LANES) return refuse_sink(s, loop, "another loop inside is on lanes too:", name);
    if (loop_bounds_use(loop, s->lanes->loop.var))
        return refuse_sink(s, loop, "lanes would run different numbers of iterations; leave out 'clip' of", name);
    return stmt_loop(s->context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     sink(s, loop->loop.body));
}

static const Stmt *sink_into_guard(Sink *s, const Stmt *guard) {
    CondList outside = {0};
    size_t mask_count = s->masks.count;
    for (int i = 0; i < guard->guard.count; i++) {
        Cond cond = guard->guard.conds[i];
        if (affine_uses(cond.expr, s->lanes->loop.var))
            VECTOR_PUSH(s->context, &s->masks, cond);
        else
            VECTOR_PUSH(s->context, &outside, cond);
    }
    const Stmt *body = sink(s, guard->guard.body);
    s->masks.count = mask_count;
    return stmt_guard(s->context, (int)outside.count, outside.items, body);
}

static const Stmt *sink_into_block(Sink *s, const Stmt *block) {
    StmtList items = {0};
    for (int i = 0; i < block->block.count; i++) add_statement(s->context, &items, sink(s, block->block.items[i]));
    return block_of(s->context, &items);
}

/* A buffer of one lane, and that of all. */
typedef struct Widening {
    const Tensor *narrow, *wide;
    const Affine *lane;
} Widening;

static void widen_index(const Widening *w, const Affine *const *index, const Affine **out) {
    for (int i = 0; i < w->narrow->rank; i++) out[i] = index[i];
    out[w->narrow->rank] = w->lane;
}

static const Expr *widen_access(void *data, Context *context, const Expr *leaf) {
    const Widening *w = data;
    if (leaf->kind != EXPR_ACCESS || leaf->access.tensor != w->narrow) return leaf;
    const Affine *index[TENSOR_MAX_RANK];
    widen_index(w, leaf->access.index, index);
    return expr_access(context, w->wide, index);
}

static const Stmt *widen_store(void *data, Context *context, const Stmt *stmt) {
    const Widening *w = data;
    if (stmt->kind != STMT_STORE) return stmt;
    const Expr *value = expr_rewrite(context, stmt->store.value, widen_access, data);
    if (stmt->store.tensor != w->narrow)
        return stmt_store(context, stmt->store.tensor, stmt->store.index, stmt->store.add, value);
    const Affine *index[TENSOR_MAX_RANK];
    widen_index(w, stmt->store.index, index);
    return stmt_store(context, w->wide, index, stmt->store.add, value);
}

static const Tensor *widen_tensor(Context *context, const Tensor *narrow, const Stmt *lanes) {
    Tensor *wide = ARENA_NEW(context, Tensor);
    const char *axis = lanes->loop.var->name;
    while (tensor_find_axis(narrow, axis) >= 0) axis = arena_format(context, "%s_", axis);
    *wide = *narrow;
    wide->axes[wide->rank] = (Axis){axis, lanes->loop.upper.terms[0]->constant};
    wide->layout.axes[wide->layout.rank++] = (LayoutAxis){.axis = wide->rank++};
    return wide;
}

static const Stmt *sink_into_alloc(Sink *s, const Stmt *alloc) {
    const Tensor *narrow = alloc->alloc.tensor;
    if (narrow->rank == TENSOR_MAX_RANK || narrow->layout.rank == TENSOR_MAX_RANK)
        return refuse_sink(s, alloc, "no room for one more axis in buffer", narrow->name);
    const Affine *lane = affine_variable(s->context, s->lanes->loop.var);
    Widening widening = {narrow, widen_tensor(s->context, narrow, s->lanes), lane};
    const Stmt *body = stmt_rewrite(s->context, alloc->alloc.body, widen_store, &widening);
    return stmt_alloc(s->context, widening.wide, sink(s, body));
}

static const Stmt *sink_to_store(Sink *s, const Stmt *store) {
    const Stmt *masked = stmt_guard(s->context, (int)s->masks.count, s->masks.items, store);
    const Stmt *lanes = s->lanes;
    Mark mark = target_has_lanes(s->target) ? MARK_LANES : MARK_UNROLL;
    return stmt_loop(s->context, lanes->loop.var, lanes->loop.lower, lanes->loop.upper, mark, 0, masked);
}

/* One for all lanes: they lie side by side. */
static const Stmt *sink_to_prefetch(const Sink *s, const Stmt *prefetch) {
    return stmt_substitute(s->context, prefetch, s->lanes->loop.var, affine_constant(s->context, 0));
}

static const Stmt *sink(Sink *s, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR: return sink_into_loop(s, stmt);
    case STMT_IF: return sink_into_guard(s, stmt);
    case STMT_BLOCK: return sink_into_block(s, stmt);
    case STMT_REDUCE: {
        const Stmt *init = sink(s, stmt->reduce.init), *update = sink(s, stmt->reduce.update);
        return stmt_reduce(s->context, init, update, sink(s, stmt->reduce.finish));
    }
    case STMT_ALLOC: return sink_into_alloc(s, stmt);
    case STMT_STORE: return sink_to_store(s, stmt);
    case STMT_PREFETCH: return sink_to_prefetch(s, stmt);
    }
    return stmt;
}

/* Powers of two and whole vectors are what code generators handle well; more than all registers is no vector any more.
 */
static Status check_extent(const Sink *s, const Stmt *loop, int64_t extent) {
    const Target *target = s->target;
    int64_t vector = target->vector_bytes / (int64_t)sizeof(float), most = vector * target->vector_registers;
    const char *name = loop->loop.var->name;
    if (!target_has_lanes(target)) return STATUS_OK;
    if (extent > most)
        return refuse_loop(s->context, s->nest, loop->loop.var,
                           "lanes %s: %lld lanes are more than all registers of %s hold, %lld; split it", name,
                           (long long)extent, target->name, (long long)most);
    bool is_power_of_two = (extent & (extent - 1)) == 0;
    if (is_power_of_two || extent % vector == 0) return STATUS_OK;
    return refuse_loop(
        s->context, s->nest, loop->loop.var,
        "lanes %s: %lld is neither a power of two nor a multiple of the %lld lanes of a vector; split with "
        "tail=guard",
        name, (long long)extent, (long long)vector);
}

/* The loop with bounds 0..extent. */
static Status start_at_zero(const Sink *s, const Stmt *loop, const Stmt **out) {
    Context *context = s->context;
    int64_t extent = 0;
    const Var *var = loop->loop.var;
    if (!loop_extent(context, loop, &extent))
        return refuse_loop(context, s->nest, var, "lanes %s: the number of lanes is not constant; leave out 'clip'",
                           var->name);
    TRY(check_extent(s, loop, extent));
    const Affine *shifted = affine_add(context, affine_variable(context, var), loop->loop.lower.terms[0]);
    const Stmt *body = stmt_substitute(context, loop->loop.body, var, shifted);
    *out = stmt_loop(context, var, bound_constant(context, 0), bound_constant(context, extent), MARK_LANES, 0, body);
    return STATUS_OK;
}

static const Stmt *sink_loop(void *data, Context *context, const Stmt *stmt) {
    Sink *s = data;
    (void)context;
    if (stmt->kind != STMT_FOR || stmt->loop.mark != MARK_LANES || s->status != STATUS_OK) return stmt;
    s->status = start_at_zero(s, stmt, &s->lanes);
    return s->status == STATUS_OK ? sink(s, s->lanes->loop.body) : stmt;
}

Status sink_lanes(Context *context, const Nest *nest, const Target *target, const Nest **out) {
    Sink s = {.context = context, .nest = nest, .target = target};
    *out = rewrite_nest(context, nest, sink_loop, &s);
    return s.status;
}
