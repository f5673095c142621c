/* SPDX-License-Identifier: Apache-2.0 */
/* drop_tail_guards: sums in registers run unguarded where what is surplus is never stored.
 *
 * The last tile of k = 255 in tiles of 32 has one lane too many. Its guard is needed where y is written, not in the
 * inner loop, where it would be a mask on every update (and without masks in the instruction set, a branch a lane):
 *
 *                                                      lanes kl { acc[1,kl] = 0 }
 *     lanes kl { if (c(kl)) acc[1,kl] = b[…] }         lanes kl { if (c(kl)) acc[1,kl] = b[…] }
 *     for … lanes kl { if (c(kl)) acc[1,kl] += … }  →  for … lanes kl { acc[1,kl] += … }
 *     lanes kl { if (c(kl)) y[…] = acc[1,kl] }         lanes kl { if (c(kl)) y[…] = acc[1,kl] }
 *
 * A condition of a store to buffer acc (+= or =) may go when
 *   1. it is a function of the element: it uses only loops around the buffer and loops that are an index of acc there;
 *   2. every read of acc that may see the element stands under the same condition, as a function of the element: so
 *      elements for which it fails, the surplus, are never looked at;
 *   3. without it, all accesses of the statement still lie inside their tensors; blocks that `pack` filled up are
 *      inside, so it is packed weights that make this hold.
 * Then surplus elements hold sums that nobody sees, and all others what they held before. An element that is added to
 * without its condition, but is still initialised under it, starts from 0.
 *
 * Conditions that use reduction loops (padding) never meet 1. After unrolling, because vectors that are surplus as a
 * whole have vanished by then, and should not come back.
 *
 * Requires  unrolled loops.
 * Ensures   nothing more; it is for speed.
 * Leaves    whatever is not a guard of a store to a buffer of SCOPE_REGISTERS. */
#include "compiler/passes/internal.h"

/* A place where the buffer's element `index` is used, with the conditions around it up to the buffer. */
typedef struct Use {
    const Affine *const *index;
    CondList conds; /* as functions of the element */
} Use;

typedef VECTOR(Use) UseList;

typedef struct Drop {
    Context *context;
    const Facts *outside; /* what is known around the buffer */
    const Tensor *buffer;
    const Var *element[TENSOR_MAX_RANK]; /* stand for an element's index */
    CondList path;                       /* while gathering: conditions around */
    UseList reads, inits;
    UseList dropped; /* updates that lost conditions: those */
    StmtList zeros;  /* stores that surplus elements need before all else */
    /* while a guard is looked at */
    const Cond *cond;
    bool may_drop;
} Drop;

/* Do all loops in it live outside the buffer, or stand for an index? */
static bool is_function_of_element(const Drop *drop, const Affine *expr) {
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        bool known = term->kind != TERM_VAR ? is_function_of_element(drop, term->inner)
                                            : term->var->id < 0 || facts_know(drop->outside, term->var);
        if (!known) return false;
    }
    return true;
}

/* The condition as a function of the element that `index` names: a loop v with index[i] = v + a is element i less a.
 * False when it is none. */
static bool element_condition(const Drop *drop, const Affine *const *index, const Cond *cond, Cond *out) {
    *out = *cond;
    for (int i = 0; i < drop->buffer->rank; i++) {
        if (index[i]->count != 1 || index[i]->terms[0].kind != TERM_VAR || index[i]->terms[0].coefficient != 1)
            continue;
        const Var *var = index[i]->terms[0].var;
        if (facts_know(drop->outside, var)) continue;
        const Affine *value =
            affine_offset(drop->context, affine_variable(drop->context, drop->element[i]), -index[i]->constant);
        *out = cond_substitute(drop->context, *out, var, value);
    }
    return is_function_of_element(drop, out->expr);
}

static bool may_be_same(const Drop *drop, const Affine *const *a, const Affine *const *b) {
    for (int i = 0; i < drop->buffer->rank; i++)
        if (affine_is_constant(a[i]) && affine_is_constant(b[i]) && a[i]->constant != b[i]->constant) return false;
    return true;
}

