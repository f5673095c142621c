/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a loop an axis of its own in the partial sums.
 *
 * Axes whose index is a function of the loop alone become that axis. Else, where one index is c*loop + rest, the rest
 * stays on its axis, divided by what all rests have in common, and the new axis stands behind it:
 *
 *     y[n, k, p, q]             with loop q   →  y_sums[n, k, p, q]
 *     y[n, k, f div 9, f mod 9] with loop f   →  y_sums[n, k, f]
 *     y[n, k, p, qo*14 + qi]    with loop qi  →  y_sums[n, k, p, qo, qi]
 *
 * Different elements stay different: the index can be told from loop and rest. Copies of the sum that do not use the
 * loop, as peeling makes them, have 0 there: an element of theirs would only meet one of iteration 0, which has another
 * rest. */
#include <string.h>

#include "base/integer.h"
#include "compiler/schedule/sums.h"

/* The sums of one tensor, and which of its axes' indices use the loop. */
typedef struct Axes {
    const Application *application;
    const SumsAxis *sums;
    const Tensor *from;
    bool is_listed;                 /* a tensor of the nest, not a buffer */
    bool stays;                     /* it is the stage's output */
    const Affine *const *index;     /* of the first access */
    bool is_along[TENSOR_MAX_RANK]; /* in the first access */
    int first;                      /* of these */
    bool is_alone;   /* their indices use no other loop, and are the same everywhere: the new axis replaces them */
    bool is_regular; /* else: there is one, c*loop + rest with the same c everywhere that it uses the loop */
    int64_t unit;    /* what divides the rest everywhere */
} Axes;

typedef struct TensorList {
    const SumsAxis *sums;
    Context *context;
    VECTOR(const Tensor *) items;
} TensorList;

static bool uses_loop(const Tensor *tensor, const Affine *const *index, const Var *loop) {
    for (int i = 0; i < tensor->rank; i++)
        if (affine_uses(index[i], loop)) return true;
    return false;
}

/* What is summed into at an index that uses the loop. */
static void search_sums(void *data, const Stmt *stmt) {
    TensorList *list = data;
    stmt_visit_children(stmt, search_sums, list);
    if (stmt->kind != STMT_STORE || !stmt->store.add) return;
    if (!uses_loop(stmt->store.tensor, stmt->store.index, list->sums->loop)) return;
    for (size_t i = 0; i < list->items.count; i++)
        if (list->items.items[i] == stmt->store.tensor) return;
    VECTOR_PUSH(list->context, &list->items, stmt->store.tensor);
}

static const Affine *rest_of(const Axes *axes, Context *context, const Affine *index) {
    return affine_substitute(context, index, axes->sums->loop, affine_constant(context, 0));
}

static void start_measuring(Axes *axes, const Affine *const *index) {
    const Var *loop = axes->sums->loop;
    axes->index = index;
    axes->is_alone = axes->is_regular = true;
    for (int i = axes->from->rank - 1; i >= 0; i--) {
        axes->is_along[i] = affine_uses(index[i], loop);
        if (!axes->is_along[i]) continue;
        axes->is_alone &= affine_is_constant(rest_of(axes, axes->application->context, index[i]));
        axes->is_regular &= axes->first < 0;
        axes->first = i;
    }
}

static void measure_index(Axes *axes, const Affine *const *index) {
    const Var *loop = axes->sums->loop;
    for (int i = 0; i < axes->from->rank; i++) {
        bool is_used = affine_uses(index[i], loop);
        bool is_same = affine_coefficient(index[i], loop) == affine_coefficient(axes->index[i], loop);
        axes->is_alone &= axes->is_along[i] ? affine_equal(index[i], axes->index[i]) : !is_used;
        axes->is_regular &= !is_used || (is_same && !affine_hides(index[i], loop));
    }
    const Affine *rest = rest_of(axes, axes->application->context, index[axes->first]);
    axes->unit = integer_gcd(axes->unit, rest->constant);
    for (int i = 0; i < rest->count; i++) axes->unit = integer_gcd(axes->unit, rest->terms[i].coefficient);
}

/* The first store that adds at an index of the loop, then all stores. */
static void measure_sums(void *data, const Stmt *stmt) {
    Axes *axes = data;
    stmt_visit_children(stmt, measure_sums, axes);
    bool is_sum = stmt->kind == STMT_STORE && stmt->store.tensor == axes->from && stmt->store.add;
    if (is_sum && axes->index == NULL && uses_loop(axes->from, stmt->store.index, axes->sums->loop))
        start_measuring(axes, stmt->store.index);
}

static void measure_all(void *data, const Stmt *stmt) {
    Axes *axes = data;
    stmt_visit_children(stmt, measure_all, axes);
    if (stmt->kind == STMT_STORE && stmt->store.tensor == axes->from) measure_index(axes, stmt->store.index);
}

static void map_to_axis(const SumsMove *move, Context *context, const Affine *const *index, const Affine **out) {
    const Axes *axes = move->data;
    int next = 0;
    for (int i = 0; i < axes->from->rank; i++) {
        if (!axes->is_along[i]) out[next++] = index[i];
        if (i != axes->first) continue;
        bool is_used = affine_uses(index[i], axes->sums->loop);
        if (!axes->is_alone) out[next++] = affine_div(context, rest_of(axes, context, index[i]), axes->unit);
        out[next++] = is_used ? affine_variable(context, axes->sums->slot) : affine_constant(context, 0);
    }
}

static const char *unused_name(const Application *application, const char *name) {
    while (nest_find_tensor(application->nest, name) != NULL) name = arena_format(application->context, "%s_", name);
    return name;
}

/* The axes of `from` in the order of its memory, each once, as those of `to`: moved[axis] is the last of those that an
 * axis became. */
