/* SPDX-License-Identifier: Apache-2.0 */
/* May the tiles of a region run at the same time?
 *
 * An element is one place of every axis, so a loop v of the region keeps tiles apart when there is an axis that does:
 * in which all accesses to the tensor have indices of the form
 *
 *     high + c1*v1 + … + cm*vm + low        v1 … vm loops of the region, the same c in all accesses
 *
 * whose parts are like digits of a number: |c1| exceeds the width of low, |c2| that of c1*v1 + low, …, and the greatest
 * common divisor of the coefficients in high that of all the rest. Equal indices then have equal v1 … vm. Loops of the
 * region that were fused before appear as X div m on one axis and X mod m on another: together they say X. An element
 * is one place in memory, too, which counts as one more axis: there div and mod vanish even where each copy of an
 * unrolled body lost them in another way. Where |c1| exceeds the width of all the rest, v1 is kept apart whatever the
 * others do. */
#include "ir/nest_cores.h"

#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "base/vector.h"
#include "ir/nest_cores_internal.h"
#include "ir/range.h"

/* One access to a tensor inside the region. */
typedef struct Access {
    const Tensor *tensor;
    const Affine *keys[TENSOR_MAX_RANK + 1]; /* indices, those of fused loops joined, and the place in memory */
    Range low[TENSOR_MAX_RANK + 1];          /* of the part "low" of each key */
    int64_t high[TENSOR_MAX_RANK + 1];       /* gcd of the coefficients in "high"; 0: there are none */
} Access;

typedef struct Proof {
    Context *context;
    const Nest *nest;
    const CoresRegion *region;
    VECTOR(const Tensor *) written;
    VECTOR(const Tensor *) own; /* buffers that each tile has for itself */
    VECTOR(Access) accesses;    /* to tensors that are written, and not own */
    const char *fault;
} Proof;

static bool constant_bounds(const Stmt *loop, int64_t *first, int64_t *extent) {
    const Bound *lower = &loop->loop.lower, *upper = &loop->loop.upper;
    if (lower->count != 1 || upper->count != 1) return false;
    if (!affine_is_constant(lower->terms[0]) || !affine_is_constant(upper->terms[0])) return false;
    *first = lower->terms[0]->constant;
    *extent = integer_max(upper->terms[0]->constant - *first, 0);
    return true;
}

bool stmt_is_on_cores(const Stmt *stmt) {
    return stmt->kind == STMT_FOR && stmt->loop.mark == MARK_CORES;
}

CoresRegion cores_region(const Stmt *loop) {
    CoresRegion region = {.tiles = 1, .body = loop};
    while (stmt_is_on_cores(region.body) && region.count < CORES_MAX_LOOPS) {
        int64_t extent = 0;
        region.loops[region.count] = region.body;
        constant_bounds(region.body, &region.first[region.count], &extent);
        region.extent[region.count++] = extent;
        region.tiles *= extent;
        region.body = region.body->loop.body;
    }
    return region;
}

typedef struct StartCount {
    double around; /* iterations of the loops around */
    double starts;
} StartCount;

static void count_starts(void *data, const Stmt *stmt) {
    StartCount *count = data;
    double around = count->around;
    int64_t first = 0, extent = 0;
    if (stmt_is_on_cores(stmt)) {
        count->starts += around;
        return;
    }
    if (stmt->kind == STMT_FOR && constant_bounds(stmt, &first, &extent)) count->around *= (double)extent;
    stmt_visit_children(stmt, count_starts, data);
    count->around = around;
}

double cores_count_starts(const Stmt *stmt) {
    StartCount count = {.around = 1};
    count_starts(&count, stmt);
    return count.starts;
}

/* The place of a loop in the region, -1 when it is none of it. */
static int find_loop(const CoresRegion *region, const Var *var) {
    for (int i = 0; i < region->count; i++)
        if (region->loops[i]->loop.var == var) return i;
    return -1;
}

static bool hides_loop(const CoresRegion *region, const Affine *key) {
    for (int i = 0; i < region->count; i++)
        if (affine_hides(key, region->loops[i]->loop.var)) return true;
    return false;
}

/* Each time one mod fewer is left. */
static bool join_once(Context *context, int rank, const Affine **keys) {
    for (int i = 0; i < rank; i++) {
        for (int j = 0; j < rank; j++) {
            int64_t weight;
            const Affine *joined = i == j ? NULL : cores_join(context, keys[i], keys[j], &weight);
            if (joined == NULL) continue;
            keys[j] = joined;
            return true;
        }
    }
    return false;
}

static int64_t magnitude(int64_t value) {
    return value < 0 ? -value : value;
}

/* How far the loops of the region move a key. */
static int64_t region_width(const CoresRegion *region, const Affine *key) {
    int64_t width = 0;
    for (int i = 0; i < region->count; i++)
        width += magnitude(affine_coefficient(key, region->loops[i]->loop.var)) * (region->extent[i] - 1);
    return width;
}

