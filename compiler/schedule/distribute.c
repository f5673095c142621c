/* SPDX-License-Identifier: Apache-2.0 */
/* distribute L -> t1 t2 …: one copy of a loop that is summed over for each product of the sum inside it.
 *
 *     for c { acc += a[c]*u[c] + b[c]*v[c] }     becomes     for t1 { acc += a[t1]*u[t1] }; for t2 { acc += b[t2]*v[t2]
 * }
 *
 * Terms of a sum may be added in any order. What one product reads can then be placed in its loop. The name L means all
 * copies. */
#include "compiler/schedule/internal.h"

/* The addends of all stores of a loop's body, counted in the order in which they are written; one of them is kept. */
typedef struct Addends {
    Context *context;
    int count;        /* so far */
    int kept;         /* which one */
    const Expr *term; /* the kept one, when the store at hand has it */
    bool has_buffer;  /* a buffer lives in the body */
    bool has_other;   /* a statement that is no term of a sum */
} Addends;

static void count_addends(Addends *addends, const Expr *expr, bool is_negative) {
    Context *context = addends->context;
    if (expr->kind == EXPR_ADD || expr->kind == EXPR_SUBTRACT) {
        count_addends(addends, expr->binary.left, is_negative);
        count_addends(addends, expr->binary.right, is_negative != (expr->kind == EXPR_SUBTRACT));
        return;
    }
    if (addends->count++ != addends->kept) return;
    addends->term = is_negative ? expr_binary(context, EXPR_MULTIPLY, expr_number(context, -1), expr) : expr;
}

static void look_at(void *data, const Stmt *stmt) {
    Addends *addends = data;
    addends->has_buffer |= stmt->kind == STMT_ALLOC;
    addends->has_other |= stmt->kind == STMT_PREFETCH || (stmt->kind == STMT_STORE && !stmt->store.add);
    if (stmt->kind == STMT_STORE) count_addends(addends, stmt->store.value, false);
    stmt_visit_children(stmt, look_at, addends);
}

static const Stmt *keep_one(void *data, Context *context, const Stmt *stmt) {
    Addends *addends = data;
    switch (stmt->kind) {
    case STMT_STORE:
        addends->term = NULL;
        count_addends(addends, stmt->store.value, false);
        if (addends->term == NULL) return stmt_block(context, 0, NULL);
        return stmt_store(context, stmt->store.tensor, stmt->store.index, true, addends->term);
    case STMT_FOR: return stmt_is_empty(stmt->loop.body) ? stmt->loop.body : stmt;
    case STMT_IF: return stmt_is_empty(stmt->guard.body) ? stmt->guard.body : stmt;
    case STMT_BLOCK: {
        StmtList items = {0};
        for (int i = 0; i < stmt->block.count; i++)
            if (!stmt_is_empty(stmt->block.items[i])) VECTOR_PUSH(context, &items, stmt->block.items[i]);
        return stmt_block(context, (int)items.count, items.items);
    }
    default: return stmt;
    }
}

/* The new loops, one an addend. */
typedef struct Distribute {
    const Var **copies;
} Distribute;

static Status check_terms(const Application *application, const Stmt *loop, const Addends *addends) {
    const Step *step = application->step;
    const char *name = loop->loop.var->name;
    if (addends->has_buffer)
        return refuse(application, step->offset, "'%s' holds a buffer; distribute before accumulate and place", name);
    if (addends->has_other)
        return refuse(application, step->offset, "'%s' holds statements that are no terms of a sum", name);
    if (addends->count != step->name_count)
        return refuse(application, step->offset, "the sum inside '%s' has %d products, and %d loops are named", name,
                      addends->count, step->name_count);
    return STATUS_OK;
}

static Status distribute_loop(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    (void)facts;
    Context *context = self->application->context;
    const Distribute *distribute = self->data;
    Addends all = {.context = context, .kept = -1};
    look_at(&all, loop->loop.body);
    TRY(check_terms(self->application, loop, &all));
    const Stmt **items = ARENA_ARRAY(context, const Stmt *, (size_t)all.count);
    for (int i = 0; i < all.count; i++) {
        Addends one = {.context = context, .kept = i};
        const Stmt *body = stmt_rewrite(context, loop->loop.body, keep_one, &one);
        const Affine *position = affine_variable(context, distribute->copies[i]);
        items[i] = stmt_loop(context, distribute->copies[i], loop->loop.lower, loop->loop.upper, loop->loop.mark,
                             loop->loop.factor, stmt_substitute(context, body, loop->loop.var, position));
    }
    *out = stmt_block(context, all.count, items);
    return STATUS_OK;
}

Status schedule_distribute(const Application *application, const Nest **out) {
    const Step *step = application->step;
    Context *context = application->context;
    const Var *old = NULL;
    VarList loops = {0};
    TRY(find_loop(application, &step->loops[0], &old));
    VECTOR_PUSH(context, &loops, old);
    if (!old->reduction)
        return refuse(application, step->loops[0].offset, "loop '%s' is not summed over; name one inside the sum",
                      old->name);
    Nest *nest = nest_copy(context, application->nest);
    Distribute distribute = {.copies = ARENA_ARRAY(context, const Var *, (size_t)step->name_count)};
    for (int i = 0; i < step->name_count; i++) {
        TRY(check_new_name(application, old->stage, step->names[i], &loops));
        distribute.copies[i] = nest_new_var(context, nest, step->names[i], old->stage, true);
    }
    add_alias(context, nest, old->stage, old->name, step->name_count, step->names);
    LoopRewrite rewrite = {
        .application = application, .loops = &loops, .rewrite = distribute_loop, .data = &distribute, .nest = nest};
    return rewrite_loops(&rewrite, out);
}
