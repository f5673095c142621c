/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate T at L, where loops around L are summed over (blocks of channels outside of pixels, say): an iteration of
 * L adds one block's terms. It loads the sums so far into the buffer, adds, and stores them where they were.
 *
 *     init:   for p, qi: y = b                    for co, p {
 *     for co, p, ci, qi: y += …                       acc
 *     finish: for p, qi: y = relu(y)      →           init:   if (co = 0) for qi: acc = b
 *                                                             if (co > 0) for qi: acc = y
 *                                                     for ci, qi: acc += …
 *                                                     finish: if (co < last) for qi: y = acc
 *                                                             if (co = last) for qi: y = relu(acc) }
 *
 * The first block starts the sums, and the last one finishes them, so that memory is not walked for that alone. That
 * needs a first and a last block: where the range of a loop that is summed over changes (after clip), where sums are
 * also added to elsewhere, and where some get no terms at all (a border tile whose taps are all padding), init and
 * finish stay where they are. The place of the sums is the output, its sums in workspace, or the buffer of an
 * accumulate further outside. */
#include <string.h>

#include "compiler/schedule/accumulate.h"

/* The reduction at hand, and what is known around it. */
typedef struct Blocks {
    const Application *application;
    const VarList *loops; /* L */
    const Stmt *reduce;
    const Facts *around; /* it */
    bool is_merged;      /* its blocks start and finish the sums */
    int count;           /* of buffers made */
    int started;         /* stores of init that are in them */
    Status status;
} Blocks;

/* Where loops L are met. */
typedef struct PlaceSearch {
    const VarList *loops;
    const char *stage;
    bool is_inside; /* now: an update of the stage is around */
    int inside, outside;
} PlaceSearch;

static void search_places(void *data, const Stmt *stmt) {
    PlaceSearch *search = data;
    bool is_meant = stmt->kind == STMT_FOR && contains_var(search->loops, stmt->loop.var);
    if (is_meant && search->is_inside) search->inside++;
    if (is_meant && !search->is_inside) search->outside++;
    if (stmt->kind == STMT_REDUCE && reduce_is_of_stage(stmt, search->stage)) {
        bool outer = search->is_inside;
        search->is_inside = true;
        search_places(search, stmt->reduce.update);
        search->is_inside = outer;
        return;
    }
    stmt_visit_children(stmt, search_places, search);
}

bool are_inside_sums(const Application *application, const VarList *loops) {
    PlaceSearch search = {.loops = loops, .stage = application->step->tensor};
    search_places(&search, application->nest->body);
    return search.inside > 0 && search.outside == 0;
}

/* The part of an init or finish nest that one iteration of L runs: loops around L are there, those inside stay, others
 * belong to copies. `loop` is L, `facts` hold around it. */
static const Stmt *restrict_nest(Context *context, const Facts *facts, const StmtList *inside, const Stmt *loop,
                                 const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR: {
        const Var *var = stmt->loop.var;
        const Stmt *body = restrict_nest(context, facts, inside, loop, stmt->loop.body);
        if (var == loop->loop.var || facts_know(facts, var)) return body;
        for (size_t i = 0; i < inside->count; i++) {
            if (inside->items[i]->loop.var != var || stmt_is_empty(body)) continue;
            return stmt_loop(context, var, stmt->loop.lower, stmt->loop.upper, stmt->loop.mark, stmt->loop.factor,
                             body);
        }
        return stmt_block(context, 0, NULL);
    }
    case STMT_IF: {
        const Stmt *body = restrict_nest(context, facts, inside, loop, stmt->guard.body);
        return stmt_is_empty(body) ? body : stmt_guard(context, stmt->guard.count, stmt->guard.conds, body);
    }
    case STMT_BLOCK: {
        StmtList items = {0};
        for (int i = 0; i < stmt->block.count; i++) {
            const Stmt *item = restrict_nest(context, facts, inside, loop, stmt->block.items[i]);
            if (!stmt_is_empty(item)) VECTOR_PUSH(context, &items, item);
        }
        return stmt_block(context, (int)items.count, items.items);
    }
    default: return stmt;
    }
}

/* `edge` in the first iteration of all loops (or the last one), else `other`:
 *
 *     if (co > 0) other; if (co = 0 && r > 0) other; if (co = 0 && r = 0) edge */
