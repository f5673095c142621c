/* SPDX-License-Identifier: Apache-2.0 */
/* Proving limits of quasi-affine expressions from loop bounds and guards.
 *
 * First by intervals of numbers, which settles most questions. Where that is not enough, all facts that have to do with
 * the expression become linear inequalities, and those are eliminated (ir/inequalities.h) until only the expression is
 * left. Their variables are
 *     the expression itself    e - a >= 0 and a - e >= 0
 *     loops                    v - l >= 0 for each lower bound l, u - 1 - v >= 0 for each upper bound u
 *     divisions q = a div d    a - d*q >= 0 and d*q + d - 1 - a >= 0; a mod d is a - d*q
 * and a guard is an inequality as it stands, or two.
 *
 * Numbers that would leave int64_t are not computed: then less is known, which is always true. */
#include "ir/facts_internal.h"

#include <assert.h>

#include "base/integer.h"
#include "ir/inequalities.h"

enum { FACTS_MAX_GIVENS = 64 }; /* loops and guards, innermost first, that a proof may use */

static const Range unknown_range = {-INT64_MAX, INT64_MAX};
static const Range empty_range = {RANGE_LIMIT, -RANGE_LIMIT};

static const Facts *find_loop(const Facts *facts, const Var *var) {
    while (facts != NULL && (facts->loop == NULL || facts->loop->loop.var != var)) facts = facts->outer;
    return facts;
}

bool facts_know(const Facts *facts, const Var *var) {
    return find_loop(facts, var) != NULL;
}

Facts facts_in_loop(const Facts *outer, const Stmt *loop) {
    assert(loop->kind == STMT_FOR);
    Facts facts = {.outer = outer, .loop = loop, .values = unknown_range};
    for (int i = 0; i < loop->loop.lower.count; i++) {
        Range lower = facts_range(outer, loop->loop.lower.terms[i]);
        facts.values.first = integer_max(facts.values.first, lower.first);
    }
    for (int i = 0; i < loop->loop.upper.count; i++) {
        Range upper = facts_range(outer, loop->loop.upper.terms[i]);
        facts.values.last = integer_min(facts.values.last, upper.last - 1);
    }
    return facts;
}

Facts facts_in_guard(const Facts *outer, const Stmt *guard) {
    assert(guard->kind == STMT_IF);
    return (Facts){.outer = outer, .guard = guard};
}

static bool range_of_loop(const void *data, const Var *var, Range *out) {
    const Facts *loop = find_loop(data, var);
    assert(loop != NULL && "a loop out of scope");
    *out = loop->values;
    return out->first >= -RANGE_LIMIT && out->last <= RANGE_LIMIT;
}

/* By intervals alone. */
static Range interval_of(const Facts *facts, const Affine *expr) {
    Range range;
    return range_of_expression(expr, range_of_loop, facts, &range) ? range : unknown_range;
}

/* What a variable of the system stands for: the expression (both NULL), a loop, or inner div divisor. */
typedef struct Meaning {
    const Var *loop;
    const Affine *inner;
    int64_t divisor;
} Meaning;

/* A system of inequalities that grows from an expression. */
typedef struct Proof {
    int count;
    Meaning meanings[INEQUALITIES_MAX_VARIABLES];
    Inequalities system;
} Proof;

static int find_variable(const Proof *proof, const Meaning *meaning) {
    for (int i = 0; i < proof->count; i++) {
        const Meaning *other = &proof->meanings[i];
        if (other->loop != meaning->loop || other->divisor != meaning->divisor) continue;
        if (meaning->inner == NULL || affine_equal(other->inner, meaning->inner)) return i;
    }
    return -1;
}

/* A new variable, or -1 when there are too many. */
static int new_variable(Proof *proof, const Meaning *meaning) {
    if (proof->count == INEQUALITIES_MAX_VARIABLES) return -1;
    proof->meanings[proof->count] = *meaning;
    return proof->count++;
}

static bool add_expression(Proof *proof, const Affine *expr, int64_t factor, Inequality *row);