/* Splits a key into its parts: terms of loops that move it farther than the region does are "high". */
static void split_key(const Proof *proof, const Facts *facts, Access *access, int axis) {
    Context *context = proof->context;
    const Affine *key = access->keys[axis], *low = key;
    int64_t width = region_width(proof->region, key);
    for (int i = 0; i < key->count; i++) {
        const Term *term = &key->terms[i];
        bool of_region = term->kind == TERM_VAR && find_loop(proof->region, term->var) >= 0;
        bool is_high = !of_region && term->kind == TERM_VAR && magnitude(term->coefficient) > width;
        if (!of_region && !is_high) continue;
        low = affine_subtract(context, low,
                              affine_scale(context, affine_variable(context, term->var), term->coefficient));
        if (is_high) access->high[axis] = integer_gcd(access->high[axis], magnitude(term->coefficient));
    }
    access->low[axis] = facts_range(facts, low);
}

static bool contains(const Tensor *const *tensors, size_t count, const Tensor *tensor) {
    for (size_t i = 0; i < count; i++)
        if (tensors[i] == tensor) return true;
    return false;
}

static void collect_written(void *data, const Stmt *stmt) {
    Proof *proof = data;
    if (stmt->kind == STMT_STORE && !contains(proof->written.items, proof->written.count, stmt->store.tensor))
        VECTOR_PUSH(proof->context, &proof->written, stmt->store.tensor);
    if (stmt->kind == STMT_ALLOC) VECTOR_PUSH(proof->context, &proof->own, stmt->alloc.tensor);
    stmt_visit_children(stmt, collect_written, proof);
}

static void add_access(Proof *proof, const Facts *facts, const Tensor *tensor, const Affine *const *index) {
    Access access = {.tensor = cores_memory_of(proof->nest, tensor)};
    if (!contains(proof->written.items, proof->written.count, access.tensor)) return;
    if (contains(proof->own.items, proof->own.count, access.tensor)) return;
    for (int i = 0; i < tensor->rank; i++) access.keys[i] = facts_simplify(proof->context, facts, index[i]);
    while (join_once(proof->context, tensor->rank, access.keys)) continue;
    const Affine *place = tensor_offset(proof->context, tensor, index);
    access.keys[tensor->rank] = facts_simplify(proof->context, facts, place);
    for (int i = 0; i <= tensor->rank; i++) split_key(proof, facts, &access, i);
    VECTOR_PUSH(proof->context, &proof->accesses, access);
}

typedef struct Reading {
    Proof *proof;
    const Facts *facts;
} Reading;

static void add_read(void *data, const Expr *access) {
    Reading *reading = data;
    add_access(reading->proof, reading->facts, access->access.tensor, access->access.index);
}

static void collect(Proof *proof, const Facts *facts, const Stmt *stmt);

static void collect_inside(Proof *proof, const Facts *facts, const Stmt *stmt) {
    Facts inside = stmt->kind == STMT_FOR ? facts_in_loop(facts, stmt) : facts_in_guard(facts, stmt);
    collect(proof, &inside, stmt->kind == STMT_FOR ? stmt->loop.body : stmt->guard.body);
}

static void collect(Proof *proof, const Facts *facts, const Stmt *stmt) {
    Reading reading = {proof, facts};
    if (stmt == NULL) return;
    switch (stmt->kind) {
    case STMT_FOR:
        if (stmt_is_on_cores(stmt)) proof->fault = "loops on cores are inside loops on cores";
        collect_inside(proof, facts, stmt);
        return;
    case STMT_IF: collect_inside(proof, facts, stmt); return;
    case STMT_BLOCK:
        for (int i = 0; i < stmt->block.count; i++) collect(proof, facts, stmt->block.items[i]);
        return;
    case STMT_REDUCE:
        collect(proof, facts, stmt->reduce.init);
        collect(proof, facts, stmt->reduce.update);
        collect(proof, facts, stmt->reduce.finish);
        return;
    case STMT_ALLOC: collect(proof, facts, stmt->alloc.body); return;
    case STMT_STORE:
        add_access(proof, facts, stmt->store.tensor, stmt->store.index);
        expr_visit(stmt->store.value, add_read, &reading);
        return;
    case STMT_PREFETCH: return;
    }
}

/* The keys of an axis over all accesses to a tensor, their parts taken together. */
typedef struct AxisParts {
    const Affine *key; /* of one of them */
    int64_t first, last, high;
} AxisParts;

/* False when the accesses do not move along the axis alike. */
static bool gather_axis(const Proof *proof, const Tensor *tensor, int axis, AxisParts *out) {
    *out = (AxisParts){.first = INT64_MAX, .last = INT64_MIN};
    for (size_t i = 0; i < proof->accesses.count; i++) {
        const Access *access = &proof->accesses.items[i];
        if (access->tensor != tensor) continue;
        const Affine *key = access->keys[axis];
        if (hides_loop(proof->region, key)) return false;
        for (int j = 0; out->key != NULL && j < proof->region->count; j++) {
            const Var *var = proof->region->loops[j]->loop.var;
            if (affine_coefficient(key, var) != affine_coefficient(out->key, var)) return false;
        }
        out->key = key;
        out->high = integer_gcd(out->high, access->high[axis]);
        if (access->low[axis].first > access->low[axis].last) continue; /* it never happens */
        out->first = integer_min(out->first, access->low[axis].first);
        out->last = integer_max(out->last, access->low[axis].last);
    }
    if (out->first > out->last) out->first = out->last = 0;
    return out->first >= -RANGE_LIMIT && out->last <= RANGE_LIMIT;
}

