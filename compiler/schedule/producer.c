/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and restricting the nest that computes a tensor.
 *
 * A stage that was not placed is a statement of the body's outermost list, or several of them when its outermost loop
 * was cut in copies. Restricting it to a region puts a loop of `extent` iterations in the place of the one that walks
 * an axis, and first + loop in the place of that one's variable. The region may reach over the ends of the tensor; what
 * is there is skipped, since nobody reads it. */
#include "compiler/schedule/producer.h"

#include <assert.h>
#include <string.h>

/* Whose accesses are looked for. */
typedef struct ReaderSearch {
    const Tensor *tensor;
    const char *stage; /* of the first reader; NULL: none so far */
    bool is_read;      /* by the store at hand */
} ReaderSearch;

static void note_read(void *data, const Expr *access) {
    ReaderSearch *search = data;
    search->is_read |= access->access.tensor == search->tensor;
}

static void search_reader(void *data, const Stmt *stmt) {
    ReaderSearch *search = data;
    if (stmt->kind == STMT_STORE) {
        search->is_read = stmt->store.add && stmt->store.tensor == search->tensor;
        expr_visit(stmt->store.value, note_read, search);
        if (search->is_read && search->stage == NULL) search->stage = stmt->store.tensor->name;
    }
    stmt_visit_children(stmt, search_reader, search);
}

const char *find_reader(const Stmt *stmt, const Tensor *tensor) {
    assert(tensor != NULL);
    ReaderSearch search = {.tensor = tensor};
    if (stmt != NULL) search_reader(&search, stmt);
    return search.stage;
}

/* All stores of a statement. */
typedef struct StoreList {
    Context *context;
    StmtList stores;
} StoreList;

static void collect_store(void *data, const Stmt *stmt) {
    StoreList *list = data;
    if (stmt->kind == STMT_STORE) VECTOR_PUSH(list->context, &list->stores, stmt);
    stmt_visit_children(stmt, collect_store, list);
}

static StmtList stores_in(Context *context, const Stmt *stmt) {
    StoreList list = {.context = context};
    collect_store(&list, stmt);
    return list.stores;
}

bool stores_to(Context *context, const Stmt *stmt, const Tensor *tensor) {
    StmtList stores = stores_in(context, stmt);
    for (size_t i = 0; i < stores.count; i++)
        if (stores.items[i]->store.tensor == tensor) return true;
    return false;
}

/* Parts the body into what stores to the tensor and the rest. */
static void part_body(const Application *application, Producer *producer) {
    Context *context = application->context;
    StmtList items = {0}, own = {0}, rest = {0};
    stmt_flatten(context, application->nest->body, &items);
    for (size_t i = 0; i < items.count; i++) {
        StmtList *list = stores_to(context, items.items[i], producer->tensor) ? &own : &rest;
        VECTOR_PUSH(context, list, items.items[i]);
    }
    producer->stmt = stmt_block(context, (int)own.count, own.items);
    producer->rest = stmt_block(context, (int)rest.count, rest.items);
}

int producer_position(const Application *application, const char *name) {
    const Tensor *tensor = nest_find_tensor(application->nest, name);
    StmtList items = {0};
    stmt_flatten(application->context, application->nest->body, &items);
    int position = -1;
    for (size_t i = 0; i < items.count; i++)
        if (stores_to(application->context, items.items[i], tensor)) position = (int)i;
    return position;
}

/* The output, and the tensors of the nest that the stage keeps its sums in. */
static void find_own(const Application *application, Producer *producer) {
    StmtList stores = stores_in(application->context, producer->stmt);
    producer->own[producer->count++] = producer->tensor;
    for (size_t i = 0; i < stores.count && producer->count < PRODUCER_MAX_TENSORS; i++) {
        const Tensor *tensor = stores.items[i]->store.tensor;
        if (tensor != producer->tensor && nest_lists(application->nest, tensor))
            producer->own[producer->count++] = tensor;
    }
}

static const Var *loop_of_index(const Affine *index) {
    bool is_loop = index->count == 1 && index->constant == 0 && index->terms[0].kind == TERM_VAR &&
                   index->terms[0].coefficient == 1;
    return is_loop ? index->terms[0].var : NULL;
}

/* The loops that all stores to the output have as their index. */
static void find_vars(const Application *application, Producer *producer) {
    StmtList stores = stores_in(application->context, producer->stmt);
    bool is_first = true;
    for (size_t i = 0; i < stores.count; i++) {
        const Stmt *store = stores.items[i];
        if (store->store.tensor != producer->own[0] && store->store.tensor != producer->own[producer->count - 1])
            continue;
        for (int axis = 0; axis < producer->tensor->rank; axis++) {
            const Var *var = loop_of_index(store->store.index[axis]);
            if (is_first) producer->vars[axis] = var;
            if (producer->vars[axis] != var) producer->vars[axis] = NULL;
        }
        is_first = false;
    }
}

