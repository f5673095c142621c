/* SPDX-License-Identifier: Apache-2.0 */
/* Proving limits of affine expressions from loop bounds and guards.
 *
 * First by intervals of numbers, which settles most questions and allocates nothing. Where that is not enough,
 * symbolically: the innermost loop of the expression is replaced by its bound, e.g. the least value of p + r - 1 for r
 * >= 1 - p is p + (1 - p) - 1 = 0; then the next one outwards. A div that hides the loop is first relaxed: d * (a div
 * d) lies in [a - d + 1, a]. A guard e >= 0 gives one more way: min(x) >= min(x - t*e) for any t > 0; t is chosen so
 * that a loop cancels.
 *
 * Numbers that would leave int64_t are not computed: then nothing is known, which is always true. */
#include "ir/facts.h"

#include <assert.h>

#include "base/integer.h"
#include "base/vector.h"

enum { FACTS_MAX_GUARDS = 2 }; /* how many guards one proof may use */

/* Integers of expressions stay below this, far enough from the ends of int64_t to add some dozens of them. */
static const int64_t largest_integer = (int64_t)1 << 56;

/* first..last, both included. */
typedef struct Range {
    int64_t first, last;
} Range;

static const int64_t unknown_minimum = -INT64_MAX;
static const Range unknown_range = {-INT64_MAX, INT64_MAX};

static int64_t magnitude(int64_t value) {
    return value < 0 ? -value : value;
}

/* Can all integers of the expression be multiplied by the factor? */
static bool can_scale(const Affine *expr, int64_t factor) {
    int64_t room = factor == 0 ? largest_integer : largest_integer / magnitude(factor);
    bool fits = magnitude(expr->constant) <= room;
    for (int i = 0; i < expr->count; i++) fits = fits && magnitude(expr->terms[i].coefficient) <= room;
    return fits;
}

/* *sum += factor * value; false when that leaves int64_t. */
static bool add_product(int64_t factor, int64_t value, int64_t *sum) {
    int64_t product = 0;
    return !__builtin_mul_overflow(factor, value, &product) && !__builtin_add_overflow(*sum, product, sum);
}

static const Facts *find_loop(const Facts *facts, const Var *var) {
    while (facts != NULL && (facts->loop == NULL || facts->loop->loop.var != var)) facts = facts->outer;
    return facts;
}

bool facts_know(const Facts *facts, const Var *var) {
    return find_loop(facts, var) != NULL;
}

static Range affine_range(const Facts *facts, const Affine *a);

static Range term_range(const Facts *facts, const Term *term) {
    if (term->kind == TERM_VAR) {
        const Facts *loop = find_loop(facts, term->var);
        assert(loop != NULL && "a loop out of scope");
        return (Range){loop->first, loop->last};
    }
    Range inner = affine_range(facts, term->inner);
    Range quotient = {integer_floor_div(inner.first, term->divisor), integer_floor_div(inner.last, term->divisor)};
    if (term->kind == TERM_DIV) return quotient;
    if (quotient.first != quotient.last) return (Range){0, term->divisor - 1};
    int64_t base = quotient.first * term->divisor;
    return (Range){inner.first - base, inner.last - base};
}

static Range affine_range(const Facts *facts, const Affine *a) {
    Range sum = {a->constant, a->constant};
    for (int i = 0; i < a->count; i++) {
        Range range = term_range(facts, &a->terms[i]);
        int64_t coefficient = a->terms[i].coefficient;
        bool fits = add_product(coefficient, coefficient > 0 ? range.first : range.last, &sum.first) &&
                    add_product(coefficient, coefficient > 0 ? range.last : range.first, &sum.last);
        if (!fits) return unknown_range;
    }
    return sum;
}

static int64_t symbolic_minimum(Context *context, const Facts *facts, const Affine *expr);

