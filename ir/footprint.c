/* SPDX-License-Identifier: Apache-2.0 */
/* Footprints by interval arithmetic. Loops around the part that is looked at stand at the middle of their range, where
 * borders are far; loops inside take all their values. Then each index is an interval, and an access touches a box:
 *
 *     for p, q 14, r 3, s 3: x[p + r - 1, q + s - 1]        in one iteration of p: 3 rows of 16 pixels
 *
 * A box is never counted larger than the tensor, nor than the number of different values that the loops in its indices
 * take: q*2 has 14 values for q 14, not 27. Several accesses to a tensor touch the box around theirs, or the sum of
 * theirs when that is less. */
#include "ir/footprint.h"

#include "base/integer.h"
#include "ir/range.h"

/* The loops in scope, by Var.id: first > last for those that are not. */
typedef struct Walk {
    Context *context;
    Range *values;
    int var_count;
    double iterations; /* of the loops inside the part, around the statement */
    Footprint *out;
    Range (*hulls)[TENSOR_MAX_RANK]; /* of each of *out, which has room for all tensors */
} Walk;

static bool value_of_loop(const void *data, const Var *var, Range *out) {
    const Range *values = data;
    *out = values[var->id];
    return out->first <= out->last;
}

static Range range_here(const Walk *walk, const Affine *expr) {
    Range range;
    return range_of_expression(expr, value_of_loop, walk->values, &range) ? range : (Range){0, 0};
}

/* Between which numbers a loop runs; empty when it never does. */
static Range loop_range(const Walk *walk, const Stmt *loop) {
    Range values = {-RANGE_LIMIT, RANGE_LIMIT};
    for (int i = 0; i < loop->loop.lower.count; i++)
        values.first = integer_max(values.first, range_here(walk, loop->loop.lower.terms[i]).first);
    for (int i = 0; i < loop->loop.upper.count; i++)
        values.last = integer_min(values.last, range_here(walk, loop->loop.upper.terms[i]).last - 1);
    return values;
}

static double width(Range range) {
    return range.last < range.first ? 0 : (double)(range.last - range.first + 1);
}

/* Different values that the loops of an index can give it. */
static void note_loops(const Walk *walk, const Affine *index, double *values, bool *seen) {
    for (int i = 0; i < index->count; i++) {
        const Term *term = &index->terms[i];
        if (term->kind != TERM_VAR) {
            note_loops(walk, term->inner, values, seen);
        } else if (!seen[term->var->id]) {
            seen[term->var->id] = true;
            *values *= width(walk->values[term->var->id]);
        }
    }
}

static double values_of(const Walk *walk, const Affine *const *index, int count) {
    double values = 1;
    bool *seen = ARENA_ARRAY(walk->context, bool, (size_t)walk->var_count + 1);
    for (int i = 0; i < count; i++) note_loops(walk, index[i], &values, seen);
    return values;
}

static Range index_range(const Walk *walk, const Tensor *tensor, int axis, const Affine *index) {
    Range range = range_here(walk, index);
    range.first = integer_max(range.first, 0);
    range.last = integer_min(range.last, tensor_reach(tensor, axis) - 1);
    return range;
}

static size_t find_touched(Walk *walk, const Tensor *tensor) {
    Footprint *out = walk->out;
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i].tensor == tensor) return i;
    Touched touched = {.tensor = tensor};
    VECTOR_PUSH(walk->context, out, touched);
    for (int i = 0; i < tensor->rank; i++) walk->hulls[out->count - 1][i] = (Range){RANGE_LIMIT, -RANGE_LIMIT};
    return out->count - 1;
}

static void touch(Walk *walk, const Tensor *tensor, const Affine *const *index, bool is_written) {
    if (tensor->scope == SCOPE_REGISTERS) return;
    size_t place = find_touched(walk, tensor);
    Touched *touched = &walk->out->items[place];
    double box = 1, hull = 1;
    for (int i = 0; i < tensor->rank; i++) {
        Range range = index_range(walk, tensor, i, index[i]), *around = &walk->hulls[place][i];
        double values = values_of(walk, &index[i], 1);
        box *= width(range) < values ? width(range) : values;
        around->first = integer_min(around->first, range.first);
        around->last = integer_max(around->last, range.last);
        hull *= width(*around);
    }
    double values = values_of(walk, index, tensor->rank);
    touched->elements += box < values ? box : values;
    if (touched->elements > hull) touched->elements = hull;
    touched->accesses += walk->iterations;
    touched->is_written = touched->is_written || is_written;
}

static void touch_read(void *data, const Expr *access) {
    touch(data, access->access.tensor, access->access.index, false);
}

static void touch_all(void *data, const Stmt *stmt) {
    Walk *walk = data;
    double outer = walk->iterations;
    if (stmt->kind == STMT_FOR) {
        Range values = loop_range(walk, stmt);
        if (width(values) == 0) return;
        walk->values[stmt->loop.var->id] = values;
        walk->iterations *= width(values);
    }
    if (stmt->kind == STMT_STORE) {
        expr_visit(stmt->store.value, touch_read, walk);
        touch(walk, stmt->store.tensor, stmt->store.index, true);
    }
    stmt_visit_children(stmt, touch_all, walk);
    walk->iterations = outer;
}

