/* SPDX-License-Identifier: Apache-2.0 */
/* A stage's nest taken apart into chains and put together again. */
#include "compiler/schedule/chains.h"

#include <string.h>

typedef struct TakeApart {
    const Application *application;
    ChainRole role;
    StmtList path;
    CondList conds;
    ChainList *chains;
    Status status;
} TakeApart;

static void take_apart(TakeApart *walk, const Stmt *stmt);

static void take_child(void *data, const Stmt *child) {
    take_apart(data, child);
}

static void add_chain(TakeApart *walk, const Stmt *store) {
    Context *context = walk->application->context;
    Chain chain = {.role = walk->role, .count = (int)walk->path.count, .store = store};
    chain.loops = ARENA_ARRAY(context, const Stmt *, walk->path.count + 1);
    for (size_t i = 0; i < walk->path.count; i++) chain.loops[i] = walk->path.items[i];
    for (size_t i = 0; i < walk->conds.count; i++) VECTOR_PUSH(context, &chain.conds, walk->conds.items[i]);
    VECTOR_PUSH(context, walk->chains, chain);
}

static void take_reduce(TakeApart *walk, const Stmt *stmt) {
    walk->role = CHAIN_INIT;
    take_apart(walk, stmt->reduce.init);
    walk->role = CHAIN_UPDATE;
    take_apart(walk, stmt->reduce.update);
    walk->role = CHAIN_FINISH;
    take_apart(walk, stmt->reduce.finish);
    walk->role = CHAIN_PLAIN;
}

static void take_apart(TakeApart *walk, const Stmt *stmt) {
    Context *context = walk->application->context;
    size_t loops = walk->path.count, conds = walk->conds.count;
    switch (stmt->kind) {
    case STMT_FOR: VECTOR_PUSH(context, &walk->path, stmt); break;
    case STMT_IF:
        for (int i = 0; i < stmt->guard.count; i++) VECTOR_PUSH(context, &walk->conds, stmt->guard.conds[i]);
        break;
    case STMT_ALLOC:
        walk->status = refuse(walk->application, walk->application->step->offset,
                              "the loops hold the buffer %s; move loops before accumulate", stmt->alloc.tensor->name);
        return;
    case STMT_PREFETCH:
        walk->status = refuse(walk->application, walk->application->step->offset,
                              "the loops hold a prefetch of %s; move loops before", stmt->prefetch.tensor->name);
        return;
    case STMT_REDUCE: take_reduce(walk, stmt); return;
    case STMT_STORE: add_chain(walk, stmt); return;
    case STMT_BLOCK: break;
    }
    stmt_visit_children(stmt, take_child, walk);
    walk->path.count = loops;
    walk->conds.count = conds;
}

Status chains_take_apart(const Application *application, const Stmt *stmt, ChainList *out) {
    TakeApart walk = {.application = application, .role = CHAIN_PLAIN, .chains = out, .status = STATUS_OK};
    *out = (ChainList){0};
    take_apart(&walk, stmt);
    return walk.status;
}

static bool same_bound(const Bound *a, const Bound *b) {
    if (a->count != b->count) return false;
    for (int i = 0; i < a->count; i++)
        if (!affine_equal(a->terms[i], b->terms[i])) return false;
    return true;
}

/* One loop in two chains. Marks may differ: `unroll … in` marks the update alone. */
static bool same_loop(const Stmt *a, const Stmt *b) {
    return a->loop.var == b->loop.var && same_bound(&a->loop.lower, &b->loop.lower) &&
           same_bound(&a->loop.upper, &b->loop.upper);
}

static const Stmt *put_together(Context *context, const ChainList *chains, int depth, bool in_reduce);

static ChainList with_role(Context *context, const ChainList *chains, ChainRole role) {
    ChainList list = {0};
    for (size_t i = 0; i < chains->count; i++)
        if (chains->items[i].role == role) VECTOR_PUSH(context, &list, chains->items[i]);
    return list;
}

