/* SPDX-License-Identifier: Apache-2.0 */
/* Do two regions of loops on cores keep out of each other's way?
 *
 * Of each tensor, the range of every index over all accesses of a region is compared with that of the other region; so
 * is that of neighbouring axes read as the digits of one number, p*Q + q: copies of a loop over fused p and q may meet
 * on either axis, and not in both. Where one of these ranges of the two regions have nothing in common, no element is
 * in both. */
#include "base/integer.h"
#include "base/vector.h"
#include "ir/nest_cores.h"
#include "ir/nest_cores_internal.h"
#include "ir/range.h"

/* Where a region accesses a tensor. */
typedef struct Touch {
    const Tensor *tensor;
    Range digits[TENSOR_MAX_RANK][TENSOR_MAX_RANK]; /* [i][j]: of axes i to j as one number, i <= j */
} Touch;

/* Tensors that either region writes, and buffers that each tile has for itself. */
typedef struct Written {
    Context *context;
    const Nest *nest;
    VECTOR(const Tensor *) all;
    VECTOR(const Tensor *) own;
} Written;

typedef struct Walk {
    Context *context;
    const Nest *nest;
    const Written *written;
    VECTOR(Touch) touches;
} Walk;

static bool contains(const Tensor *const *tensors, size_t count, const Tensor *tensor) {
    for (size_t i = 0; i < count; i++)
        if (tensors[i] == tensor) return true;
    return false;
}

static void collect_written(void *data, const Stmt *stmt) {
    Written *written = data;
    if (stmt->kind == STMT_ALLOC) VECTOR_PUSH(written->context, &written->own, stmt->alloc.tensor);
    if (stmt->kind == STMT_STORE) {
        const Tensor *tensor = cores_memory_of(written->nest, stmt->store.tensor);
        if (!contains(written->all.items, written->all.count, tensor))
            VECTOR_PUSH(written->context, &written->all, tensor);
    }
    stmt_visit_children(stmt, collect_written, written);
}

static Touch *find_touch(Walk *walk, const Tensor *tensor) {
    for (size_t i = 0; i < walk->touches.count; i++)
        if (walk->touches.items[i].tensor == tensor) return &walk->touches.items[i];
    Touch touch = {.tensor = tensor};
    for (int i = 0; i < tensor->rank; i++)
        for (int j = i; j < tensor->rank; j++) touch.digits[i][j] = (Range){INT64_MAX, INT64_MIN};
    VECTOR_PUSH(walk->context, &walk->touches, touch);
    return &walk->touches.items[walk->touches.count - 1];
}

/* high*extent + low; where they are the digits of a fused loop, without div and mod. */
static const Affine *append_digit(Context *context, const Affine *high, const Affine *low, int64_t extent) {
    int64_t weight = 0;
    const Affine *joined = cores_join(context, high, low, &weight);
    if (joined != NULL && weight == extent) return joined;
    return affine_add(context, affine_scale(context, high, extent), low);
}

static void add_access(Walk *walk, const Facts *facts, const Tensor *tensor, const Affine *const *index) {
    const Written *written = walk->written;
    const Tensor *memory = cores_memory_of(walk->nest, tensor);
    if (!contains(written->all.items, written->all.count, memory)) return;
    if (contains(written->own.items, written->own.count, memory)) return;
    Touch *touch = find_touch(walk, memory);
    for (int i = 0; i < tensor->rank; i++) {
        const Affine *number = NULL;
        for (int j = i; j < tensor->rank; j++) {
            const Affine *digit = facts_simplify(walk->context, facts, index[j]);
            number = number == NULL ? digit : append_digit(walk->context, number, digit, touch->tensor->axes[j].extent);
            Range range = facts_range(facts, number), *all = &touch->digits[i][j];
            if (range.first > range.last) return; /* it never happens */
            *all = (Range){integer_min(all->first, range.first), integer_max(all->last, range.last)};
        }
    }
}

typedef struct Reading {
    Walk *walk;
    const Facts *facts;
} Reading;

static void add_read(void *data, const Expr *access) {
    Reading *reading = data;
    add_access(reading->walk, reading->facts, access->access.tensor, access->access.index);
}

static void collect(Walk *walk, const Facts *facts, const Stmt *stmt);

static void collect_inside(Walk *walk, const Facts *facts, const Stmt *stmt) {
    Facts inside = stmt->kind == STMT_FOR ? facts_in_loop(facts, stmt) : facts_in_guard(facts, stmt);
    collect(walk, &inside, stmt->kind == STMT_FOR ? stmt->loop.body : stmt->guard.body);
}

static void collect(Walk *walk, const Facts *facts, const Stmt *stmt) {
    Reading reading = {walk, facts};
    if (stmt == NULL) return;
    switch (stmt->kind) {
    case STMT_FOR:
    case STMT_IF: collect_inside(walk, facts, stmt); return;
    case STMT_BLOCK:
        for (int i = 0; i < stmt->block.count; i++) collect(walk, facts, stmt->block.items[i]);
        return;
    case STMT_REDUCE:
        collect(walk, facts, stmt->reduce.init);
        collect(walk, facts, stmt->reduce.update);
        collect(walk, facts, stmt->reduce.finish);
        return;
    case STMT_ALLOC: collect(walk, facts, stmt->alloc.body); return;
    case STMT_STORE:
        add_access(walk, facts, stmt->store.tensor, stmt->store.index);
        expr_visit(stmt->store.value, add_read, &reading);
        return;
    case STMT_PREFETCH: return;
    }
}

static bool is_apart(const Touch *a, const Touch *b) {
    if (a->tensor != b->tensor) return true;
    for (int i = 0; i < a->tensor->rank; i++)
        for (int j = i; j < a->tensor->rank; j++)
            if (a->digits[i][j].last < b->digits[i][j].first || b->digits[i][j].last < a->digits[i][j].first)
                return true;
    return false;
}

bool cores_are_apart(Context *context, const Nest *nest, const Facts *facts, const Stmt *a, const Stmt *b) {
    Written written = {.context = context, .nest = nest};
    collect_written(&written, a);
    collect_written(&written, b);
    Walk walks[2] = {{.context = context, .nest = nest, .written = &written},
                     {.context = context, .nest = nest, .written = &written}};
    collect(&walks[0], facts, a);
    collect(&walks[1], facts, b);
    for (size_t i = 0; i < walks[0].touches.count; i++)
        for (size_t j = 0; j < walks[1].touches.count; j++)
            if (!is_apart(&walks[0].touches.items[i], &walks[1].touches.items[j])) return false;
    return true;
}
