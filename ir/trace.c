/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a nest as it runs. Bounds and guards depend on loops alone, so nothing has to be computed. The innermost loop
 * on lanes is one event for all its iterations: a guard inside narrows it to those that it lets through, which lie side
 * by side, since conditions are bounds. */
#include "ir/trace.h"

#include "base/integer.h"
#include "base/vector.h"

typedef struct Tracer {
    Context *context;
    TraceSink *sink;
    void *data;
    int64_t number;
    int64_t *values, *last; /* by ids of variables; last: with the last lane */
    const Var *lane;        /* NULL: not inside a loop on lanes */
    VECTOR(TraceLoop) loops;
} Tracer;

static int64_t largest(const Bound *bound, const int64_t *values) {
    int64_t value = affine_evaluate(bound->terms[0], values);
    for (int i = 1; i < bound->count; i++) value = integer_max(value, affine_evaluate(bound->terms[i], values));
    return value;
}

static int64_t smallest(const Bound *bound, const int64_t *values) {
    int64_t value = affine_evaluate(bound->terms[0], values);
    for (int i = 1; i < bound->count; i++) value = integer_min(value, affine_evaluate(bound->terms[i], values));
    return value;
}

static bool run(Tracer *tracer, const Stmt *stmt);

static bool is_lane_loop(const Tracer *tracer, const Stmt *loop) {
    return loop->loop.mark == MARK_LANES && tracer->lane == NULL;
}

static void set(Tracer *tracer, const Var *var, int64_t first, int64_t last) {
    tracer->values[var->id] = first;
    tracer->last[var->id] = last;
    tracer->loops.items[tracer->loops.count - 1].first = first;
    tracer->loops.items[tracer->loops.count - 1].last = last;
}

/* All iterations at once. */
static bool run_lanes(Tracer *tracer, const Stmt *loop, int64_t first, int64_t end) {
    if (first >= end) return true;
    tracer->lane = loop->loop.var;
    set(tracer, loop->loop.var, first, end - 1);
    bool goes_on = run(tracer, loop->loop.body);
    tracer->lane = NULL;
    return goes_on;
}

static bool run_loop(Tracer *tracer, const Stmt *loop) {
    int64_t first = largest(&loop->loop.lower, tracer->values), end = smallest(&loop->loop.upper, tracer->values);
    bool goes_on = true;
    VECTOR_PUSH(tracer->context, &tracer->loops, ((TraceLoop){.loop = loop}));
    if (is_lane_loop(tracer, loop)) {
        goes_on = run_lanes(tracer, loop, first, end);
    } else {
        for (int64_t i = first; i < end && goes_on; i++) {
            set(tracer, loop->loop.var, i, i);
            goes_on = run(tracer, loop->loop.body);
        }
    }
    tracer->loops.count--;
    return goes_on;
}

static bool holds(const Stmt *guard, const int64_t *values) {
    for (int i = 0; i < guard->guard.count; i++)
        if (!cond_holds(&guard->guard.conds[i], values)) return false;
    return true;
}

/* The place of the loop on lanes among those around. */
static TraceLoop *find_lanes(Tracer *tracer) {
    for (size_t i = tracer->loops.count; i > 0; i--)
        if (tracer->loops.items[i - 1].loop->loop.var == tracer->lane) return &tracer->loops.items[i - 1];
    return NULL;
}

/* With the lanes that the guard lets through. */
static bool run_guard_on_lanes(Tracer *tracer, const Stmt *guard) {
    TraceLoop *lanes = find_lanes(tracer), before = *lanes, left = {.first = 0, .last = -1};
    int id = tracer->lane->id;
    for (int64_t lane = before.first; lane <= before.last; lane++) {
        tracer->values[id] = lane;
        if (!holds(guard, tracer->values)) continue;
        if (left.first > left.last) left.first = lane;
        left.last = lane;
    }
    bool goes_on = true;
    if (left.first <= left.last) {
        lanes->first = tracer->values[id] = left.first;
        lanes->last = tracer->last[id] = left.last;
        goes_on = run(tracer, guard->guard.body);
    }
    lanes = find_lanes(tracer); /* loops inside may have moved the vector */
    *lanes = before;
    tracer->values[id] = before.first;
    tracer->last[id] = before.last;
    return goes_on;
}

static bool run_guard(Tracer *tracer, const Stmt *guard) {
    if (tracer->lane != NULL) return run_guard_on_lanes(tracer, guard);
    return !holds(guard, tracer->values) || run(tracer, guard->guard.body);
}

static bool tell(Tracer *tracer, const Stmt *store) {
    const TraceEvent event = {.number = ++tracer->number,
                              .store = store,
                              .loops = tracer->loops.items,
                              .loop_count = (int)tracer->loops.count,
                              .values = tracer->values,
                              .last = tracer->last};
    return tracer->sink(tracer->data, &event);
}

static bool run(Tracer *tracer, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR: return run_loop(tracer, stmt);
    case STMT_IF: return run_guard(tracer, stmt);
    case STMT_BLOCK:
        for (int i = 0; i < stmt->block.count; i++)
            if (!run(tracer, stmt->block.items[i])) return false;
        return true;
    case STMT_REDUCE:
        return run(tracer, stmt->reduce.init) && run(tracer, stmt->reduce.update) && run(tracer, stmt->reduce.finish);
    case STMT_ALLOC: return run(tracer, stmt->alloc.body);
    case STMT_STORE: return tell(tracer, stmt);
    case STMT_PREFETCH: return true;
    }
    return true;
}

void nest_trace(Context *context, const Nest *nest, TraceSink *sink, void *data) {
    Tracer tracer = {.context = context, .sink = sink, .data = data};
    tracer.values = ARENA_ARRAY(context, int64_t, (size_t)nest->var_count + 1);
    tracer.last = ARENA_ARRAY(context, int64_t, (size_t)nest->var_count + 1);
    run(&tracer, nest->body);
}