static void add_use(Drop *drop, UseList *list, const Affine *const *index) {
    Use use = {.index = index};
    for (size_t i = 0; i < drop->path.count; i++) {
        Cond cond;
        if (element_condition(drop, index, &drop->path.items[i], &cond)) VECTOR_PUSH(drop->context, &use.conds, cond);
    }
    VECTOR_PUSH(drop->context, list, use);
}

static void gather_read(void *data, const Expr *access) {
    Drop *drop = data;
    if (access->access.tensor == drop->buffer) add_use(drop, &drop->reads, access->access.index);
}

/* Fills in reads and inits. */
static void gather(void *data, const Stmt *stmt) {
    Drop *drop = data;
    size_t depth = drop->path.count;
    if (stmt->kind == STMT_IF)
        for (int i = 0; i < stmt->guard.count; i++) VECTOR_PUSH(drop->context, &drop->path, stmt->guard.conds[i]);
    if (stmt->kind == STMT_STORE) {
        expr_visit(stmt->store.value, gather_read, drop);
        bool is_init = stmt->store.tensor == drop->buffer && !stmt->store.add;
        if (is_init) add_use(drop, &drop->inits, stmt->store.index);
    }
    stmt_visit_children(stmt, gather, drop);
    drop->path.count = depth;
}

/* Do all uses that may be of this element stand under the condition? */
static bool all_under(const Drop *drop, const UseList *uses, const Affine *const *index, const Cond *cond) {
    for (size_t i = 0; i < uses->count; i++)
        if (may_be_same(drop, uses->items[i].index, index) && !has_condition(&uses->items[i].conds, cond)) return false;
    return true;
}

typedef struct Reach {
    Context *context;
    const Facts *facts;
    bool inside; /* so far */
} Reach;

static void check_reach(Reach *reach, const Tensor *tensor, const Affine *const *index) {
    for (int i = 0; i < tensor->rank && reach->inside; i++) {
        const Affine *end = affine_constant(reach->context, tensor->axes[i].extent - 1);
        Cond low = {.expr = index[i]}, high = {.expr = affine_subtract(reach->context, end, index[i])};
        reach->inside = facts_prove(reach->facts, &low) && facts_prove(reach->facts, &high);
    }
}

static void check_read(void *data, const Expr *access) {
    check_reach(data, access->access.tensor, access->access.index);
}

/* One store below a guard that is to lose drop->cond; `facts` do not hold the condition. */
static const Stmt *check_store(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    Drop *drop = data;
    if (stmt->kind != STMT_STORE || !drop->may_drop) return stmt;
    Cond cond;
    drop->may_drop = stmt->store.tensor == drop->buffer &&
                     element_condition(drop, stmt->store.index, drop->cond, &cond) &&
                     all_under(drop, &drop->reads, stmt->store.index, &cond);
    if (!drop->may_drop) return stmt;
    Reach reach = {context, facts, true};
    check_reach(&reach, stmt->store.tensor, stmt->store.index);
    expr_visit(stmt->store.value, check_read, &reach);
    drop->may_drop = reach.inside;
    return stmt;
}

/* store inside the loops, out to the buffer, that its index uses. */
static const Stmt *zero_element(const Drop *drop, const Facts *facts, const Affine *const *index) {
    const Stmt *stmt = stmt_store(drop->context, drop->buffer, index, false, expr_number(drop->context, 0));
    for (; facts != drop->outside; facts = facts->outer) {
        if (facts->loop == NULL) continue;
        bool is_used = false;
        for (int i = 0; i < drop->buffer->rank; i++) is_used |= affine_uses(index[i], facts->loop->loop.var);
        if (is_used)
            stmt = stmt_loop(drop->context, facts->loop->loop.var, facts->loop->loop.lower, facts->loop->loop.upper,
                             facts->loop->loop.mark, 0, stmt);
    }
    return stmt;
}

static bool same_element(const Drop *drop, const Affine *const *a, const Affine *const *b) {
    for (int i = 0; i < drop->buffer->rank; i++)
        if (!affine_equal(a[i], b[i])) return false;
    return true;
}

