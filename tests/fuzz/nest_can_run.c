/* SPDX-License-Identifier: Apache-2.0 */
/* Work of a nest, by interval arithmetic on the bounds of its loops. */
#include "tests/fuzz/nest_can_run.h"

#include <math.h>

static const double small_work = 1e5;

typedef struct Interval {
    double low, high;
} Interval;

/* A loop around. */
typedef struct Around {
    const struct Around *outer;
    const Var *var;
    Interval values;
} Around;

static Interval interval_of(const Around *loops, const Affine *expr) {
    Interval sum = {(double)expr->constant, (double)expr->constant};
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        Interval inner = {0, 0};
        if (term->kind != TERM_VAR) inner = interval_of(loops, term->inner);
        if (term->kind == TERM_DIV)
            inner = (Interval){floor(inner.low / (double)term->divisor), floor(inner.high / (double)term->divisor)};
        if (term->kind == TERM_MOD) inner = (Interval){0, (double)term->divisor - 1};
        for (const Around *loop = loops; loop != NULL; loop = loop->outer)
            if (loop->var == term->var) inner = loop->values;
        double a = (double)term->coefficient * inner.low, b = (double)term->coefficient * inner.high;
        sum.low += fmin(a, b);
        sum.high += fmax(a, b);
    }
    return sum;
}

/* The largest range of a loop. */
static Interval range_of_loop(const Around *loops, const Stmt *loop) {
    Interval range = {-INFINITY, INFINITY};
    for (int i = 0; i < loop->loop.lower.count; i++)
        range.low = fmax(range.low, interval_of(loops, loop->loop.lower.terms[i]).low);
    for (int i = 0; i < loop->loop.upper.count; i++)
        range.high = fmin(range.high, interval_of(loops, loop->loop.upper.terms[i]).high - 1);
    return range;
}

static double work_of(const Around *loops, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR: {
        Around loop = {.outer = loops, .var = stmt->loop.var, .values = range_of_loop(loops, stmt)};
        double iterations = loop.values.high - loop.values.low + 1;
        return 1 + (iterations > 0 ? iterations * work_of(&loop, stmt->loop.body) : 0);
    }
    case STMT_IF: return 1 + work_of(loops, stmt->guard.body);
    case STMT_BLOCK: {
        double sum = 1;
        for (int i = 0; i < stmt->block.count; i++) sum += work_of(loops, stmt->block.items[i]);
        return sum;
    }
    case STMT_REDUCE:
        return work_of(loops, stmt->reduce.init) + work_of(loops, stmt->reduce.update) +
               work_of(loops, stmt->reduce.finish);
    case STMT_ALLOC: return (double)tensor_elements(stmt->alloc.tensor) + work_of(loops, stmt->alloc.body);
    case STMT_STORE:
    case STMT_PREFETCH: return 1;
    }
    return 1;
}

/* At least the stores that the nest runs, its loops, and the elements of its tensors. */
static double nest_work(const Nest *nest) {
    double work = nest->ahead != NULL ? work_of(NULL, nest->ahead) : 0;
    for (int i = 0; i < nest->tensor_count; i++) work += (double)tensor_elements(nest->tensors[i]);
    return work + work_of(NULL, nest->body);
}

bool nest_can_run(const Nest *nest) {
    return nest_find_tensor(nest, PIPELINE_RESIDUAL) == NULL && nest_work(nest) <= small_work;
}