typedef struct Digit {
    int64_t weight, extent;
} Digit;

static int compare_digits(const void *a, const void *b) {
    int64_t x = ((const Digit *)a)->weight, y = ((const Digit *)b)->weight;
    return (x > y) - (x < y);
}

/* Are the parts of an axis like digits of a number? */
static bool are_digits(const CoresRegion *region, const AxisParts *parts) {
    Digit digits[CORES_MAX_LOOPS];
    int count = 0;
    for (int i = 0; i < region->count; i++) {
        int64_t weight = magnitude(affine_coefficient(parts->key, region->loops[i]->loop.var));
        if (weight != 0 && region->extent[i] > 1) digits[count++] = (Digit){weight, region->extent[i]};
    }
    qsort(digits, (size_t)count, sizeof digits[0], compare_digits);
    int64_t width = parts->last - parts->first;
    for (int i = 0; i < count; i++) {
        if (digits[i].weight <= width) return false;
        width += digits[i].weight * (digits[i].extent - 1);
    }
    return parts->high == 0 || parts->high > width;
}

/* Does one step of loop `index` move the key farther than all the rest together? */
static bool stands_out(const CoresRegion *region, const AxisParts *parts, int index) {
    int64_t weight = magnitude(affine_coefficient(parts->key, region->loops[index]->loop.var));
    int64_t all = parts->last - parts->first + region_width(region, parts->key);
    return weight > all - weight * (region->extent[index] - 1) && (parts->high == 0 || parts->high > all);
}

/* Does some axis of the tensor, or the place in memory, keep the iterations of loop `index` apart? */
static bool keeps_apart(const Proof *proof, const Tensor *tensor, int index) {
    for (int axis = 0; axis <= tensor->rank; axis++) {
        AxisParts parts;
        if (!gather_axis(proof, tensor, axis, &parts)) continue;
        if (affine_coefficient(parts.key, proof->region->loops[index]->loop.var) == 0) continue;
        if (are_digits(proof->region, &parts) || stands_out(proof->region, &parts, index)) return true;
    }
    return false;
}

static const char *find_overlap(const Proof *proof) {
    const CoresRegion *region = proof->region;
    for (size_t i = 0; i < proof->accesses.count; i++) {
        const Tensor *tensor = proof->accesses.items[i].tensor;
        for (int j = 0; j < region->count; j++) {
            if (region->extent[j] <= 1 || keeps_apart(proof, tensor, j)) continue;
            return arena_format(proof->context,
                                "iterations of '%s' on cores may meet at one element of %s; it cannot be proved that "
                                "none writes what another one reads or writes",
                                region->loops[j]->loop.var->name, tensor->name);
        }
    }
    return NULL;
}

static const char *check_around(Context *context, const Facts *facts, const char *name) {
    for (; facts != NULL; facts = facts->outer) {
        if (facts->loop == NULL) continue;
        const Var *around = facts->loop->loop.var;
        Mark mark = facts->loop->loop.mark;
        if (around->reduction)
            return arena_format(context, "'%s' is on cores inside '%s', which is summed over", name, around->name);
        if (mark != MARK_NONE && mark != MARK_UNROLL)
            return arena_format(context, "'%s' is on cores inside '%s', which is on %s", name, around->name,
                                mark_name(mark));
    }
    return NULL;
}

static const char *check_loops(Context *context, const CoresRegion *region) {
    int64_t tiles = 1;
    for (int i = 0; i < region->count; i++) {
        const Stmt *loop = region->loops[i];
        int64_t first = 0, extent = 0;
        if (loop->loop.var->reduction)
            return arena_format(context, "'%s' is on cores and summed over", loop->loop.var->name);
        if (!constant_bounds(loop, &first, &extent))
            return arena_format(context, "'%s' is on cores and has no fixed range", loop->loop.var->name);
        if (__builtin_mul_overflow(tiles, extent, &tiles) || tiles > RANGE_LIMIT)
            return "the loops on cores have 2^48 iterations or more";
    }
    return NULL;
}

const char *cores_find_fault(Context *context, const Nest *nest, const Facts *facts, const Stmt *loop) {
    const char *fault = check_around(context, facts, loop->loop.var->name);
    if (fault != NULL) return fault;
    CoresRegion region = cores_region(loop);
    fault = check_loops(context, &region);
    if (fault != NULL || region.tiles == 0) return fault;
    Facts inside[CORES_MAX_LOOPS];
    for (int i = 0; i < region.count; i++) inside[i] = facts_in_loop(i == 0 ? facts : &inside[i - 1], region.loops[i]);
    Proof proof = {.context = context, .nest = nest, .region = &region};
    collect_written(&proof, region.body);
    collect(&proof, &inside[region.count - 1], region.body);
    return proof.fault != NULL ? proof.fault : find_overlap(&proof);
}