static int tensor_count(const Stmt *stmt);

static void count_tensors(void *data, const Stmt *stmt) {
    int *count = data;
    *count += tensor_count(stmt);
}

/* Buffers inside. */
static int tensor_count(const Stmt *stmt) {
    int count = stmt->kind == STMT_ALLOC;
    stmt_visit_children(stmt, count_tensors, &count);
    return count;
}

/* What is around, at its middle. */
typedef struct Around {
    Context *context;
    const Nest *nest;
    Range *values;
    int tensors; /* at most so many */
    int depth;
    double runs;
    FootprintLevels *levels;
} Around;

static Footprint footprint_here(const Around *around, const Stmt *stmt) {
    Footprint footprint = {0};
    Walk walk = {.context = around->context, .values = around->values, .iterations = 1, .out = &footprint};
    walk.var_count = around->nest->var_count;
    walk.hulls = arena_array(around->context, (size_t)around->tensors, sizeof *walk.hulls);
    touch_all(&walk, stmt);
    return footprint;
}

/* Puts a loop at its middle; how many iterations it has. */
static double enter_loop(const Around *around, const Stmt *loop) {
    Walk walk = {.values = around->values};
    Range values = loop_range(&walk, loop);
    int64_t middle = values.first + (values.last - values.first) / 2;
    around->values[loop->loop.var->id] = (Range){middle, middle};
    return width(values);
}

static bool is_level(const Stmt *stmt) {
    return stmt->kind == STMT_FOR && stmt->loop.mark != MARK_UNROLL && stmt->loop.mark != MARK_LANES;
}

static void list_levels(void *data, const Stmt *stmt) {
    Around *around = data, inside = *around;
    if (is_level(stmt)) {
        Footprint footprint = footprint_here(around, stmt);
        double iterations = enter_loop(around, stmt);
        FootprintLevel level = {stmt, around->depth, around->runs, iterations, footprint};
        VECTOR_PUSH(around->context, around->levels, level);
        inside.depth++;
        inside.runs *= iterations;
    }
    stmt_visit_children(stmt, list_levels, &inside);
}

static Around around_nest(Context *context, const Nest *nest) {
    return (Around){.context = context,
                    .nest = nest,
                    .values = ARENA_ARRAY(context, Range, (size_t)nest->var_count + 1),
                    .tensors = nest->tensor_count + tensor_count(nest->body),
                    .runs = 1};
}

FootprintLevels nest_footprints(Context *context, const Nest *nest) {
    FootprintLevels levels = {0};
    Around around = around_nest(context, nest);
    around.levels = &levels;
    list_levels(&around, nest->body);
    return levels;
}

Footprint nest_footprint(Context *context, const Nest *nest) {
    Around around = around_nest(context, nest);
    return footprint_here(&around, nest->body);
}

static double touched_bytes(const Touched *touched) {
    return touched->elements * (double)type_bytes(touched->tensor->type) * (touched->is_written ? 2 : 1);
}

double footprint_bytes(const Footprint *footprint) {
    double bytes = 0;
    for (size_t i = 0; i < footprint->count; i++) bytes += touched_bytes(&footprint->items[i]);
    return bytes;
}

typedef struct Traffic {
    Around around;
    double cache_bytes;
    NestTraffic *out; /* of all tensors */
} Traffic;

static void fetch(const Traffic *traffic, const Footprint *footprint) {
    for (size_t i = 0; i < footprint->count; i++) {
        for (size_t j = 0; j < traffic->out->count; j++) {
            if (traffic->out->items[j].tensor != footprint->items[i].tensor) continue;
            traffic->out->items[j].bytes += traffic->around.runs * touched_bytes(&footprint->items[i]);
        }
    }
}

static void add_traffic(void *data, const Stmt *stmt) {
    Traffic *traffic = data, inside = *traffic;
    if (stmt->kind == STMT_FOR || stmt->kind == STMT_STORE) {
        Footprint whole = footprint_here(&traffic->around, stmt);
        if (stmt->kind == STMT_FOR) inside.around.runs *= enter_loop(&traffic->around, stmt);
        bool fits = stmt->kind == STMT_STORE;
        if (!fits) {
            Footprint body = footprint_here(&inside.around, stmt->loop.body);
            fits = footprint_bytes(&body) <= traffic->cache_bytes;
        }
        if (fits) {
            fetch(traffic, &whole);
            return;
        }
    }
    stmt_visit_children(stmt, add_traffic, &inside);
}

NestTraffic nest_traffic(Context *context, const Nest *nest, int64_t cache_bytes) {
    NestTraffic out = {0};
    Traffic traffic = {.around = around_nest(context, nest), .cache_bytes = (double)cache_bytes, .out = &out};
    Footprint all = nest_footprint(context, nest);
    for (size_t i = 0; i < all.count; i++) {
        TensorTraffic none = {.tensor = all.items[i].tensor};
        VECTOR_PUSH(context, &out, none);
    }
    if (footprint_bytes(&all) > traffic.cache_bytes) add_traffic(&traffic, nest->body);
    return out;
}
