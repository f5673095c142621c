/* SPDX-License-Identifier: Apache-2.0 */
/* unroll_loops: replicates the bodies of loops marked unroll.
 *
 *     unroll v in a..a+3 { S(v) }         becomes  S(a); S(a+1); S(a+2)
 *     unroll v in a..a+7 by 2 { S(v) }    becomes  for v in 0..3 { S(2v+a); S(2v+1+a) }; S(a+6)
 *     unroll v in a..b by 2 { S(v) }      becomes  for v in a div 2..(b+1) div 2 {
 *                                                    if (a <= 2v < b) S(2v); if (a <= 2v+1 < b) S(2v+1) }
 *
 * the last one where the number of iterations is not constant (after clip): there a remainder cannot be a copy.
 * From the outside inwards, because bounds of an inner loop may become constant when an outer one is unrolled.
 *
 * Requires  simplified bounds.
 * Ensures   no loop is marked unroll; a block does not directly hold a block.
 * Leaves    conditions as they are, true or false: fold_guards comes next. */
#include "compiler/passes/internal.h"

/* A body larger than this would take LLVM seconds and not fit into an instruction cache. A store on lanes counts once
 * for each vector: 4096 stores of 32 vectors took LLVM minutes and a gigabyte. */
enum { MAX_STORES = 16384, MAX_COPIES = 16 * MAX_STORES };

typedef struct Unroll {
    Context *context;
    const Nest *nest;
    const Target *target;
    const Var *loop; /* the outermost one that is being unrolled; NULL outside */
    int64_t vectors; /* of a store here */
    int64_t stores;  /* so far */
    int64_t copies;  /* of bodies so far, which may hold no store */
    Status status;
} Unroll;

static const Stmt *unroll(Unroll *u, const Stmt *stmt);

static bool bound_value(const Bound *bound, int sign, int64_t *out) {
    *out = 0;
    for (int i = 0; i < bound->count; i++) {
        if (!affine_is_constant(bound->terms[i])) return false;
        int64_t value = bound->terms[i]->constant;
        if (i == 0 || sign * value > sign * *out) *out = value;
    }
    return true;
}

/* Where the loop starts and how often it runs; false when that is not known. */
static bool iterations(Context *context, const Stmt *loop, const Affine **first, int64_t *extent) {
    int64_t lower = 0, upper = 0;
    if (bound_value(&loop->loop.lower, 1, &lower) && bound_value(&loop->loop.upper, -1, &upper)) {
        *first = affine_constant(context, lower);
        *extent = upper < lower ? 0 : upper - lower;
        return true;
    }
    *first = loop->loop.lower.terms[0];
    return loop_extent(context, loop, extent);
}

/* Statements of the kernel when all is unrolled, about: loops whose range changes count as rolled. */
static double count_statements(const Unroll *u, const Stmt *stmt, double vectors);

typedef struct StatementCount {
    const Unroll *u;
    double vectors, statements;
} StatementCount;

static void count_child(void *data, const Stmt *stmt) {
    StatementCount *count = data;
    count->statements += count_statements(count->u, stmt, count->vectors);
}

static int64_t vectors_of_lanes(const Unroll *u, const Stmt *loop) {
    int64_t lanes = u->target->vector_bytes / (int64_t)type_bytes(TYPE_F32), extent = 0;
    bool is_counted = loop->loop.mark == MARK_LANES && lanes > 0 && loop_extent(u->context, loop, &extent);
    return is_counted ? (extent + lanes - 1) / lanes : 0;
}

static double count_copies(const Unroll *u, const Stmt *loop) {
    const Affine *first = NULL;
    int64_t extent = 0, factor = loop->loop.factor;
    if (loop->loop.mark != MARK_UNROLL) return 1;
    bool is_constant = iterations(u->context, loop, &first, &extent);
    if (factor > 0 && (!is_constant || factor < extent)) return (double)(factor + (is_constant ? extent % factor : 0));
    return is_constant ? (double)extent : 1;
}