/* The variable of a div or mod's quotient, with what makes it one; -1 when there is no room. */
static int quotient_variable(Proof *proof, const Term *term) {
    Meaning meaning = {.inner = term->inner, .divisor = term->divisor};
    int variable = find_variable(proof, &meaning);
    if (variable >= 0) return variable;
    Inequality least = {0}, most = {.constant = term->divisor - 1};
    if (!add_expression(proof, term->inner, 1, &least) || !add_expression(proof, term->inner, -1, &most)) return -1;
    variable = new_variable(proof, &meaning);
    if (variable < 0) return -1;
    least.coefficients[variable] = -term->divisor;
    most.coefficients[variable] = term->divisor;
    inequalities_add(&proof->system, &least);
    inequalities_add(&proof->system, &most);
    return variable;
}

static int loop_variable(Proof *proof, const Var *var) {
    Meaning meaning = {.loop = var};
    int variable = find_variable(proof, &meaning);
    return variable >= 0 ? variable : new_variable(proof, &meaning);
}

/* row += factor * term; a mod d is a - d * (a div d). */
static bool add_term(Proof *proof, const Term *term, int64_t factor, Inequality *row) {
    Inequality unit = {0};
    int64_t coefficient = 0;
    if (__builtin_mul_overflow(term->coefficient, factor, &coefficient)) return false;
    int variable = term->kind == TERM_VAR ? loop_variable(proof, term->var) : quotient_variable(proof, term);
    if (variable < 0) return false;
    unit.coefficients[variable] = term->kind == TERM_MOD ? -term->divisor : 1;
    if (term->kind == TERM_MOD && !add_expression(proof, term->inner, 1, &unit)) return false;
    return inequality_add(row, &unit, coefficient);
}

/* row += factor * expr; false when there is no room, or a number too large. */
static bool add_expression(Proof *proof, const Affine *expr, int64_t factor, Inequality *row) {
    Inequality constant = {.constant = expr->constant};
    bool fits = inequality_add(row, &constant, factor);
    for (int i = 0; fits && i < expr->count; i++) fits = add_term(proof, &expr->terms[i], factor, row);
    return fits;
}

/* factor * expr + row >= 0 */
static void add_row(Proof *proof, const Affine *expr, int64_t factor, Inequality row) {
    if (add_expression(proof, expr, factor, &row)) inequalities_add(&proof->system, &row);
}

static void add_loop(Proof *proof, const Stmt *loop) {
    int variable = loop_variable(proof, loop->loop.var);
    if (variable < 0) return;
    Inequality lower = {0}, upper = {.constant = -1};
    lower.coefficients[variable] = 1;
    upper.coefficients[variable] = -1;
    for (int i = 0; i < loop->loop.lower.count; i++) add_row(proof, loop->loop.lower.terms[i], -1, lower);
    for (int i = 0; i < loop->loop.upper.count; i++) add_row(proof, loop->loop.upper.terms[i], 1, upper);
}

static void add_condition(Proof *proof, const Cond *cond) {
    add_row(proof, cond->expr, 1, (Inequality){0});
    if (cond->equality) add_row(proof, cond->expr, -1, (Inequality){0});
}

static bool knows_loop_of(const Proof *proof, const Affine *expr) {
    for (int i = 0; i < proof->count; i++)
        if (proof->meanings[i].loop != NULL && affine_uses(expr, proof->meanings[i].loop)) return true;
    return false;
}

static bool knows_bound_of(const Proof *proof, const Stmt *loop) {
    for (int i = 0; i < loop->loop.lower.count; i++)
        if (knows_loop_of(proof, loop->loop.lower.terms[i])) return true;
    for (int i = 0; i < loop->loop.upper.count; i++)
        if (knows_loop_of(proof, loop->loop.upper.terms[i])) return true;
    return false;
}

/* Adds what a loop or guard says, if it has to do with the variables that are there. A loop says something of those in
 * its bounds as well, since it is not empty where its body runs: p >= 1 inside of r in max(0, 1 - p)..1. */
static bool add_given(Proof *proof, const Facts *facts) {
    if (facts->loop != NULL) {
        bool is_known = find_variable(proof, &(Meaning){.loop = facts->loop->loop.var}) >= 0;
        is_known = is_known || knows_bound_of(proof, facts->loop);
        if (is_known) add_loop(proof, facts->loop);
        return is_known;
    }
    bool is_known = false;
    for (int i = 0; i < facts->guard->guard.count; i++)
        is_known = is_known || knows_loop_of(proof, facts->guard->guard.conds[i].expr);
    for (int i = 0; is_known && i < facts->guard->guard.count; i++) add_condition(proof, &facts->guard->guard.conds[i]);
    return is_known;
}