Facts facts_in_loop(Context *context, const Facts *outer, const Stmt *loop) {
    assert(loop->kind == STMT_FOR);
    Facts facts = {.outer = outer, .loop = loop, .first = unknown_range.first, .last = unknown_range.last};
    for (int i = 0; i < loop->loop.lower.count; i++) {
        int64_t first = facts_minimum(context, outer, loop->loop.lower.terms[i]);
        facts.first = integer_max(facts.first, first);
    }
    for (int i = 0; i < loop->loop.upper.count; i++) {
        int64_t last = facts_maximum(context, outer, loop->loop.upper.terms[i]) - 1;
        facts.last = facts.last < last ? facts.last : last;
    }
    return facts;
}

Facts facts_in_guard(const Facts *outer, const Stmt *guard) {
    assert(guard->kind == STMT_IF);
    return (Facts){.outer = outer, .guard = guard};
}

/* Is `var` used by the expression, plainly or inside div and mod? The innermost such loop of the list. */
static const Facts *innermost_used(const Facts *facts, const Affine *expr) {
    while (facts != NULL && (facts->loop == NULL || !affine_uses(expr, facts->loop->loop.var))) facts = facts->outer;
    return facts;
}

static const Affine *affine_of_term(Context *context, const Term *term) {
    Affine *single = arena_alloc(context, sizeof(Affine) + sizeof(Term));
    single->count = 1;
    single->terms[0] = *term;
    return single;
}

/* A smaller-or-equal expression for a term that hides a loop; NULL when its limit is not known. */
static const Affine *relax_term(Context *context, const Facts *facts, const Term *term) {
    int64_t coefficient = term->coefficient, least = 0;
    if (term->kind == TERM_DIV && coefficient % term->divisor == 0) {
        int64_t factor = coefficient / term->divisor;
        if (!can_scale(term->inner, factor)) return NULL;
        const Affine *whole = affine_scale(context, term->inner, factor);
        return factor < 0 ? whole : affine_offset(context, whole, -factor * (term->divisor - 1));
    }
    Range range = term_range(facts, term);
    if (!add_product(coefficient, coefficient > 0 ? range.first : range.last, &least)) return NULL;
    return magnitude(least) <= largest_integer ? affine_constant(context, least) : NULL;
}

/* A smaller-or-equal expression in which no div or mod hides `var`, see the head of this file; NULL when there is none.
 */
static const Affine *relax_hidden(Context *context, const Facts *facts, const Affine *expr, const Var *var) {
    const Affine *sum = affine_constant(context, expr->constant);
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        bool is_hiding = term->kind != TERM_VAR && affine_uses(term->inner, var);
        const Affine *part = is_hiding ? relax_term(context, facts, term) : affine_of_term(context, term);
        if (part == NULL) return NULL;
        sum = affine_add(context, sum, part);
    }
    return sum;
}

/* The best minimum over the ways to replace the innermost loop by one of its bounds. */
static int64_t eliminate(Context *context, const Facts *facts, const Affine *expr) {
    const Facts *inner = innermost_used(facts, expr);
    if (inner == NULL) return affine_range(facts, expr).first;
    const Var *var = inner->loop->loop.var;
    if (affine_hides(expr, var)) {
        const Affine *relaxed = relax_hidden(context, facts, expr, var);
        return relaxed == NULL ? unknown_minimum : eliminate(context, facts, relaxed);
    }
    bool is_rising = affine_coefficient(expr, var) > 0;
    const Bound *bound = is_rising ? &inner->loop->loop.lower : &inner->loop->loop.upper;
    int64_t best = unknown_minimum;
    for (int i = 0; i < bound->count; i++) {
        const Affine *limit = is_rising ? bound->terms[i] : affine_offset(context, bound->terms[i], -1);
        if (!can_scale(limit, affine_coefficient(expr, var))) continue;
        int64_t value = symbolic_minimum(context, inner->outer, affine_substitute(context, expr, var, limit));
        best = integer_max(best, value);
    }
    return best;
}