static double count_statements(const Unroll *u, const Stmt *stmt, double vectors) {
    StatementCount count = {.u = u, .vectors = vectors};
    if (stmt->kind == STMT_STORE || stmt->kind == STMT_PREFETCH) return vectors;
    if (stmt->kind == STMT_FOR && vectors_of_lanes(u, stmt) > 0) count.vectors = (double)vectors_of_lanes(u, stmt);
    stmt_visit_children(stmt, count_child, &count);
    return stmt->kind == STMT_FOR ? count.statements * count_copies(u, stmt) : count.statements;
}

static void check_copies(Unroll *u) {
    bool fits = u->stores <= MAX_STORES && u->copies <= MAX_COPIES;
    if (fits || u->loop == NULL || u->status != STATUS_OK) return;
    double count = count_statements(u, u->nest->body, 1);
    if (u->nest->ahead != NULL) count += count_statements(u, u->nest->ahead, 1);
    const char *message =
        arena_format(u->context, "the kernel would have %.0f statements, and may have %d", count, MAX_STORES);
    if (count <= MAX_STORES)
        message = arena_format(u->context, "more than %d copies of bodies are too many", MAX_COPIES);
    u->status = refuse_loop(u->context, u->nest, u->loop, "unroll %s: %s; unroll less", u->loop->name, message);
}

/* The copy of the body for var = value. */
static const Stmt *copy_body(Unroll *u, const Stmt *loop, const Affine *value) {
    u->copies++;
    check_copies(u);
    return unroll(u, stmt_substitute(u->context, loop->loop.body, loop->loop.var, value));
}

/* Appends the bodies for var = base, base + 1, … */
static void replicate(Unroll *u, const Stmt *loop, const Affine *base, int64_t copies, StmtList *out) {
    for (int64_t i = 0; i < copies && u->status == STATUS_OK; i++)
        add_statement(u->context, out, copy_body(u, loop, affine_offset(u->context, base, i)));
}

static void replicate_by_factor(Unroll *u, const Stmt *loop, const Affine *first, int64_t extent, StmtList *out) {
    Context *context = u->context;
    int64_t factor = loop->loop.factor, rounds = extent / factor;
    const Affine *round = affine_scale(context, affine_variable(context, loop->loop.var), factor);
    StmtList body = {0};
    replicate(u, loop, affine_add(context, first, round), factor, &body);
    Bound end = bound_constant(context, rounds);
    const Stmt *rolled =
        stmt_loop(context, loop->loop.var, bound_constant(context, 0), end, MARK_NONE, 0, block_of(context, &body));
    add_statement(context, out, rolled);
    replicate(u, loop, affine_offset(context, first, rounds * factor), extent % factor, out);
}

/* lower <= value < upper */
static CondList between(Context *context, const Stmt *loop, const Affine *value) {
    CondList conds = {0};
    for (int i = 0; i < loop->loop.lower.count; i++) {
        Cond cond = {.expr = affine_subtract(context, value, loop->loop.lower.terms[i])};
        VECTOR_PUSH(context, &conds, cond);
    }
    for (int i = 0; i < loop->loop.upper.count; i++) {
        const Affine *last = affine_offset(context, loop->loop.upper.terms[i], -1);
        Cond cond = {.expr = affine_subtract(context, last, value)};
        VECTOR_PUSH(context, &conds, cond);
    }
    return conds;
}

/* Rounds are aligned to multiples of the factor, so that they start at an affine bound; each copy has its guard. */
static const Stmt *replicate_guarded(Unroll *u, const Stmt *loop) {
    Context *context = u->context;
    int64_t factor = loop->loop.factor;
    const Affine *round = affine_scale(context, affine_variable(context, loop->loop.var), factor);
    Bound lower = loop->loop.lower, upper = loop->loop.upper;
    for (int i = 0; i < lower.count; i++) lower.terms[i] = affine_div(context, lower.terms[i], factor);
    for (int i = 0; i < upper.count; i++)
        upper.terms[i] = affine_div(context, affine_offset(context, upper.terms[i], factor - 1), factor);
    StmtList body = {0};
    for (int64_t i = 0; i < factor && u->status == STATUS_OK; i++) {
        const Affine *value = affine_offset(context, round, i);
        CondList conds = between(context, loop, value);
        const Stmt *copy = stmt_guard(context, (int)conds.count, conds.items, copy_body(u, loop, value));
        add_statement(context, &body, copy);
    }
    return stmt_loop(context, loop->loop.var, lower, upper, MARK_NONE, 0, block_of(context, &body));
}