/* All that is given about the variables, until it brings no new ones. */
static void add_givens(Proof *proof, const Facts *facts) {
    bool is_added[FACTS_MAX_GIVENS] = {false};
    int before = 0;
    do {
        before = proof->count;
        int i = 0;
        for (const Facts *given = facts; given != NULL && i < FACTS_MAX_GIVENS; given = given->outer, i++)
            is_added[i] = is_added[i] || add_given(proof, given);
    } while (proof->count != before);
}

/* The limits of the only variable that is left, 0. */
static Range read_limits(const Inequalities *system) {
    Range range = unknown_range;
    for (int i = 0; i < system->count; i++) {
        const Inequality *row = &system->rows[i];
        int64_t coefficient = row->coefficients[0];
        if (coefficient > 0) range.first = integer_max(range.first, integer_ceil_div(-row->constant, coefficient));
        if (coefficient < 0) range.last = integer_min(range.last, integer_floor_div(row->constant, -coefficient));
    }
    return system->is_contradictory || range.first > range.last ? empty_range : range;
}

static Range range_by_elimination(const Facts *facts, const Affine *expr) {
    Proof proof;
    Inequality least = {0}, most = {0};
    proof.count = 1;
    proof.meanings[0] = (Meaning){0};
    proof.system.count = 0;
    proof.system.is_contradictory = false;
    least.coefficients[0] = 1;
    most.coefficients[0] = -1;
    add_row(&proof, expr, -1, least);
    add_row(&proof, expr, 1, most);
    add_givens(&proof, facts);
    inequalities_eliminate_all_but(&proof.system, 0);
    return read_limits(&proof.system);
}

static bool has_division(const Affine *expr) {
    for (int i = 0; i < expr->count; i++)
        if (expr->terms[i].kind != TERM_VAR) return true;
    return false;
}

/* Loops with constant bounds and no guards. */
static bool is_box(const Facts *facts) {
    for (; facts != NULL; facts = facts->outer) {
        if (facts->guard != NULL) return false;
        const Bound *lower = &facts->loop->loop.lower, *upper = &facts->loop->loop.upper;
        if (lower->count > 1 || upper->count > 1) return false;
        if (!affine_is_constant(lower->terms[0]) || !affine_is_constant(upper->terms[0])) return false;
    }
    return true;
}

Range facts_range(const Facts *facts, const Affine *expr) {
    Range interval = interval_of(facts, expr);
    if (affine_is_constant(expr) || (is_box(facts) && !has_division(expr))) return interval;
    Range range = range_by_elimination(facts, expr);
    range.first = integer_max(range.first, interval.first);
    range.last = integer_min(range.last, interval.last);
    return range.first > range.last ? empty_range : range;
}

bool facts_prove_directly(const Facts *facts, const Cond *cond) {
    Range interval = interval_of(facts, cond->expr);
    if (interval.first >= 0 && (!cond->equality || interval.last <= 0)) return true;
    Range range = facts_range(facts, cond->expr);
    return range.first >= 0 && (!cond->equality || range.last <= 0);
}

bool facts_prove(const Facts *facts, const Cond *cond) {
    return facts_prove_directly(facts, cond) || (has_division(cond->expr) && facts_prove_by_cases(facts, cond));
}

bool facts_refute(const Facts *facts, const Cond *cond) {
    Range range = facts_range(facts, cond->expr);
    return range.last < 0 || (cond->equality && range.first > 0);
}

static const Affine *affine_of_term(Context *context, const Term *term) {
    Affine *single = arena_alloc(context, sizeof(Affine) + sizeof(Term));
    single->count = 1;
    single->terms[0] = *term;
    return single;
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
    Range range = facts_range(facts, *rest);
    int64_t first = integer_floor_div(range.first, factor);
    if (range.first > range.last || first != integer_floor_div(range.last, factor)) return false;
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

int64_t facts_most_iterations(Context *context, const Facts *facts, const Stmt *loop) {
    assert(loop->kind == STMT_FOR);
    int64_t most = INT64_MAX;
    for (int i = 0; i < loop->loop.upper.count; i++) {
        for (int j = 0; j < loop->loop.lower.count; j++) {
            const Affine *count = affine_subtract(context, loop->loop.upper.terms[i], loop->loop.lower.terms[j]);
            most = integer_min(most, facts_range(facts, facts_simplify(context, facts, count)).last);
        }
    }
    return integer_max(most, 0);
}
