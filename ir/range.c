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

/* The range of a term without its coefficient. */
static bool range_of_atom(const Term *term, const int64_t *extents, Range *out) {
    if (term->kind == TERM_VAR) {
        *out = (Range){0, extents[term->var->id] - 1};
        return out->last >= 0;
    }
    Range inner;
    if (!range_of(term->inner, extents, &inner)) return false;
    if (term->kind == TERM_MOD) {
        *out = range_mod(inner, term->divisor);
    } else {
        *out = (Range){integer_floor_div(inner.first, term->divisor), integer_floor_div(inner.last, term->divisor)};
    }
    return true;
}

static bool range_of_term(const Term *term, const int64_t *extents, Range *out) {
    Range atom;
    if (!range_of_atom(term, extents, &atom)) return false;
    bool is_negative = term->coefficient < 0;
    return multiply(term->coefficient, is_negative ? atom.last : atom.first, &out->first) &&
           multiply(term->coefficient, is_negative ? atom.first : atom.last, &out->last);
}

bool range_of(const Affine *a, const int64_t *extents, Range *out) {
    *out = (Range){a->constant, a->constant};
    for (int i = 0; i < a->count; i++) {
        Range range;
        if (!is_within_limit(out->first) || !is_within_limit(out->last)) return false;
        if (!range_of_term(&a->terms[i], extents, &range)) return false;
        out->first += range.first;
        out->last += range.last;
    }
    return is_within_limit(out->first) && is_within_limit(out->last);
}