static bool is_box(const Facts *facts) {
    for (; facts != NULL; facts = facts->outer) {
        if (facts->loop == NULL) continue;
        const Bound *lower = &facts->loop->loop.lower, *upper = &facts->loop->loop.upper;
        if (lower->count > 1 || upper->count > 1) return false;
        if (!affine_is_constant(lower->terms[0]) || !affine_is_constant(upper->terms[0])) return false;
    }
    return true;
}

static bool has_division(const Affine *expr) {
    for (int i = 0; i < expr->count; i++)
        if (expr->terms[i].kind != TERM_VAR) return true;
    return false;
}

static int64_t symbolic_minimum(Context *context, const Facts *facts, const Affine *expr) {
    int64_t best = affine_range(facts, expr).first;
    bool is_exact = expr->count <= 1 || (is_box(facts) && !has_division(expr));
    return is_exact ? best : integer_max(best, eliminate(context, facts, expr));
}

static bool same_term(const Term *a, const Term *b) {
    if (a->kind != b->kind) return false;
    if (a->kind == TERM_VAR) return a->var == b->var;
    return a->divisor == b->divisor && affine_equal(a->inner, b->inner);
}

/* m and t > 0 with which m * expr - t * guard loses a loop; false when there are none. */
static bool find_cancelling(const Affine *expr, const Affine *guard, int64_t *m, int64_t *t) {
    for (int i = 0; i < guard->count; i++) {
        const Term *g = &guard->terms[i];
        for (int j = 0; j < expr->count; j++) {
            const Term *e = &expr->terms[j];
            if (!same_term(e, g) || (e->coefficient > 0) != (g->coefficient > 0)) continue;
            int64_t common = integer_gcd(e->coefficient, g->coefficient);
            assert(common > 0);
            *m = (g->coefficient < 0 ? -g->coefficient : g->coefficient) / common;
            *t = (e->coefficient < 0 ? -e->coefficient : e->coefficient) / common;
            return true;
        }
    }
    return false;
}

/* expr <= factor * (what it was asked for): see less_guards. */
typedef struct Guarded {
    const Affine *expr;
    int64_t factor;
} Guarded;

typedef VECTOR(Guarded) GuardedList;

/* The first div of an expression multiplied out: with expr = c * (a div d) + rest, the result is c*a + d*rest, which is
 * d * expr + c * (a mod d). NULL when there is no div. */
static const Affine *multiply_out(Context *context, const Affine *expr, int64_t *c, int64_t *d) {
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        if (term->kind != TERM_DIV) continue;
        *c = term->coefficient;
        *d = term->divisor;
        if (!can_scale(expr, *d) || !can_scale(term->inner, *c)) return NULL;
        const Affine *whole = affine_of_term(context, term);
        const Affine *rest = affine_scale(context, affine_subtract(context, expr, whole), *d);
        return affine_add(context, rest, affine_scale(context, term->inner, *c));
    }
    return NULL;
}

static void add_less(Context *context, const Affine *expr, const Affine *guard, GuardedList *list) {
    int64_t m = 0, t = 0;
    if (!find_cancelling(expr, guard, &m, &t) || !can_scale(expr, m) || !can_scale(guard, t)) return;
    const Affine *scaled = affine_scale(context, expr, m);
    Guarded guarded = {affine_subtract(context, scaled, affine_scale(context, guard, t)), m};
    VECTOR_PUSH(context, list, guarded);
}

/* m * expr - t * guard for each guard that holds here and cancels a loop: each is at most m * expr. A guard g >= 0 with
 * a div holds multiplied out as well, d * g being at most c*a + d*rest - min(c, 0) * (d - 1): f div 2 <= 3 is f <= 7.
 */
