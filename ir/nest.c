/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of the loop nest: constructors, walking and rewriting. The tree is immutable: a rewrite shares what did
 * not change. */
#include "ir/nest.h"

#include <assert.h>
#include <string.h>

static Stmt *stmt_new(Context *context, StmtKind kind) {
    Stmt *stmt = ARENA_NEW(context, Stmt);
    stmt->kind = kind;
    return stmt;
}

Bound bound_of(const Affine *affine) {
    return (Bound){.count = 1, .terms = {affine}};
}

Bound bound_constant(Context *context, int64_t value) {
    return bound_of(affine_constant(context, value));
}

const Stmt *stmt_loop(Context *context, const Var *var, Bound lower, Bound upper, Mark mark, int64_t factor,
                      const Stmt *body) {
    Stmt *stmt = stmt_new(context, STMT_FOR);
    stmt->loop.var = var;
    stmt->loop.lower = lower;
    stmt->loop.upper = upper;
    stmt->loop.mark = mark;
    stmt->loop.factor = factor;
    stmt->loop.body = body;
    return stmt;
}

const Stmt *stmt_guard(Context *context, int count, const Cond *conds, const Stmt *body) {
    if (count == 0) return body;
    Cond *copy = ARENA_ARRAY(context, Cond, (size_t)count);
    memcpy(copy, conds, (size_t)count * sizeof *conds);
    Stmt *stmt = stmt_new(context, STMT_IF);
    stmt->guard.count = count;
    stmt->guard.conds = copy;
    stmt->guard.body = body;
    return stmt;
}

const Stmt *stmt_block(Context *context, int count, const Stmt *const *items) {
    if (count == 1) return items[0];
    const Stmt **copy = ARENA_ARRAY(context, const Stmt *, (size_t)(count == 0 ? 1 : count));
    for (int i = 0; i < count; i++) copy[i] = items[i];
    Stmt *stmt = stmt_new(context, STMT_BLOCK);
    stmt->block.count = count;
    stmt->block.items = copy;
    return stmt;
}

const Stmt *stmt_reduce(Context *context, const Stmt *init, const Stmt *update, const Stmt *finish) {
    Stmt *stmt = stmt_new(context, STMT_REDUCE);
    stmt->reduce.init = init;
    stmt->reduce.update = update;
    stmt->reduce.finish = finish;
    return stmt;
}

const Stmt *stmt_alloc(Context *context, const Tensor *tensor, const Stmt *body) {
    Stmt *stmt = stmt_new(context, STMT_ALLOC);
    stmt->alloc.tensor = tensor;
    stmt->alloc.body = body;
    return stmt;
}

const Stmt *stmt_store(Context *context, const Tensor *tensor, const Affine *const *index, bool add,
                       const Expr *value) {
    const Affine **copy = ARENA_ARRAY(context, const Affine *, (size_t)(tensor->rank == 0 ? 1 : tensor->rank));
    for (int i = 0; i < tensor->rank; i++) copy[i] = index[i];
    Stmt *stmt = stmt_new(context, STMT_STORE);
    stmt->store.tensor = tensor;
    stmt->store.index = copy;
    stmt->store.add = add;
    stmt->store.value = value;
    return stmt;
}

const Stmt *stmt_prefetch(Context *context, const Tensor *tensor, const Affine *offset, int level) {
    Stmt *stmt = stmt_new(context, STMT_PREFETCH);
    stmt->prefetch.tensor = tensor;
    stmt->prefetch.offset = offset;
    stmt->prefetch.level = level;
    return stmt;
}

bool stmt_is_empty(const Stmt *stmt) {
    return stmt == NULL || (stmt->kind == STMT_BLOCK && stmt->block.count == 0);
}

void stmt_visit_children(const Stmt *stmt, StmtVisit *visit, void *data) {
    switch (stmt->kind) {
    case STMT_FOR: visit(data, stmt->loop.body); break;
    case STMT_IF: visit(data, stmt->guard.body); break;
    case STMT_ALLOC: visit(data, stmt->alloc.body); break;
    case STMT_BLOCK:
        for (int i = 0; i < stmt->block.count; i++) visit(data, stmt->block.items[i]);
        break;
    case STMT_REDUCE:
        visit(data, stmt->reduce.init);
        visit(data, stmt->reduce.update);
        visit(data, stmt->reduce.finish);
        break;
    case STMT_STORE:
    case STMT_PREFETCH: break;
    }
}

