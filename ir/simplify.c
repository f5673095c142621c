/* SPDX-License-Identifier: Apache-2.0 */
/* Simplification of a nest with the facts that hold at each place. */
#include "ir/simplify.h"

typedef struct Walk {
    Context *context;
    StmtFactsRewrite *rewrite;
    void *data;
} Walk;

static const Stmt *walk(const Walk *w, const Facts *facts, const Stmt *stmt);

static const Stmt *walk_block(const Walk *w, const Facts *facts, const Stmt *stmt) {
    int count = stmt->block.count, kept = 0;
    const Stmt **items = ARENA_ARRAY(w->context, const Stmt *, (size_t)(count == 0 ? 1 : count));
    bool changed = false;
    for (int i = 0; i < count; i++) {
        const Stmt *item = walk(w, facts, stmt->block.items[i]);
        changed |= item != stmt->block.items[i];
        if (!stmt_is_empty(item)) items[kept++] = item;
    }
    return changed || kept != count ? stmt_block(w->context, kept, items) : stmt;
}

static const Stmt *walk_children(const Walk *w, const Facts *facts, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR: {
        Facts inside = facts_in_loop(facts, stmt);
        if (inside.values.first > inside.values.last) return stmt_block(w->context, 0, NULL);
        const Stmt *body = walk(w, &inside, stmt->loop.body);
        if (body == stmt->loop.body) return stmt;
        if (stmt_is_empty(body)) return body;
        return stmt_loop(w->context, stmt->loop.var, stmt->loop.lower, stmt->loop.upper, stmt->loop.mark,
                         stmt->loop.factor, body);
    }
    case STMT_IF: {
        Facts inside = facts_in_guard(facts, stmt);
        const Stmt *body = walk(w, &inside, stmt->guard.body);
        if (body == stmt->guard.body) return stmt;
        return stmt_is_empty(body) ? body : stmt_guard(w->context, stmt->guard.count, stmt->guard.conds, body);
    }
    case STMT_ALLOC: {
        const Stmt *body = walk(w, facts, stmt->alloc.body);
        if (body == stmt->alloc.body) return stmt;
        return stmt_is_empty(body) ? body : stmt_alloc(w->context, stmt->alloc.tensor, body);
    }
    case STMT_REDUCE: {
        const Stmt *init = walk(w, facts, stmt->reduce.init), *update = walk(w, facts, stmt->reduce.update),
                   *finish = walk(w, facts, stmt->reduce.finish);
        bool same = init == stmt->reduce.init && update == stmt->reduce.update && finish == stmt->reduce.finish;
        return same ? stmt : stmt_reduce(w->context, init, update, finish);
    }
    case STMT_BLOCK: return walk_block(w, facts, stmt);
    case STMT_STORE:
    case STMT_PREFETCH: return stmt;
    }
    return stmt;
}

static const Stmt *walk(const Walk *w, const Facts *facts, const Stmt *stmt) {
    const Stmt *changed = walk_children(w, facts, stmt);
    return stmt_is_empty(changed) ? changed : w->rewrite(w->data, w->context, facts, changed);
}

const Stmt *stmt_rewrite_with_facts(Context *context, const Facts *facts, const Stmt *stmt, StmtFactsRewrite *rewrite,
                                    void *data) {
    Walk w = {context, rewrite, data};
    return walk(&w, facts, stmt);
}

typedef struct Place {
    const Facts *facts;
} Place;

static const Expr *simplify_access(void *data, Context *context, const Expr *leaf) {
    const Facts *facts = ((const Place *)data)->facts;
    if (leaf->kind != EXPR_ACCESS) return leaf;
    const Affine *index[TENSOR_MAX_RANK];
    bool changed = false;
    for (int i = 0; i < leaf->access.tensor->rank; i++) {
        index[i] = facts_simplify(context, facts, leaf->access.index[i]);
        changed |= index[i] != leaf->access.index[i];
    }
    return changed ? expr_access(context, leaf->access.tensor, index) : leaf;
}