/* Does the reduction of these chains begin at this depth: is the next loop of an update summed over, or is there none?
 */
static bool reduction_begins(const ChainList *chains, int depth) {
    for (size_t i = 0; i < chains->count; i++) {
        const Chain *chain = &chains->items[i];
        if (chain->role != CHAIN_UPDATE) continue;
        if (depth == chain->count || chain->loops[depth]->loop.var->reduction) return true;
    }
    return false;
}

/* Chains that go on with the loop of the first one; the others stay in *rest. */
static ChainList take_group(Context *context, const ChainList *chains, int depth, ChainList *rest) {
    ChainList group = {0};
    *rest = (ChainList){0};
    const Stmt *loop = chains->items[0].loops[depth];
    for (size_t i = 0; i < chains->count; i++) {
        const Chain *chain = &chains->items[i];
        bool belongs = chain->count > depth && same_loop(chain->loops[depth], loop);
        if (belongs) VECTOR_PUSH(context, &group, *chain);
        if (!belongs) VECTOR_PUSH(context, rest, *chain);
    }
    return group;
}

static bool has_loop(const Chain *chain, const Var *var) {
    for (int i = 0; i < chain->count; i++)
        if (chain->loops[i]->loop.var == var) return true;
    return false;
}

/* Does the init set the elements that the update adds to: has it the update's loops but those that are summed over? */
static bool starts(const Chain *init, const Chain *update) {
    int shared = 0;
    for (int i = 0; i < update->count; i++) {
        const Var *var = update->loops[i]->loop.var;
        if (!var->reduction && !has_loop(init, var)) return false;
        shared += !var->reduction;
    }
    return shared == init->count;
}

/* Has the chain, an init or an update, its counterpart among the others? */
static bool has_counterpart(const ChainList *chains, const Chain *chain) {
    for (size_t i = 0; i < chains->count; i++) {
        const Chain *other = &chains->items[i];
        if (chain->role == CHAIN_UPDATE && other->role == CHAIN_INIT && starts(other, chain)) return true;
        if (chain->role == CHAIN_INIT && other->role == CHAIN_UPDATE && starts(chain, other)) return true;
    }
    return false;
}

/* Would going on by loops part sums from their start values? Copies of a peeled reduction loop may go on with different
 * output loops; the reduction begins where they part. Copies of an output loop have start values of their own. */
static bool parts_reduction(Context *context, const ChainList *chains, int depth) {
    ChainList left = *chains;
    while (left.count > 0 && left.items[0].count > depth) {
        ChainList rest = {0}, group = take_group(context, &left, depth, &rest);
        for (size_t i = 0; i < group.count; i++) {
            const Chain *chain = &group.items[i];
            bool is_sum = chain->role == CHAIN_UPDATE || chain->role == CHAIN_INIT;
            if (is_sum && !has_counterpart(&group, chain)) return true;
        }
        left = rest;
    }
    return false;
}

static const Stmt *make_reduce(Context *context, const ChainList *chains, int depth) {
    ChainList init = with_role(context, chains, CHAIN_INIT), update = with_role(context, chains, CHAIN_UPDATE),
              finish = with_role(context, chains, CHAIN_FINISH);
    return stmt_reduce(context, put_together(context, &init, depth, true), put_together(context, &update, depth, true),
                       put_together(context, &finish, depth, true));
}

/* The chain whose marks count: an update, if there is one. */
static const Chain *leading_chain(const ChainList *group) {
    for (size_t i = 0; i < group->count; i++)
        if (group->items[i].role == CHAIN_UPDATE) return &group->items[i];
    return &group->items[0];
}