static const Stmt *choose_at_edge(Context *context, const StmtList *loops, bool is_first, const Stmt *edge,
                                  const Stmt *other) {
    StmtList items = {0};
    CondList conds = {0};
    for (size_t i = 0; i < loops->count; i++) {
        const Stmt *loop = loops->items[i];
        int64_t lower = loop->loop.lower.terms[0]->constant, upper = loop->loop.upper.terms[0]->constant;
        const Affine *var = affine_variable(context, loop->loop.var);
        const Affine *after_first = affine_offset(context, var, -lower - 1),
                     *before_last = affine_subtract(context, affine_constant(context, upper - 2), var);
        Cond away = {.expr = is_first ? after_first : before_last};
        Cond at = {.expr = affine_offset(context, var, is_first ? -lower : 1 - upper), .equality = true};
        if (upper - lower == 1) continue;
        VECTOR_PUSH(context, &conds, away);
        VECTOR_PUSH(context, &items, stmt_guard(context, (int)conds.count, conds.items, other));
        conds.items[conds.count - 1] = at;
    }
    VECTOR_PUSH(context, &items, stmt_guard(context, (int)conds.count, conds.items, edge));
    return stmt_block(context, (int)items.count, items.items);
}

/* Loops summed over between the reduction and a place in it, outermost first. */
static StmtList reductions_around(const Blocks *blocks, const Facts *facts) {
    StmtList inner_first = {0}, loops = {0};
    for (; facts != blocks->around; facts = facts->outer)
        if (facts->loop != NULL && facts->loop->loop.var->reduction)
            VECTOR_PUSH(blocks->application->context, &inner_first, facts->loop);
    for (size_t i = inner_first.count; i-- > 0;)
        VECTOR_PUSH(blocks->application->context, &loops, inner_first.items[i]);
    return loops;
}

static void count_store(void *data, const Stmt *stmt) {
    int *count = data;
    *count += stmt->kind == STMT_STORE;
    stmt_visit_children(stmt, count_store, data);
}

static int count_stores(const Stmt *stmt) {
    int count = 0;
    count_store(&count, stmt);
    return count;
}

/* L with a buffer for the sums of its iteration. */
static Status make_block(Blocks *blocks, const Facts *facts, const Stmt *loop, const Stmt **out) {
    const Application *application = blocks->application;
    Context *context = application->context;
    StmtList reductions = reductions_around(blocks, facts), inside = {0};
    SumsBuffer sums = {.target = NULL};
    collect_loops(context, loop->loop.body, &inside);
    const Stmt *start = restrict_nest(context, facts, &inside, loop, blocks->reduce->reduce.init);
    const Stmt *end = restrict_nest(context, facts, &inside, loop, blocks->reduce->reduce.finish);
    TRY(sums_buffer_make(application, start, loop->loop.body, &sums));
    SumsMove move = sums_buffer_move(&sums);
    const Stmt *moved = sums_move(context, stmt_reduce(context, start, loop->loop.body, end), &move);
    const Stmt *init = sums_transfer(context, &sums, SUMS_LOAD, start),
               *finish = sums_transfer(context, &sums, SUMS_SAVE, start);
    if (blocks->is_merged) {
        init = choose_at_edge(context, &reductions, true, moved->reduce.init, init);
        if (!stmt_is_empty(end)) finish = choose_at_edge(context, &reductions, false, moved->reduce.finish, finish);
    }
    init = sums_with_clear(context, &sums, start, init);
    const Stmt *body = stmt_alloc(context, sums.buffer, stmt_reduce(context, init, moved->reduce.update, finish));
    *out = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     body);
    blocks->count++;
    blocks->started += count_stores(start);
    return STATUS_OK;
}

/* Has a reduction further inside, which is dealt with before, given this loop its buffer? */
static bool is_done(const Blocks *blocks, const Stmt *loop) {
    const Stmt *body = loop->loop.body;
    return body->kind == STMT_ALLOC && body->alloc.body->kind == STMT_REDUCE &&
           reduce_is_of_stage(body->alloc.body, blocks->application->step->tensor);
}

static const Stmt *rewrite_update(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    Blocks *blocks = data;
    const Stmt *result = stmt;
    (void)context;
    bool is_meant = stmt->kind == STMT_FOR && contains_var(blocks->loops, stmt->loop.var);
    if (is_meant && !is_done(blocks, stmt) && blocks->status == STATUS_OK)
        blocks->status = make_block(blocks, facts, stmt, &result);
    return result;
}

/* What keeps init and finish from being merged into the blocks: loops and guards around L that make some element miss
 * its first or last block, several copies of L in which the same elements are summed, and sums outside of L. */