static const Stmt *simplify_store(Context *context, const Facts *facts, const Stmt *stmt) {
    const Affine *index[TENSOR_MAX_RANK];
    bool changed = false;
    for (int i = 0; i < stmt->store.tensor->rank; i++) {
        index[i] = facts_simplify(context, facts, stmt->store.index[i]);
        changed |= index[i] != stmt->store.index[i];
    }
    Place place = {facts};
    const Expr *value = expr_rewrite(context, stmt->store.value, simplify_access, &place);
    if (!changed && value == stmt->store.value) return stmt;
    return stmt_store(context, stmt->store.tensor, index, stmt->store.add, value);
}

static const Stmt *simplify_prefetch(Context *context, const Facts *facts, const Stmt *stmt) {
    const Affine *offset = facts_simplify(context, facts, stmt->prefetch.offset);
    if (offset == stmt->prefetch.offset) return stmt;
    return stmt_prefetch(context, stmt->prefetch.tensor, offset, stmt->prefetch.level);
}

static const Stmt *simplify_guard(Context *context, const Facts *facts, const Stmt *stmt) {
    Cond *conds = ARENA_ARRAY(context, Cond, (size_t)stmt->guard.count);
    int kept = 0;
    bool changed = false;
    for (int i = 0; i < stmt->guard.count; i++) {
        Cond cond = stmt->guard.conds[i];
        cond.expr = facts_simplify(context, facts, cond.expr);
        cond = cond_tighten(context, cond);
        changed |= cond.expr != stmt->guard.conds[i].expr;
        if (facts_refute(facts, &cond)) return stmt_block(context, 0, NULL);
        if (!facts_prove(facts, &cond)) conds[kept++] = cond;
    }
    if (!changed && kept == stmt->guard.count) return stmt;
    return stmt_guard(context, kept, conds, stmt->guard.body);
}

/* Drops bound terms that another one makes superfluous: min(3, 57 - p) with p < 54 is 3. A number stays beside
 * a term that is none: later proofs start from it. `sign` is 1 for lower bounds, -1 for upper. */
static Bound simplify_bound(Context *context, const Facts *facts, Bound bound, int64_t sign) {
    for (int i = 0; i < bound.count; i++) bound.terms[i] = facts_simplify(context, facts, bound.terms[i]);
    for (int i = 0; i < bound.count; i++) {
        for (int j = 0; j < bound.count; j++) {
            bool is_kept = affine_is_constant(bound.terms[j]) && !affine_is_constant(bound.terms[i]);
            if (i == j || bound.count == 1 || is_kept) continue;
            const Affine *lead = affine_scale(context, affine_subtract(context, bound.terms[i], bound.terms[j]), sign);
            Cond leads = {.expr = lead};
            if (!facts_prove(facts, &leads)) continue;
            bound.terms[j] = bound.terms[bound.count - 1];
            bound.count--;
            i = -1;
            break;
        }
    }
    return bound;
}

static const Stmt *simplify_loop(Context *context, const Facts *facts, const Stmt *stmt) {
    Bound lower = simplify_bound(context, facts, stmt->loop.lower, 1);
    Bound upper = simplify_bound(context, facts, stmt->loop.upper, -1);
    bool same = lower.count == stmt->loop.lower.count && upper.count == stmt->loop.upper.count;
    for (int i = 0; same && i < lower.count; i++) same = lower.terms[i] == stmt->loop.lower.terms[i];
    for (int i = 0; same && i < upper.count; i++) same = upper.terms[i] == stmt->loop.upper.terms[i];
    if (same) return stmt;
    return stmt_loop(context, stmt->loop.var, lower, upper, stmt->loop.mark, stmt->loop.factor, stmt->loop.body);
}

static const Stmt *simplify_node(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)data;
    switch (stmt->kind) {
    case STMT_FOR: return simplify_loop(context, facts, stmt);
    case STMT_IF: return simplify_guard(context, facts, stmt);
    case STMT_STORE: return simplify_store(context, facts, stmt);
    case STMT_PREFETCH: return simplify_prefetch(context, facts, stmt);
    default: return stmt;
    }
}

const Stmt *stmt_simplify(Context *context, const Facts *facts, const Stmt *stmt) {
    return stmt_rewrite_with_facts(context, facts, stmt, simplify_node, NULL);
}

const Nest *nest_simplify(Context *context, const Nest *nest) {
    Nest *copy = nest_copy(context, nest);
    copy->body = stmt_simplify(context, NULL, nest->body);
    if (nest->ahead != NULL) copy->ahead = stmt_simplify(context, NULL, nest->ahead);
    return copy;
}