static Layout layout_without_blocks(const Axes *axes, const int *moved) {
    Layout reversed = {0}, layout = {0};
    bool is_listed[TENSOR_MAX_RANK] = {0};
    for (int i = axes->from->layout.rank - 1; i >= 0; i--) {
        int axis = axes->from->layout.axes[i].axis, to = moved[axis];
        if (is_listed[to]) continue;
        is_listed[to] = true;
        reversed.axes[reversed.rank++] = (LayoutAxis){.axis = to};
        if (axis == axes->first && !axes->is_alone) reversed.axes[reversed.rank++] = (LayoutAxis){.axis = to - 1};
    }
    for (int i = reversed.rank - 1; i >= 0; i--) layout.axes[layout.rank++] = reversed.axes[i];
    return layout;
}

static void make_axes(const Axes *axes, int64_t extent, Tensor *to) {
    const Tensor *from = axes->from;
    int moved[TENSOR_MAX_RANK] = {0};
    for (int i = 0; i < from->rank; i++) {
        if (!axes->is_along[i]) to->axes[to->rank++] = from->axes[i];
        if (i == axes->first && !axes->is_alone)
            to->axes[to->rank++] = (Axis){from->axes[i].name, integer_ceil_div(from->axes[i].extent, axes->unit)};
        if (i == axes->first) to->axes[to->rank++] = (Axis){axes->sums->loop->name, extent};
        moved[i] = axes->is_along[i] && i != axes->first ? moved[axes->first] : to->rank - 1;
    }
    to->layout = layout_without_blocks(axes, moved);
}

static const Tensor *make_tensor(const Axes *axes, int64_t extent) {
    Context *context = axes->application->context;
    const Tensor *from = axes->from;
    Tensor *to = ARENA_NEW(context, Tensor);
    *to = (Tensor){.name = from->name, .type = from->type, .scope = from->scope};
    if (axes->stays) to->name = unused_name(axes->application, arena_format(context, "%s_sums", from->name));
    if (axes->is_listed) to->scope = SCOPE_WORKSPACE;
    make_axes(axes, extent, to);
    return to;
}

static const Stmt *exchange_node(void *data, Context *context, const Stmt *stmt) {
    SumsMove *move = data;
    if (stmt->kind == STMT_REDUCE) return sums_move(context, stmt, move);
    if (stmt->kind != STMT_ALLOC || stmt->alloc.tensor != move->from) return stmt;
    const Stmt *body = stmt_alloc(context, move->to, stmt->alloc.body);
    return ((const Axes *)move->data)->stays ? stmt_alloc(context, move->from, body) : body;
}

/* The nest's list with `to` in the place of `from`, or behind all when `from` stays. */
static void exchange_listed(Context *context, const Axes *axes, const Tensor *to, Nest *nest) {
    const Tensor **tensors = ARENA_ARRAY(context, const Tensor *, (size_t)nest->tensor_count + 1);
    for (int i = 0; i < nest->tensor_count; i++)
        tensors[i] = !axes->stays && nest->tensors[i] == axes->from ? to : nest->tensors[i];
    nest->tensors = tensors;
    if (axes->stays) nest_add_tensor(context, nest, to);
}

static Status check_axes(const Application *application, const Axes *axes) {
    const char *name = axes->sums->loop->name;
    const char *tail = tail_name(application->step->tail);
    size_t offset = application->step->offset;
    if (!axes->is_regular && !axes->is_alone)
        return refuse(application, offset,
                      "the sums in %s are not indexed by '%s' alone; split it with tail=%s before other steps cut or "
                      "fuse it",
                      axes->from->name, name, tail);
    if (axes->from->rank + 1 > TENSOR_MAX_RANK)
        return refuse(application, offset, "the sums in %s would have more than %d axes", axes->from->name,
                      TENSOR_MAX_RANK);
    return STATUS_OK;
}

static Status give_axis(const Application *application, const Tensor *from, int64_t extent, SumsAxis *sums,
                        const Nest **nest) {
    Context *context = application->context;
    Axes axes = {.application = application, .sums = sums, .from = from, .first = -1};
    axes.is_listed = nest_lists(*nest, from);
    axes.stays = pipeline_find_stage((*nest)->pipeline, from->name) != NULL;
    if (from->scope == SCOPE_PACKED)
        return refuse(
            application, application->step->offset,
            "the sums of %s are made ahead, where there is no workspace for more; say tail=guard or tail=peel",
            from->name);
    measure_sums(&axes, (*nest)->body);
    measure_all(&axes, (*nest)->body);
    if (axes.unit == 0) axes.unit = 1;
    TRY(check_axes(application, &axes));
    const Tensor *to = make_tensor(&axes, extent);
    SumsMove move = {.from = from, .to = to, .map = map_to_axis, .data = &axes};
    Nest *copy = nest_copy(context, *nest);
    copy->body = stmt_rewrite(context, copy->body, exchange_node, &move);
    if (axes.is_listed) exchange_listed(context, &axes, to, copy);
    VECTOR_PUSH(context, &sums->tensors, to);
    *nest = copy;
    return STATUS_OK;
}

Status sums_give_axis(const Application *application, const Var *loop, int64_t extent, SumsAxis *out,
                      const Nest **nest) {
    Context *context = application->context;
    Nest *start = nest_copy(context, application->nest);
    *out = (SumsAxis){.loop = loop, .slot = nest_new_var(context, start, loop->name, loop->stage, false)};
    TensorList list = {.sums = out, .context = context};
    search_sums(&list, start->body);
    if (start->ahead != NULL) search_sums(&list, start->ahead);
    *nest = start;
    for (size_t i = 0; i < list.items.count; i++) TRY(give_axis(application, list.items.items[i], extent, out, nest));
    return STATUS_OK;
}
