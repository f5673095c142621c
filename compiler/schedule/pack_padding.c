/* SPDX-License-Identifier: Apache-2.0 */
/* Padding that a copy holds: guards that go, and how far reads reach.
 *
 * A statement `acc += x * …` under a guard that fails only where x is read outside of its tensor may run there as well
 * when the copy has a zero there: it adds 0. (With a weight that is infinite or NaN it would add NaN, where the guard
 * adds nothing.) Such a guard need not be spelt like the tensor's ends: it goes when it is proved from them. */
#include "base/integer.h"
#include "compiler/schedule/pack.h"

typedef struct Padding {
    Context *context;
    const Tensor *tensor;
    const Facts *facts; /* around the statement at hand */
    const Cond *cond;   /* the one that may go */
    bool may_drop;
    Range *ranges; /* pack_find_ranges: so far */
} Padding;

/* Both ends of every axis at once: the indices lie in the tensor. */
static CondList inside_tensor(Context *context, const Tensor *tensor, const Affine *const *index) {
    CondList conds = {0};
    for (int i = 0; i < tensor->rank; i++) {
        const Affine *end = affine_constant(context, tensor->axes[i].extent - 1);
        Cond low = {.expr = index[i]}, high = {.expr = affine_subtract(context, end, index[i])};
        VECTOR_PUSH(context, &conds, low);
        VECTOR_PUSH(context, &conds, high);
    }
    return conds;
}

/* Is there a factor of the product whose being inside of the tensor implies the condition? */
static bool has_zero_factor(const Padding *padding, const Expr *expr) {
    Context *context = padding->context;
    if (expr->kind == EXPR_MULTIPLY)
        return has_zero_factor(padding, expr->binary.left) || has_zero_factor(padding, expr->binary.right);
    if (expr->kind == EXPR_CAST) return has_zero_factor(padding, expr->cast.operand);
    if (expr->kind != EXPR_ACCESS || expr->access.tensor != padding->tensor) return false;
    CondList inside = inside_tensor(context, padding->tensor, expr->access.index);
    const Stmt *guard = stmt_guard(context, (int)inside.count, inside.items, stmt_block(context, 0, NULL));
    Facts facts = facts_in_guard(padding->facts, guard);
    return facts_prove(&facts, padding->cond);
}

static bool adds_zero(const Padding *padding, const Expr *expr) {
    if (expr->kind != EXPR_ADD && expr->kind != EXPR_SUBTRACT) return has_zero_factor(padding, expr);
    return adds_zero(padding, expr->binary.left) && adds_zero(padding, expr->binary.right);
}

static void check_other_read(void *data, const Expr *access) {
    Padding *padding = data;
    const Tensor *tensor = access->access.tensor;
    if (tensor == padding->tensor) return;
    CondList inside = inside_tensor(padding->context, tensor, access->access.index);
    for (size_t i = 0; i < inside.count && padding->may_drop; i++)
        padding->may_drop = facts_prove(padding->facts, &inside.items[i]);
}

/* One store below a guard that is to lose a condition; `facts` do not hold it. */
static const Stmt *check_store(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    Padding *padding = data;
    if (stmt->kind != STMT_STORE || !padding->may_drop) return stmt;
    padding->facts = facts;
    padding->may_drop = stmt->store.add && adds_zero(padding, stmt->store.value);
    expr_visit(stmt->store.value, check_other_read, padding);
    CondList target = inside_tensor(context, stmt->store.tensor, stmt->store.index);
    for (size_t i = 0; i < target.count && padding->may_drop; i++)
        padding->may_drop = facts_prove(facts, &target.items[i]);
    return stmt;
}

/* Padding depends on taps. A guard that does not is that of a tail, which the start of the sum has as well: without it
 * here, 0 would be added to a sum that was not started. */
static bool depends_on_taps(const Affine *expr) {
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        if (term->kind == TERM_VAR ? term->var->reduction : depends_on_taps(term->inner)) return true;
    }
    return false;
}

static const Stmt *drop_conditions(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    Padding *padding = data;
    if (stmt->kind != STMT_IF) return stmt;
    CondList kept = {0};
    for (int i = 0; i < stmt->guard.count; i++) VECTOR_PUSH(context, &kept, stmt->guard.conds[i]);
    for (size_t i = kept.count; i-- > 0;) {
        if (!depends_on_taps(kept.items[i].expr)) continue;
        CondList others = {0};
        for (size_t j = 0; j < kept.count; j++)
            if (j != i) VECTOR_PUSH(context, &others, kept.items[j]);
        const Stmt *without = stmt_guard(context, (int)others.count, others.items, stmt->guard.body);
        padding->cond = &kept.items[i];
        padding->may_drop = true;
        stmt_rewrite_with_facts(context, facts, without, check_store, padding);
        if (padding->may_drop) kept = others;
    }
    if (kept.count == (size_t)stmt->guard.count) return stmt;
    return stmt_guard(context, (int)kept.count, kept.items, stmt->guard.body);
}

const Stmt *pack_drop_guards(Context *context, const Stmt *body, const Tensor *tensor) {
    Padding padding = {.context = context, .tensor = tensor};
    if (!tensor->padded) return body;
    return stmt_rewrite_with_facts(context, NULL, body, drop_conditions, &padding);
}

static void widen_ranges(void *data, const Expr *access) {
    Padding *padding = data;
    if (access->access.tensor != padding->tensor) return;
    for (int i = 0; i < padding->tensor->rank; i++) {
        Range read = facts_range(padding->facts, access->access.index[i]), *range = &padding->ranges[i];
        range->first = integer_min(range->first, read.first);
        range->last = integer_max(range->last, read.last);
    }
}

static const Stmt *widen_by_store(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)context;
    Padding *padding = data;
    padding->facts = facts;
    if (stmt->kind == STMT_STORE) expr_visit(stmt->store.value, widen_ranges, padding);
    return stmt;
}

Status pack_find_ranges(const Application *application, const Stmt *body, const Tensor *tensor, Range *out) {
    Padding padding = {.context = application->context, .tensor = tensor, .ranges = out};
    for (int i = 0; i < tensor->rank; i++) out[i] = (Range){0, tensor->axes[i].extent - 1};
    stmt_rewrite_with_facts(application->context, NULL, body, widen_by_store, &padding);
    for (int i = 0; i < tensor->rank; i++)
        if (out[i].first < -INT32_MAX || out[i].last > INT32_MAX)
            return refuse(application, application->step->offset, "how far reads leave axis %s of %s is not known",
                          tensor->axes[i].name, tensor->name);
    return STATUS_OK;
}