static const Stmt *rewrite_block(Context *context, const Stmt *stmt, StmtRewrite *rewrite, void *data) {
    const Stmt **items = ARENA_ARRAY(context, const Stmt *, (size_t)(stmt->block.count == 0 ? 1 : stmt->block.count));
    bool changed = false;
    for (int i = 0; i < stmt->block.count; i++) {
        items[i] = stmt_rewrite(context, stmt->block.items[i], rewrite, data);
        changed |= items[i] != stmt->block.items[i];
    }
    return changed ? stmt_block(context, stmt->block.count, items) : stmt;
}

static const Stmt *rewrite_children(Context *context, const Stmt *stmt, StmtRewrite *rewrite, void *data) {
    switch (stmt->kind) {
    case STMT_FOR: {
        const Stmt *body = stmt_rewrite(context, stmt->loop.body, rewrite, data);
        if (body == stmt->loop.body) return stmt;
        return stmt_loop(context, stmt->loop.var, stmt->loop.lower, stmt->loop.upper, stmt->loop.mark,
                         stmt->loop.factor, body);
    }
    case STMT_IF: {
        const Stmt *body = stmt_rewrite(context, stmt->guard.body, rewrite, data);
        return body == stmt->guard.body ? stmt : stmt_guard(context, stmt->guard.count, stmt->guard.conds, body);
    }
    case STMT_ALLOC: {
        const Stmt *body = stmt_rewrite(context, stmt->alloc.body, rewrite, data);
        return body == stmt->alloc.body ? stmt : stmt_alloc(context, stmt->alloc.tensor, body);
    }
    case STMT_REDUCE: {
        const Stmt *init = stmt_rewrite(context, stmt->reduce.init, rewrite, data);
        const Stmt *update = stmt_rewrite(context, stmt->reduce.update, rewrite, data);
        const Stmt *finish = stmt_rewrite(context, stmt->reduce.finish, rewrite, data);
        bool same = init == stmt->reduce.init && update == stmt->reduce.update && finish == stmt->reduce.finish;
        return same ? stmt : stmt_reduce(context, init, update, finish);
    }
    case STMT_BLOCK: return rewrite_block(context, stmt, rewrite, data);
    case STMT_STORE:
    case STMT_PREFETCH: return stmt;
    }
    return stmt;
}

const Stmt *stmt_rewrite(Context *context, const Stmt *stmt, StmtRewrite *rewrite, void *data) {
    return rewrite(data, context, rewrite_children(context, stmt, rewrite, data));
}

static Bound substitute_bound(Context *context, Bound bound, const Var *var, const Affine *value) {
    for (int i = 0; i < bound.count; i++) bound.terms[i] = affine_substitute(context, bound.terms[i], var, value);
    return bound;
}

typedef struct Substitution {
    const Var *var;
    const Affine *value;
} Substitution;

static bool bound_uses(const Bound *bound, const Var *var) {
    for (int i = 0; i < bound->count; i++)
        if (affine_uses(bound->terms[i], var)) return true;
    return false;
}

static const Stmt *substitute_loop(Context *context, const Stmt *stmt, const Substitution *s) {
    if (!bound_uses(&stmt->loop.lower, s->var) && !bound_uses(&stmt->loop.upper, s->var)) return stmt;
    Bound lower = substitute_bound(context, stmt->loop.lower, s->var, s->value);
    Bound upper = substitute_bound(context, stmt->loop.upper, s->var, s->value);
    return stmt_loop(context, stmt->loop.var, lower, upper, stmt->loop.mark, stmt->loop.factor, stmt->loop.body);
}

static const Stmt *substitute_guard(Context *context, const Stmt *stmt, const Substitution *s) {
    Cond *conds = ARENA_ARRAY(context, Cond, (size_t)stmt->guard.count);
    bool changed = false;
    for (int i = 0; i < stmt->guard.count; i++) {
        conds[i] = cond_substitute(context, stmt->guard.conds[i], s->var, s->value);
        changed |= conds[i].expr != stmt->guard.conds[i].expr;
    }
    return changed ? stmt_guard(context, stmt->guard.count, conds, stmt->guard.body) : stmt;
}