static Status check_movable(const Application *application, const char *name, size_t offset, const Tensor *tensor) {
    const Nest *nest = application->nest;
    if (tensor == NULL) return refuse(application, offset, "there is no tensor '%s'", name);
    if (tensor->scope == SCOPE_PACKED)
        return refuse(application, offset, "%s is computed ahead, when the weights are packed", name);
    if (tensor->scope == SCOPE_CONSTANT) return refuse(application, offset, "%s is a constant", name);
    if (tensor->scope == SCOPE_ARGUMENT) {
        bool is_result = stores_to(application->context, nest->body, tensor);
        return refuse(application, offset,
                      is_result ? "%s is the result; place what it is computed from"
                                : "%s is given by the caller; pack it, and place the copy",
                      name);
    }
    if (!nest_lists(nest, tensor)) return refuse(application, offset, "%s has a place already", name);
    return STATUS_OK;
}

/* Sums go along with the output, index by index. */
static Status check_shapes(const Application *application, size_t offset, const Producer *producer) {
    const Tensor *output = producer->tensor;
    for (int i = 1; i < producer->count; i++) {
        const Tensor *own = producer->own[i];
        bool is_same = own->rank == output->rank;
        for (int axis = 0; is_same && axis < own->rank; axis++)
            is_same = own->axes[axis].extent == output->axes[axis].extent;
        if (!is_same)
            return refuse(application, offset,
                          "the sums of %s are in %s, which has another shape; place it before cutting its loops",
                          output->name, own->name);
    }
    return STATUS_OK;
}

Status producer_find(const Application *application, const char *name, size_t offset, Producer *out) {
    *out = (Producer){.tensor = nest_find_tensor(application->nest, name)};
    TRY(check_movable(application, name, offset, out->tensor));
    part_body(application, out);
    const char *reader = find_reader(out->stmt, out->tensor);
    find_own(application, out);
    StmtList loops = {0};
    collect_loops(application->context, out->stmt, &loops);
    if (loops.count > 0 && strcmp(loops.items[0]->loop.var->stage, name) != 0)
        return refuse(application, offset, "%s holds the sums of stage %s; place that", name,
                      loops.items[0]->loop.var->stage);
    bool is_alone = reader == NULL || strcmp(reader, name) == 0;
    const Tensor *residual = nest_find_tensor(application->nest, PIPELINE_RESIDUAL);
    if (stmt_is_empty(out->stmt) || !is_alone)
        return refuse(application, offset, "no nest of its own computes %s", name);
    if (residual != NULL && find_reader(out->stmt, residual) != NULL)
        return refuse(application, offset,
                      "%s reads the residual, which may be the result's memory: it must stay in "
                      "front of all that writes the result",
                      name);
    TRY(check_shapes(application, offset, out));
    find_vars(application, out);
    return STATUS_OK;
}

/* One axis that is restricted. */
typedef struct Restriction {
    const Application *application;
    const Producer *producer;
    const Var *var;
    int axis;
    const Affine *first;
    int64_t extent;
    Status status;
} Restriction;

static const Stmt *restrict_loop(void *data, Context *context, const Stmt *stmt) {
    Restriction *r = data;
    if (stmt->kind != STMT_FOR || stmt->loop.var != r->var || r->status != STATUS_OK) return stmt;
    int64_t whole = r->producer->tensor->axes[r->axis].extent, lower = 0, extent = 0;
    r->status = constant_range(r->application, stmt, &lower, &extent);
    if (r->status == STATUS_OK && (lower != 0 || extent != whole))
        r->status = refuse(r->application, r->application->step->offset,
                           "loop '%s' of stage %s walks a part of axis %s; place the stage before cutting its loops",
                           r->var->name, r->var->stage, r->producer->tensor->axes[r->axis].name);
    if (r->status != STATUS_OK) return stmt;
    const Affine *position = affine_add(context, affine_variable(context, r->var), r->first);
    const Affine *room = affine_subtract(context, affine_constant(context, whole - 1), position);
    Cond inside[] = {{.expr = position}, {.expr = room}};
    const Stmt *body = stmt_guard(context, 2, inside, stmt_substitute(context, stmt->loop.body, r->var, position));
    return stmt_loop(context, r->var, bound_constant(context, 0), bound_constant(context, r->extent), stmt->loop.mark,
                     stmt->loop.factor, body);
}

Status producer_restrict(const Application *application, const Producer *producer, const Region *region,
                         const Stmt **out) {
    const Tensor *tensor = producer->tensor;
    *out = producer->stmt;
    for (int i = 0; i < tensor->rank; i++) {
        if (region_is_whole(region, tensor, i)) continue;
        Restriction r = {application, producer, producer->vars[i], i, region->first[i], region->extent[i], STATUS_OK};
        if (r.var == NULL)
            return refuse(application, application->step->offset,
                          "axis %s of %s is walked by more than one loop; place the stage before cutting its loops",
                          tensor->axes[i].name, tensor->name);
        *out = stmt_rewrite(application->context, *out, restrict_loop, &r);
        TRY(r.status);
    }
    return STATUS_OK;
}