static const Stmt *put_together(Context *context, const ChainList *chains, int depth, bool in_reduce) {
    StmtList items = {0};
    ChainList left = *chains;
    while (left.count > 0) {
        const Chain *first = &left.items[0];
        ChainList rest = {0};
        if (!in_reduce && (reduction_begins(&left, depth) || parts_reduction(context, &left, depth))) {
            VECTOR_PUSH(context, &items, make_reduce(context, &left, depth));
        } else if (first->count == depth) {
            const Stmt *leaf = stmt_guard(context, (int)first->conds.count, first->conds.items, first->store);
            VECTOR_PUSH(context, &items, leaf);
            for (size_t i = 1; i < left.count; i++) VECTOR_PUSH(context, &rest, left.items[i]);
        } else {
            ChainList group = take_group(context, &left, depth, &rest);
            const Stmt *loop = leading_chain(&group)->loops[depth];
            const Stmt *body = put_together(context, &group, depth + 1, in_reduce);
            const Stmt *whole = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark,
                                          loop->loop.factor, body);
            VECTOR_PUSH(context, &items, whole);
        }
        left = rest;
    }
    return stmt_block(context, (int)items.count, items.items);
}

static Status check_bound(const Application *application, const Chain *chain, int position, const Bound *bound) {
    for (int i = 0; i < bound->count; i++)
        for (int j = position; j < chain->count; j++)
            if (affine_uses(bound->terms[i], chain->loops[j]->loop.var))
                return refuse(application, application->step->offset,
                              "the range of '%s' depends on '%s', which would be inside it; move loops before clip",
                              chain->loops[position]->loop.var->name, chain->loops[j]->loop.var->name);
    return STATUS_OK;
}

Status chains_put_together(const Application *application, const ChainList *chains, const Stmt **out) {
    for (size_t i = 0; i < chains->count; i++) {
        const Chain *chain = &chains->items[i];
        for (int j = 0; j < chain->count; j++) {
            TRY(check_bound(application, chain, j, &chain->loops[j]->loop.lower));
            TRY(check_bound(application, chain, j, &chain->loops[j]->loop.upper));
        }
    }
    *out = put_together(application->context, chains, 0, false);
    return STATUS_OK;
}

static bool holds_only(Context *context, const Stmt *stmt, const char *stage) {
    StmtList loops = {0};
    collect_loops(context, stmt, &loops);
    for (size_t i = 0; i < loops.count; i++)
        if (strcmp(loops.items[i]->loop.var->stage, stage) != 0) return false;
    return loops.count > 0;
}

typedef struct StageSearch {
    Context *context;
    const char *stage;
    const Stmt *found;
} StageSearch;

static void search_stage(void *data, const Stmt *stmt) {
    StageSearch *search = data;
    if (search->found != NULL) return;
    if (holds_only(search->context, stmt, search->stage))
        search->found = stmt;
    else
        stmt_visit_children(stmt, search_stage, search);
}

Status chains_find_stage(const Application *application, const char *stage, const Stmt **out) {
    StageSearch search = {.context = application->context, .stage = stage};
    search_stage(&search, application->nest->body);
    if (search.found == NULL && application->nest->ahead != NULL) search_stage(&search, application->nest->ahead);
    if (search.found == NULL)
        return refuse(application, application->step->offset, "the loops of stage %s are not in one place", stage);
    *out = search.found;
    return STATUS_OK;
}

typedef struct Replacement {
    const Stmt *old, *replacement;
} Replacement;

static const Stmt *replace_node(void *data, Context *context, const Stmt *stmt) {
    (void)context;
    const Replacement *replacement = data;
    return stmt == replacement->old ? replacement->replacement : stmt;
}

const Nest *chains_replace(Context *context, const Nest *nest, const Stmt *old, const Stmt *replacement) {
    Replacement data = {old, replacement};
    Nest *copy = nest_copy(context, nest);
    copy->body = stmt_rewrite(context, nest->body, replace_node, &data);
    if (nest->ahead != NULL) copy->ahead = stmt_rewrite(context, nest->ahead, replace_node, &data);
    return copy;
}