static GuardedList less_guards(Context *context, const Facts *facts, const Affine *expr) {
    GuardedList list = {0};
    for (const Facts *fact = facts; fact != NULL; fact = fact->outer) {
        for (int i = 0; fact->guard != NULL && i < fact->guard->guard.count; i++) {
            const Cond *cond = &fact->guard->guard.conds[i];
            for (int sign = 1; sign >= (cond->equality ? -1 : 1); sign -= 2) {
                const Affine *guard = affine_scale(context, cond->expr, sign);
                add_less(context, expr, guard, &list);
                int64_t c = 0, d = 0;
                const Affine *linear = multiply_out(context, guard, &c, &d);
                if (linear == NULL) continue;
                add_less(context, expr, c < 0 ? affine_offset(context, linear, -c * (d - 1)) : linear, &list);
            }
        }
    }
    return list;
}

static bool reaches(Context *context, const Facts *facts, const Affine *expr, int64_t wanted, int guards);

/* Is expr >= wanted, given an expression that is at most factor * expr? As both are whole numbers, it is when that
 * expression reaches factor * (wanted - 1) + 1. */
static bool reaches_scaled(Context *context, const Facts *facts, const Affine *less, int64_t factor, int64_t wanted,
                           int guards) {
    int64_t goal = 1;
    if (!add_product(factor, wanted - 1, &goal) || magnitude(goal) > largest_integer) return false;
    return reaches(context, facts, less, goal, guards);
}

/* The same question without the first div, whose loops a guard could not cancel: d * expr is at least c*a + d*rest -
 * max(c, 0) * (d - 1), and expr >= wanted when d * expr > d * (wanted - 1). */
static bool reaches_without_division(Context *context, const Facts *facts, const Affine *expr, int64_t wanted,
                                     int guards) {
    int64_t c = 0, d = 0;
    const Affine *linear = multiply_out(context, expr, &c, &d);
    if (linear == NULL) return false;
    if (c > 0) linear = affine_offset(context, linear, -c * (d - 1));
    return reaches_scaled(context, facts, linear, d, wanted, guards);
}

/* Does the minimum of expr, with the help of at most `guards` guards, reach `wanted`? */
static bool reaches(Context *context, const Facts *facts, const Affine *expr, int64_t wanted, int guards) {
    if (affine_range(facts, expr).first >= wanted || symbolic_minimum(context, facts, expr) >= wanted) return true;
    if (guards == 0) return false;
    if (reaches_without_division(context, facts, expr, wanted, guards)) return true;
    GuardedList less = less_guards(context, facts, expr);
    for (size_t i = 0; i < less.count; i++)
        if (reaches_scaled(context, facts, less.items[i].expr, less.items[i].factor, wanted, guards - 1)) return true;
    return false;
}

int64_t facts_minimum(Context *context, const Facts *facts, const Affine *expr) {
    int64_t best = symbolic_minimum(context, facts, expr);
    GuardedList less = less_guards(context, facts, expr);
    for (size_t i = 0; i < less.count; i++) {
        int64_t least = symbolic_minimum(context, facts, less.items[i].expr);
        if (least == unknown_minimum) continue;
        best = integer_max(best, integer_ceil_div(least, less.items[i].factor));
    }
    return best;
}

int64_t facts_maximum(Context *context, const Facts *facts, const Affine *expr) {
    return -facts_minimum(context, facts, affine_scale(context, expr, -1));
}

static bool prove_at_least(Context *context, const Facts *facts, const Affine *expr, int64_t wanted) {
    for (int guards = 0; guards <= FACTS_MAX_GUARDS; guards++)
        if (reaches(context, facts, expr, wanted, guards)) return true;
    return false;
}

bool facts_prove(Context *context, const Facts *facts, const Cond *cond) {
    if (!prove_at_least(context, facts, cond->expr, 0)) return false;
    return !cond->equality || prove_at_least(context, facts, affine_scale(context, cond->expr, -1), 0);
}