typedef struct MergeSearch {
    Context *context;
    const VarList *loops;
    VarList path;       /* loops around that are summed over */
    VarList first_path; /* those of the L that was met first */
    VarList met;        /* which L were */
    bool is_mergeable;
} MergeSearch;

static bool uses_reduction(const Affine *expr) {
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        if (term->kind == TERM_VAR ? term->var->reduction : uses_reduction(term->inner)) return true;
    }
    return false;
}

static bool is_regular_loop(const Stmt *loop) {
    const Bound *lower = &loop->loop.lower, *upper = &loop->loop.upper;
    for (int i = 0; i < lower->count; i++)
        if (uses_reduction(lower->terms[i])) return false;
    for (int i = 0; i < upper->count; i++)
        if (uses_reduction(upper->terms[i])) return false;
    if (!loop->loop.var->reduction) return true;
    return lower->count == 1 && upper->count == 1 && affine_is_constant(lower->terms[0]) &&
           affine_is_constant(upper->terms[0]) && lower->terms[0]->constant < upper->terms[0]->constant;
}

static void meet_place(MergeSearch *search, const Var *var) {
    bool is_first = search->met.count == 0, is_same = search->path.count == search->first_path.count;
    if (is_first)
        for (size_t i = 0; i < search->path.count; i++)
            VECTOR_PUSH(search->context, &search->first_path, search->path.items[i]);
    for (size_t i = 0; !is_first && is_same && i < search->path.count; i++)
        is_same = search->path.items[i] == search->first_path.items[i];
    search->is_mergeable &= (is_first || is_same) && !contains_var(&search->met, var);
    VECTOR_PUSH(search->context, &search->met, var);
}

static void search_merge(void *data, const Stmt *stmt) {
    MergeSearch *search = data;
    size_t depth = search->path.count;
    if (stmt->kind == STMT_FOR) {
        const Var *var = stmt->loop.var;
        search->is_mergeable &= is_regular_loop(stmt);
        if (contains_var(search->loops, var)) {
            meet_place(search, var);
            return;
        }
        if (var->reduction) VECTOR_PUSH(search->context, &search->path, var);
    }
    search->is_mergeable &= stmt->kind != STMT_IF && stmt->kind != STMT_STORE;
    stmt_visit_children(stmt, search_merge, search);
    search->path.count = depth;
}

static const Stmt *rewrite_reduction(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    Blocks *blocks = data;
    PlaceSearch places = {.loops = blocks->loops, .stage = blocks->application->step->tensor, .is_inside = true};
    if (stmt->kind != STMT_REDUCE || !reduce_is_of_stage(stmt, places.stage) || blocks->status != STATUS_OK)
        return stmt;
    search_places(&places, stmt->reduce.update);
    if (places.inside == 0) return stmt;
    MergeSearch search = {.context = context, .loops = blocks->loops, .is_mergeable = true};
    search_merge(&search, stmt->reduce.update);
    blocks->reduce = stmt;
    blocks->around = facts;
    blocks->is_merged = search.is_mergeable;
    blocks->started = 0;
    const Stmt *update = stmt_rewrite_with_facts(context, facts, stmt->reduce.update, rewrite_update, blocks);
    if (blocks->is_merged && blocks->started == count_stores(stmt->reduce.init)) return update;
    if (blocks->is_merged && blocks->status == STATUS_OK) {
        blocks->is_merged = false;
        update = stmt_rewrite_with_facts(context, facts, stmt->reduce.update, rewrite_update, blocks);
    }
    return stmt_reduce(context, stmt->reduce.init, update, stmt->reduce.finish);
}

Status accumulate_blocks(const Application *application, const VarList *loops, const Nest **out) {
    Context *context = application->context;
    Blocks blocks = {.application = application, .loops = loops, .status = STATUS_OK};
    for (size_t i = 0; i < loops->count; i++)
        if (loops->items[i]->reduction)
            return refuse(application, application->step->loops[0].offset, "'%s' is summed over; name an output loop",
                          loops->items[i]->name);
    Nest *nest = nest_copy(context, application->nest);
    nest->body = stmt_rewrite_with_facts(context, NULL, nest->body, rewrite_reduction, &blocks);
    *out = nest;
    TRY(blocks.status);
    if (blocks.count > 0) return STATUS_OK;
    return refuse(application, application->step->offset, "the sums of %s below '%s' are in a buffer already",
                  application->step->tensor, application->step->loops[0].name);
}
