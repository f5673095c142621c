/* SPDX-License-Identifier: Apache-2.0 */
/* Interval arithmetic on quasi-affine expressions. */
#include "ir/range.h"

#include "base/integer.h"

static bool is_within_limit(int64_t value) {
    return value >= -RANGE_LIMIT && value <= RANGE_LIMIT;
}

/* a * b; false when it leaves the limit. */
static bool multiply(int64_t a, int64_t b, int64_t *out) {
    if (a == 0 || b == 0) {
        *out = 0;
        return true;
    }
    if (!is_within_limit(a) || !is_within_limit(b)) return false;
    int64_t size_a = a < 0 ? -a : a, size_b = b < 0 ? -b : b;
    if (size_a > RANGE_LIMIT / size_b) return false;
    *out = a * b;
    return true;
}

/* Numbers without a multiple of the divisor between them keep their order under mod. */
static Range range_mod(Range range, int64_t divisor) {
    int64_t quotient = integer_floor_div(range.first, divisor);
    if (quotient != integer_floor_div(range.last, divisor)) return (Range){0, divisor - 1};
    return (Range){range.first - quotient * divisor, range.last - quotient * divisor};
}

typedef struct Walk {
    RangeOfLoop *loop;
    const void *data;
} Walk;

static bool range_of_sum(const Walk *walk, const Affine *a, Range *out);

/* The range of a term without its coefficient. */
static bool range_of_atom(const Walk *walk, const Term *term, Range *out) {
    if (term->kind == TERM_VAR) return walk->loop(walk->data, term->var, out);
    Range inner;
    if (!range_of_sum(walk, term->inner, &inner)) return false;
    if (term->kind == TERM_MOD) {
        *out = range_mod(inner, term->divisor);
    } else {
        *out = (Range){integer_floor_div(inner.first, term->divisor), integer_floor_div(inner.last, term->divisor)};
    }
    return true;
}

static bool range_of_term(const Walk *walk, const Term *term, Range *out) {
    Range atom;
    if (!range_of_atom(walk, term, &atom)) return false;
    bool is_negative = term->coefficient < 0;
    return multiply(term->coefficient, is_negative ? atom.last : atom.first, &out->first) &&
           multiply(term->coefficient, is_negative ? atom.first : atom.last, &out->last);
}

static bool range_of_sum(const Walk *walk, const Affine *a, Range *out) {
    *out = (Range){a->constant, a->constant};
    for (int i = 0; i < a->count; i++) {
        Range range;
        if (!is_within_limit(out->first) || !is_within_limit(out->last)) return false;
        if (!range_of_term(walk, &a->terms[i], &range)) return false;
        out->first += range.first;
        out->last += range.last;
    }
    return is_within_limit(out->first) && is_within_limit(out->last);
}

bool range_of_expression(const Affine *a, RangeOfLoop *loop, const void *data, Range *out) {
    Walk walk = {loop, data};
    return range_of_sum(&walk, a, out);
}

static bool range_of_extent(const void *data, const Var *var, Range *out) {
    const int64_t *extents = data;
    *out = (Range){0, extents[var->id] - 1};
    return out->last >= 0;
}

bool range_of(const Affine *a, const int64_t *extents, Range *out) {
    return range_of_expression(a, range_of_extent, extents, out);
}