/* Remembers updates that lost drop->cond, and how to start their surplus elements from 0. */
static const Stmt *note_dropped(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    Drop *drop = data;
    Cond cond;
    if (stmt->kind != STMT_STORE || !stmt->store.add) return stmt;
    if (!element_condition(drop, stmt->store.index, drop->cond, &cond)) return stmt;
    for (size_t i = 0; i < drop->dropped.count; i++) {
        Use *use = &drop->dropped.items[i];
        if (!same_element(drop, use->index, stmt->store.index)) continue;
        if (!has_condition(&use->conds, &cond)) VECTOR_PUSH(context, &use->conds, cond);
        return stmt;
    }
    Use use = {.index = stmt->store.index};
    VECTOR_PUSH(context, &use.conds, cond);
    VECTOR_PUSH(context, &drop->dropped, use);
    VECTOR_PUSH(context, &drop->zeros, zero_element(drop, facts, stmt->store.index));
    return stmt;
}

static const Stmt *guard_without(Context *context, const Stmt *guard, int position) {
    CondList kept = {0};
    for (int i = 0; i < guard->guard.count; i++)
        if (i != position) VECTOR_PUSH(context, &kept, guard->guard.conds[i]);
    return stmt_guard(context, (int)kept.count, kept.items, guard->guard.body);
}

static const Stmt *drop_conditions(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    Drop *drop = data;
    for (int i = 0; stmt->kind == STMT_IF && i < stmt->guard.count; i++) {
        const Stmt *rest = guard_without(context, stmt, i);
        drop->cond = &stmt->guard.conds[i];
        drop->may_drop = true;
        stmt_rewrite_with_facts(context, facts, rest, check_store, drop);
        if (!drop->may_drop) continue;
        stmt_rewrite_with_facts(context, facts, rest, note_dropped, drop);
        if (rest == stmt->guard.body) return rest;
        stmt = rest;
        i--;
    }
    return stmt;
}

/* Elements that are added to without a condition that their start value has: those are zeroed first. */
static const Stmt *start_from_zero(Drop *drop, const Stmt *body) {
    StmtList items = {0};
    drop->reads.count = drop->inits.count = 0;
    gather(drop, body);
    for (size_t i = 0; i < drop->dropped.count; i++) {
        const Use *use = &drop->dropped.items[i];
        bool is_started = true;
        for (size_t j = 0; j < drop->inits.count; j++) {
            if (!may_be_same(drop, drop->inits.items[j].index, use->index)) continue;
            for (size_t k = 0; k < use->conds.count; k++)
                is_started &= !has_condition(&drop->inits.items[j].conds, &use->conds.items[k]);
        }
        if (!is_started) VECTOR_PUSH(drop->context, &items, drop->zeros.items[i]);
    }
    add_statement(drop->context, &items, body);
    return block_of(drop->context, &items);
}

static const Var *element_variable(Context *context, int axis) {
    Var *var = ARENA_NEW(context, Var);
    *var = (Var){.name = "element", .stage = "", .id = -1 - axis};
    return var;
}

static const Stmt *drop_in_buffer(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)data;
    if (stmt->kind != STMT_ALLOC || stmt->alloc.tensor->scope != SCOPE_REGISTERS) return stmt;
    Drop drop = {.context = context, .outside = facts, .buffer = stmt->alloc.tensor};
    for (int i = 0; i < drop.buffer->rank; i++) drop.element[i] = element_variable(context, i);
    gather(&drop, stmt->alloc.body);
    const Stmt *body = stmt_rewrite_with_facts(context, facts, stmt->alloc.body, drop_conditions, &drop);
    if (body == stmt->alloc.body) return stmt;
    return stmt_alloc(context, drop.buffer, start_from_zero(&drop, body));
}

Status drop_tail_guards(Context *context, const Nest *nest, const Target *target, const Nest **out) {
    (void)target;
    Nest *copy = nest_copy(context, nest);
    copy->body = stmt_rewrite_with_facts(context, NULL, nest->body, drop_in_buffer, NULL);
    *out = copy;
    return STATUS_OK;
}