bool facts_refute(Context *context, const Facts *facts, const Cond *cond) {
    if (prove_at_least(context, facts, affine_scale(context, cond->expr, -1), 1)) return true;
    return cond->equality && prove_at_least(context, facts, cond->expr, 1);
}

/* expr = factor * whole + rest, where rest is proved to lie in 0 .. factor - 1; false when it is not. */
static bool split_rest(Context *context, const Facts *facts, const Affine *expr, int64_t factor, const Affine **whole,
                       const Affine **rest) {
    *whole = affine_constant(context, 0);
    *rest = affine_constant(context, expr->constant);
    for (int i = 0; i < expr->count; i++) {
        Term term = expr->terms[i];
        bool is_multiple = term.coefficient % factor == 0;
        if (is_multiple) term.coefficient /= factor;
        const Affine **part = is_multiple ? whole : rest;
        *part = affine_add(context, *part, affine_of_term(context, &term));
    }
    int64_t first = integer_floor_div(facts_minimum(context, facts, *rest), factor);
    int64_t last = integer_floor_div(facts_maximum(context, facts, *rest), factor);
    if (first != last) return false;
    *whole = affine_offset(context, *whole, first);
    *rest = affine_offset(context, *rest, -first * factor);
    return true;
}

/* (factor * whole + rest) div or mod divisor, with 0 <= rest < factor, a factor of the divisor. */
static const Affine *divide_whole(Context *context, const Facts *facts, const Term *term, int64_t factor,
                                  const Affine *whole, const Affine *rest) {
    int64_t divisor = term->divisor / factor;
    if (term->kind == TERM_DIV) return facts_simplify(context, facts, affine_div(context, whole, divisor));
    const Affine *remainder = facts_simplify(context, facts, affine_mod(context, whole, divisor));
    return affine_add(context, affine_scale(context, remainder, factor), rest);
}

/* One div or mod, its inside simplified. Resolved when the inside stays within one multiple of the divisor; made one of
 * a smaller divisor when a part of it stays within one multiple of a factor of the divisor: (8*ko + kl) div 16 = ko div
 * 2 for kl < 8. */
static const Affine *simplify_division(Context *context, const Facts *facts, const Term *term) {
    const Affine *inner = facts_simplify(context, facts, term->inner), *whole = NULL, *rest = NULL;
    if (split_rest(context, facts, inner, term->divisor, &whole, &rest))
        return divide_whole(context, facts, term, term->divisor, whole, rest);
    for (int i = 0; i < inner->count; i++) {
        int64_t factor = integer_gcd(inner->terms[i].coefficient, term->divisor);
        if (factor == 1 || !split_rest(context, facts, inner, factor, &whole, &rest)) continue;
        return divide_whole(context, facts, term, factor, whole, rest);
    }
    bool is_div = term->kind == TERM_DIV;
    return is_div ? affine_div(context, inner, term->divisor) : affine_mod(context, inner, term->divisor);
}

const Affine *facts_simplify(Context *context, const Facts *facts, const Affine *expr) {
    if (!has_division(expr)) return expr;
    const Affine *sum = affine_constant(context, expr->constant);
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        const Affine *part =
            term->kind == TERM_VAR ? affine_variable(context, term->var) : simplify_division(context, facts, term);
        sum = affine_add(context, sum, affine_scale(context, part, term->coefficient));
    }
    return sum;
}

bool facts_extent(Context *context, const Facts *facts, const Stmt *loop, int64_t *out) {
    assert(loop->kind == STMT_FOR);
    if (loop->loop.lower.count != 1 || loop->loop.upper.count != 1) return false;
    const Affine *extent = affine_subtract(context, loop->loop.upper.terms[0], loop->loop.lower.terms[0]);
    extent = facts_simplify(context, facts, extent);
    if (!affine_is_constant(extent)) return false;
    *out = extent->constant < 0 ? 0 : extent->constant;
    return true;
}
