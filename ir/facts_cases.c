/* SPDX-License-Identifier: Apache-2.0 */
/* Proof by cases. A div whose inside passes one multiple of its divisor has two values, and what is not true of all
 * numbers between them may be true of both. Where a tile is moved inward if it is the last one,
 *
 *     qo*14 + qi - (qo div 3)*6 <= 49    for qo in 0..4, qi in 0..14
 *
 * follows from qo div 3 <= 0, where qo <= 2, and from qo div 3 >= 1. */
#include "ir/facts_internal.h"

enum { MAX_DEPTH = 2 }; /* divs that one proof takes apart */

/* An expression of one term, on the C stack: facts allocate nothing. */
typedef union OneTerm {
    Affine affine;
    char room[sizeof(Affine) + sizeof(Term)];
} OneTerm;

static const Affine *one_term(OneTerm *out, int64_t constant, const Term *term, int64_t coefficient) {
    out->affine.constant = constant;
    out->affine.count = 1;
    out->affine.terms[0] = *term;
    out->affine.terms[0].coefficient = coefficient;
    return &out->affine;
}

/* The first div of two values, also inside of others; NULL when there is none. *least is the smaller value. */
static const Term *find_step(const Facts *facts, const Affine *expr, int64_t *least) {
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        OneTerm single;
        if (term->kind == TERM_VAR) continue;
        const Term *inside = find_step(facts, term->inner, least);
        if (inside != NULL) return inside;
        if (term->kind != TERM_DIV) continue;
        Range values = facts_range(facts, one_term(&single, 0, term, 1));
        *least = values.first;
        if (values.last - 1 == values.first) return term;
    }
    return NULL;
}

static bool prove_by_cases(const Facts *facts, const Cond *cond, int depth);

/* Does the condition hold where sign * term + constant >= 0? */
static bool prove_case(const Facts *facts, const Cond *cond, const Term *term, int64_t sign, int64_t constant,
                       int depth) {
    OneTerm single;
    Cond known = {.expr = one_term(&single, constant, term, sign)};
    Stmt guard = {.kind = STMT_IF, .guard = {.count = 1, .conds = &known}};
    Facts inside = facts_in_guard(facts, &guard);
    return facts_prove_directly(&inside, cond) || prove_by_cases(&inside, cond, depth - 1);
}

static bool prove_by_cases(const Facts *facts, const Cond *cond, int depth) {
    int64_t least = 0;
    const Term *step = depth == 0 ? NULL : find_step(facts, cond->expr, &least);
    if (step == NULL) return false;
    return prove_case(facts, cond, step, -1, least, depth) && prove_case(facts, cond, step, 1, -least - 1, depth);
}

bool facts_prove_by_cases(const Facts *facts, const Cond *cond) {
    return prove_by_cases(facts, cond, MAX_DEPTH);
}