/* The copies of a loop whose number of iterations is known. */
static const Stmt *replicate_constant(Unroll *u, const Stmt *loop, const Affine *first, int64_t extent) {
    StmtList items = {0};
    if (loop->loop.factor > 0 && loop->loop.factor < extent)
        replicate_by_factor(u, loop, first, extent, &items);
    else
        replicate(u, loop, first, extent, &items);
    return block_of(u->context, &items);
}

static const Stmt *unroll_loop(Unroll *u, const Stmt *loop) {
    const Affine *first = NULL;
    int64_t extent = 0;
    bool is_constant = iterations(u->context, loop, &first, &extent);
    if (!is_constant && loop->loop.factor == 0) {
        u->status = refuse_loop(u->context, u->nest, loop->loop.var,
                                "unroll %s: its number of iterations changes with the loops around it; unroll it by a "
                                "factor",
                                loop->loop.var->name);
        return loop;
    }
    bool is_outermost = u->loop == NULL;
    if (is_outermost) u->loop = loop->loop.var;
    const Stmt *copies = is_constant ? replicate_constant(u, loop, first, extent) : replicate_guarded(u, loop);
    if (is_outermost) u->loop = NULL;
    return copies;
}

static const Stmt *count_leaf(Unroll *u, const Stmt *leaf) {
    u->stores += u->vectors;
    check_copies(u);
    return leaf;
}

static const Stmt *unroll_rolled(Unroll *u, const Stmt *loop) {
    int64_t outer = u->vectors, vectors = vectors_of_lanes(u, loop);
    if (vectors > 0) u->vectors = vectors;
    const Stmt *body = unroll(u, loop->loop.body);
    u->vectors = outer;
    return stmt_loop(u->context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, 0, body);
}

static const Stmt *unroll_block(Unroll *u, const Stmt *block) {
    StmtList items = {0};
    for (int i = 0; i < block->block.count; i++) add_statement(u->context, &items, unroll(u, block->block.items[i]));
    return block_of(u->context, &items);
}

static const Stmt *unroll(Unroll *u, const Stmt *stmt) {
    if (u->status != STATUS_OK) return stmt;
    switch (stmt->kind) {
    case STMT_FOR: return stmt->loop.mark == MARK_UNROLL ? unroll_loop(u, stmt) : unroll_rolled(u, stmt);
    case STMT_IF: return stmt_guard(u->context, stmt->guard.count, stmt->guard.conds, unroll(u, stmt->guard.body));
    case STMT_ALLOC: return stmt_alloc(u->context, stmt->alloc.tensor, unroll(u, stmt->alloc.body));
    case STMT_REDUCE: {
        const Stmt *init = unroll(u, stmt->reduce.init), *update = unroll(u, stmt->reduce.update);
        return stmt_reduce(u->context, init, update, unroll(u, stmt->reduce.finish));
    }
    case STMT_BLOCK: return unroll_block(u, stmt);
    case STMT_STORE:
    case STMT_PREFETCH: return count_leaf(u, stmt);
    }
    return stmt;
}

Status unroll_loops(Context *context, const Nest *nest, const Target *target, const Nest **out) {
    Unroll u = {.context = context, .nest = nest, .target = target, .vectors = 1};
    Nest *copy = nest_copy(context, nest);
    copy->body = unroll(&u, nest->body);
    if (nest->ahead != NULL) copy->ahead = unroll(&u, nest->ahead);
    *out = copy;
    return u.status;
}
