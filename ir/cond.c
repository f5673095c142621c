/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: evaluated, rewritten, printed as people write them. */
#include "ir/cond.h"

bool cond_holds(const Cond *cond, const int64_t *values) {
    int64_t value = affine_evaluate(cond->expr, values);
    return cond->equality ? value == 0 : value >= 0;
}

Cond cond_substitute(Context *context, Cond cond, const Var *var, const Affine *value) {
    cond.expr = affine_substitute(context, cond.expr, var, value);
    return cond;
}

Cond cond_tighten(Context *context, Cond cond) {
    int64_t common = 0;
    for (int i = 0; i < cond.expr->count; i++) {
        int64_t rest = cond.expr->terms[i].coefficient;
        while (rest != 0) {
            int64_t remainder = common % rest;
            common = rest;
            rest = remainder;
        }
    }
    common = common < 0 ? -common : common;
    if (common > 1 && !cond.equality) cond.expr = affine_div(context, cond.expr, common);
    return cond;
}

/* Would d * expr stay in the range of indices, so that it can still be added to? */
static bool can_scale(const Affine *expr, int64_t d) {
    int64_t largest = ((int64_t)1 << 48) / d;
    bool fits = expr->constant <= largest && expr->constant >= -largest;
    for (int i = 0; i < expr->count; i++)
        fits = fits && expr->terms[i].coefficient <= largest && expr->terms[i].coefficient >= -largest;
    return fits;
}

Cond cond_multiply_out(Context *context, Cond cond) {
    for (int i = 0; i < cond.expr->count && !cond.equality; i++) {
        const Term *term = &cond.expr->terms[i];
        bool is_plain = term->kind == TERM_DIV && (term->coefficient == 1 || term->coefficient == -1);
        if (!is_plain || !can_scale(cond.expr, term->divisor)) continue;
        const Affine *whole = affine_scale(context, affine_div(context, term->inner, term->divisor), term->coefficient);
        const Affine *rest = affine_scale(context, affine_subtract(context, cond.expr, whole), term->divisor);
        const Affine *expr = affine_add(context, rest, affine_scale(context, term->inner, term->coefficient));
        cond.expr = term->coefficient > 0 ? expr : affine_offset(context, expr, term->divisor - 1);
        return cond;
    }
    return cond;
}

static bool has_positive_term(const Affine *expr) {
    for (int i = 0; i < expr->count; i++) {
        if (expr->terms[i].coefficient > 0) return true;
    }
    return false;
}

/* a >= 0 and b >= 0 bound one expression from both sides: a + b is a constant. */
static bool is_other_side(Context *context, const Cond *a, const Cond *b) {
    if (a->equality || b->equality || affine_is_constant(a->expr)) return false;
    return affine_is_constant(affine_add(context, a->expr, b->expr));
}

/* "0 <= p + r - 1 < 56" of p + r - 1 >= 0 and 56 - p - r >= 0, whichever came first. */
static void print_both_sides(const Cond *a, const Cond *b, Text *text) {
    const Affine *shown = has_positive_term(a->expr) ? a->expr : b->expr;
    const Affine *sum = affine_add(text->context, a->expr, b->expr);
    text_add_string(text, "0 <= ");
    affine_print(shown, text);
    text_add(text, " < %lld", (long long)sum->constant + 1);
}

/* "p + r < 57" rather than "56 - p - r >= 0". */
static void print_upper(const Cond *cond, Text *text) {
    Context *context = text->context;
    const Affine *negated = affine_scale(context, cond->expr, -1);
    affine_print(affine_offset(context, negated, cond->expr->constant), text);
    text_add(text, " < %lld", (long long)cond->expr->constant + 1);
}

static void print_single(const Cond *cond, Text *text) {
    if (!cond->equality && cond->expr->count > 0 && !has_positive_term(cond->expr)) {
        print_upper(cond, text);
        return;
    }
    affine_print(cond->expr, text);
    text_add_string(text, cond->equality ? " = 0" : " >= 0");
}

void cond_print_list(const Cond *conds, int count, const char *separator, Text *text) {
    bool *is_printed = ARENA_ARRAY(text->context, bool, (size_t)count + 1);
    bool is_first = true;
    for (int i = 0; i < count; i++) {
        if (is_printed[i]) continue;
        if (!is_first) text_add_string(text, separator);
        is_first = false;
        int other = i + 1;
        while (other < count && (is_printed[other] || !is_other_side(text->context, &conds[i], &conds[other]))) other++;
        if (other == count) {
            print_single(&conds[i], text);
        } else {
            is_printed[other] = true;
            print_both_sides(&conds[i], &conds[other], text);
        }
    }
}

void cond_print_all(const Cond *conds, int count, Text *text) {
    cond_print_list(conds, count, " && ", text);
}