static const Stmt *substitute_store(Context *context, const Stmt *stmt, const Substitution *s) {
    const Affine *index[TENSOR_MAX_RANK];
    bool changed = false;
    for (int i = 0; i < stmt->store.tensor->rank; i++) {
        index[i] = affine_substitute(context, stmt->store.index[i], s->var, s->value);
        changed |= index[i] != stmt->store.index[i];
    }
    const Expr *value = expr_substitute(context, stmt->store.value, s->var, s->value);
    if (!changed && value == stmt->store.value) return stmt;
    return stmt_store(context, stmt->store.tensor, index, stmt->store.add, value);
}

static const Stmt *substitute_prefetch(Context *context, const Stmt *stmt, const Substitution *s) {
    const Affine *offset = affine_substitute(context, stmt->prefetch.offset, s->var, s->value);
    if (offset == stmt->prefetch.offset) return stmt;
    return stmt_prefetch(context, stmt->prefetch.tensor, offset, stmt->prefetch.level);
}

static const Stmt *substitute_node(void *data, Context *context, const Stmt *stmt) {
    const Substitution *s = data;
    switch (stmt->kind) {
    case STMT_FOR: return substitute_loop(context, stmt, s);
    case STMT_IF: return substitute_guard(context, stmt, s);
    case STMT_STORE: return substitute_store(context, stmt, s);
    case STMT_PREFETCH: return substitute_prefetch(context, stmt, s);
    default: return stmt;
    }
}

const Stmt *stmt_substitute(Context *context, const Stmt *stmt, const Var *var, const Affine *value) {
    Substitution substitution = {var, value};
    return stmt_rewrite(context, stmt, substitute_node, &substitution);
}

Nest *nest_copy(Context *context, const Nest *nest) {
    Nest *copy = ARENA_NEW(context, Nest);
    *copy = *nest;
    return copy;
}

void nest_add_tensor(Context *context, Nest *nest, const Tensor *tensor) {
    const Tensor **tensors = ARENA_ARRAY(context, const Tensor *, (size_t)nest->tensor_count + 1);
    for (int i = 0; i < nest->tensor_count; i++) tensors[i] = nest->tensors[i];
    tensors[nest->tensor_count++] = tensor;
    nest->tensors = tensors;
}

const Var *nest_new_var(Context *context, Nest *nest, const char *name, const char *stage, bool reduction) {
    Var *var = ARENA_NEW(context, Var);
    *var = (Var){.name = name, .stage = stage, .id = nest->var_count++, .reduction = reduction};
    return var;
}

typedef struct TensorSearch {
    const char *name;
    const Tensor *found;
} TensorSearch;

static void search_alloc(void *data, const Stmt *stmt) {
    TensorSearch *search = data;
    if (stmt->kind == STMT_ALLOC && strcmp(stmt->alloc.tensor->name, search->name) == 0)
        search->found = stmt->alloc.tensor;
    if (search->found == NULL) stmt_visit_children(stmt, search_alloc, search);
}

const Tensor *nest_find_tensor(const Nest *nest, const char *name) {
    for (int i = 0; i < nest->tensor_count; i++)
        if (strcmp(nest->tensors[i]->name, name) == 0) return nest->tensors[i];
    TensorSearch search = {.name = name};
    if (nest->ahead != NULL) search_alloc(&search, nest->ahead);
    if (search.found == NULL) search_alloc(&search, nest->body);
    return search.found;
}

void nest_add_place(Context *context, Nest *nest, const Var *var, const char *buffer, const Source *source,
                    size_t offset) {
    NestPlace *place = ARENA_NEW(context, NestPlace);
    *place = (NestPlace){nest->places, var, buffer, source, offset};
    nest->places = place;
}

const NestPlace *nest_find_place(const Nest *nest, const Var *var, const char *buffer) {
    for (const NestPlace *place = nest->places; place != NULL; place = place->next) {
        bool is_loop = var != NULL && place->var == var;
        bool is_buffer = buffer != NULL && place->buffer != NULL && strcmp(place->buffer, buffer) == 0;
        if (is_loop || is_buffer) return place;
    }
    return NULL;
}
