/* SPDX-License-Identifier: Apache-2.0 */
/* Quasi-affine expressions in canonical form.
 *
 * Terms are sorted by term_compare and merged. A div or mod keeps only what its divisor does not divide: with a = d*u +
 * v (u, v taken term by term), a div d = u + v div d and a mod d = v mod d; a common factor g of v's coefficients and d
 * is divided out of both. As div and mod of one expression keep the same v, d * (v div d) + (v mod d) is recognised and
 * becomes v again: this is how fused loops vanish from the offsets of a tensor whose layout lets them. */
#include "ir/affine.h"

#include "base/integer.h"

#include <assert.h>
#include <string.h>

/* By name, so that the order in which terms print does not depend on the order in which loops were made. */
static int var_compare(const Var *a, const Var *b) {
    if (a == b) return 0;
    int order = strcmp(a->name, b->name);
    if (order == 0) order = strcmp(a->stage, b->stage);
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

/* Total orders, for sorting; affine_equal is made of them. */
static int affine_compare(const Affine *a, const Affine *b);

static int term_compare_shape(const Term *a, const Term *b) {
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind == TERM_VAR) return var_compare(a->var, b->var);
    if (a->divisor != b->divisor) return a->divisor < b->divisor ? -1 : 1;
    return affine_compare(a->inner, b->inner);
}

static int affine_compare(const Affine *a, const Affine *b) {
    if (a == b) return 0;
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (int i = 0; i < a->count; i++) {
        int order = term_compare_shape(&a->terms[i], &b->terms[i]);
        if (order != 0) return order;
        if (a->terms[i].coefficient != b->terms[i].coefficient)
            return a->terms[i].coefficient < b->terms[i].coefficient ? -1 : 1;
    }
    return a->constant < b->constant ? -1 : a->constant > b->constant;
}

bool affine_equal(const Affine *a, const Affine *b) {
    return affine_compare(a, b) == 0;
}

bool affine_is_constant(const Affine *a) {
    return a->count == 0;
}

static Affine *affine_new(Context *context, int64_t constant, int count) {
    Affine *a = arena_alloc(context, sizeof(Affine) + (size_t)count * sizeof(Term));
    a->constant = constant;
    a->count = count;
    return a;
}

const Affine *affine_constant(Context *context, int64_t value) {
    return affine_new(context, value, 0);
}

static const Affine *affine_of_term(Context *context, Term term) {
    Affine *a = affine_new(context, 0, 1);
    a->terms[0] = term;
    return a;
}

const Affine *affine_variable(Context *context, const Var *var) {
    return affine_of_term(context, (Term){.coefficient = 1, .kind = TERM_VAR, .var = var});
}

/* fa * a + fb * b by merging the sorted terms; div and mod of one thing are not joined yet. */
static Affine *combine(Context *context, const Affine *a, int64_t fa, const Affine *b, int64_t fb) {
    Affine *sum = affine_new(context, a->constant * fa + b->constant * fb, a->count + b->count);
    int i = 0, j = 0, count = 0;
    while (i < a->count || j < b->count) {
        int order = i == a->count ? 1 : j == b->count ? -1 : term_compare_shape(&a->terms[i], &b->terms[j]);
        Term term = order <= 0 ? a->terms[i] : b->terms[j];
        int64_t coefficient = 0;
        if (order <= 0) coefficient += a->terms[i++].coefficient * fa;
        if (order >= 0) coefficient += b->terms[j++].coefficient * fb;
        term.coefficient = coefficient;
        if (coefficient != 0) sum->terms[count++] = term;
    }
    sum->count = count;
    return sum;
}

/* Finds c*d*(v div d) + c*(v mod d); false when there is no such pair. */
static bool find_division(const Affine *a, int *div, int *mod) {
    for (int i = 0; i < a->count; i++) {
        const Term *u = &a->terms[i];
        if (u->kind != TERM_DIV) continue;
        for (int j = 0; j < a->count; j++) {
            const Term *v = &a->terms[j];
            if (v->kind == TERM_MOD && v->divisor == u->divisor && u->coefficient == v->coefficient * v->divisor &&
                affine_equal(u->inner, v->inner)) {
                *div = i;
                *mod = j;
                return true;
            }
        }
    }
    return false;
}

/* Replaces c*d*(v div d) + c*(v mod d) by c*v. */
static const Affine *join_division(Context *context, const Affine *a) {
    int div = 0, mod = 0;
    while (find_division(a, &div, &mod)) {
        Affine *rest = affine_new(context, a->constant, a->count);
        rest->count = 0;
        for (int i = 0; i < a->count; i++)
            if (i != div && i != mod) rest->terms[rest->count++] = a->terms[i];
        a = combine(context, rest, 1, a->terms[mod].inner, a->terms[mod].coefficient);
    }
    return a;
}

const Affine *affine_add(Context *context, const Affine *a, const Affine *b) {
    if (a->count == 0) return affine_offset(context, b, a->constant);
    if (b->count == 0) return affine_offset(context, a, b->constant);
    return join_division(context, combine(context, a, 1, b, 1));
}

const Affine *affine_subtract(Context *context, const Affine *a, const Affine *b) {
    return join_division(context, combine(context, a, 1, b, -1));
}

const Affine *affine_offset(Context *context, const Affine *a, int64_t constant) {
    if (constant == 0) return a;
    Affine *sum = affine_new(context, a->constant + constant, a->count);
    memcpy(sum->terms, a->terms, (size_t)a->count * sizeof(Term));
    return sum;
}

const Affine *affine_scale(Context *context, const Affine *a, int64_t factor) {
    if (factor == 1) return a;
    if (factor == 0) return affine_constant(context, 0);
    Affine *product = affine_new(context, a->constant * factor, a->count);
    memcpy(product->terms, a->terms, (size_t)a->count * sizeof(Term));
    for (int i = 0; i < a->count; i++) product->terms[i].coefficient *= factor;
    return product;
}

/* a = divisor * multiple + rest, term by term; 0 <= rest->constant < divisor. */
static void split_multiples(Context *context, const Affine *a, int64_t divisor, Affine **multiple, Affine **rest) {
    *multiple = affine_new(context, integer_floor_div(a->constant, divisor), a->count);
    *rest = affine_new(context, integer_floor_mod(a->constant, divisor), a->count);
    (*multiple)->count = (*rest)->count = 0;
    for (int i = 0; i < a->count; i++) {
        Term term = a->terms[i];
        term.coefficient = a->terms[i].coefficient / divisor;
        if (term.coefficient != 0) (*multiple)->terms[(*multiple)->count++] = term;
        term.coefficient = a->terms[i].coefficient % divisor;
        if (term.coefficient != 0) (*rest)->terms[(*rest)->count++] = term;
    }
}

/* Divides a common factor of v's coefficients and of the divisor out of both; returns it. The constant is rounded down.
 */
static int64_t reduce_common_factor(Affine *v, int64_t *divisor) {
    int64_t factor = *divisor;
    for (int i = 0; i < v->count; i++) factor = integer_gcd(v->terms[i].coefficient, factor);
    for (int i = 0; i < v->count; i++) v->terms[i].coefficient /= factor;
    v->constant = integer_floor_div(v->constant, factor);
    *divisor /= factor;
    return factor;
}

const Affine *affine_div(Context *context, const Affine *a, int64_t divisor) {
    assert(divisor > 0);
    if (divisor == 1) return a;
    Affine *multiple = NULL, *rest = NULL;
    split_multiples(context, a, divisor, &multiple, &rest);
    if (rest->count == 0) return multiple;
    reduce_common_factor(rest, &divisor);
    if (divisor == 1) return affine_add(context, multiple, rest);
    Term term = {.coefficient = 1, .kind = TERM_DIV, .inner = rest, .divisor = divisor};
    return affine_add(context, multiple, affine_of_term(context, term));
}

const Affine *affine_mod(Context *context, const Affine *a, int64_t divisor) {
    assert(divisor > 0);
    if (divisor == 1) return affine_constant(context, 0);
    Affine *multiple = NULL, *rest = NULL;
    split_multiples(context, a, divisor, &multiple, &rest);
    if (rest->count == 0) return rest;
    int64_t constant = rest->constant;
    int64_t factor = reduce_common_factor(rest, &divisor);
    int64_t remainder = integer_floor_mod(constant, factor);
    if (divisor == 1) return affine_constant(context, remainder);
    bool is_reduced = rest->count == 1 && rest->constant == 0 && rest->terms[0].coefficient == 1 &&
                      rest->terms[0].kind == TERM_MOD && rest->terms[0].divisor == divisor;
    if (is_reduced) return affine_offset(context, affine_scale(context, rest, factor), remainder);
    Term term = {.coefficient = factor, .kind = TERM_MOD, .inner = rest, .divisor = divisor};
    return affine_offset(context, affine_of_term(context, term), remainder);
}

static const Affine *term_substitute(Context *context, const Term *term, const Var *var, const Affine *value) {
    if (term->kind == TERM_VAR) {
        if (term->var == var) return affine_scale(context, value, term->coefficient);
        return affine_of_term(context, *term);
    }
    const Affine *inner = affine_substitute(context, term->inner, var, value);
    const Affine *whole =
        term->kind == TERM_DIV ? affine_div(context, inner, term->divisor) : affine_mod(context, inner, term->divisor);
    return affine_scale(context, whole, term->coefficient);
}

const Affine *affine_substitute(Context *context, const Affine *a, const Var *var, const Affine *value) {
    if (!affine_uses(a, var)) return a;
    const Affine *sum = affine_constant(context, a->constant);
    for (int i = 0; i < a->count; i++)
        sum = affine_add(context, sum, term_substitute(context, &a->terms[i], var, value));
    return sum;
}

bool affine_uses(const Affine *a, const Var *var) {
    for (int i = 0; i < a->count; i++) {
        const Term *term = &a->terms[i];
        if (term->kind == TERM_VAR ? term->var == var : affine_uses(term->inner, var)) return true;
    }
    return false;
}

int64_t affine_coefficient(const Affine *a, const Var *var) {
    for (int i = 0; i < a->count; i++)
        if (a->terms[i].kind == TERM_VAR && a->terms[i].var == var) return a->terms[i].coefficient;
    return 0;
}

bool affine_hides(const Affine *a, const Var *var) {
    for (int i = 0; i < a->count; i++)
        if (a->terms[i].kind != TERM_VAR && affine_uses(a->terms[i].inner, var)) return true;
    return false;
}

int64_t affine_evaluate(const Affine *a, const int64_t *values) {
    int64_t sum = a->constant;
    for (int i = 0; i < a->count; i++) {
        const Term *term = &a->terms[i];
        int64_t value = 0;
        switch (term->kind) {
        case TERM_VAR: value = values[term->var->id]; break;
        case TERM_DIV: value = integer_floor_div(affine_evaluate(term->inner, values), term->divisor); break;
        case TERM_MOD: value = integer_floor_mod(affine_evaluate(term->inner, values), term->divisor); break;
        }
        sum += term->coefficient * value;
    }
    return sum;
}

/* An operand of div or mod: a single loop needs no parentheses, a single div or mod has its own. */
static void print_operand(const Affine *a, Text *text) {
    bool is_atom = a->count == 0 || (a->count == 1 && a->constant == 0 && a->terms[0].coefficient == 1);
    if (!is_atom) text_add_string(text, "(");
    affine_print(a, text);
    if (!is_atom) text_add_string(text, ")");
}

static void print_term(const Term *term, int64_t factor, Text *text) {
    if (term->kind == TERM_VAR) {
        text_add_string(text, term->var->name);
        if (factor != 1) text_add(text, "*%lld", (long long)factor);
        return;
    }
    text_add_string(text, "(");
    print_operand(term->inner, text);
    text_add(text, term->kind == TERM_DIV ? " div %lld)" : " mod %lld)", (long long)term->divisor);
    if (factor != 1) text_add(text, "*%lld", (long long)factor);
}

/* The largest coefficient below `factor`, INT64_MIN when there is none. */
static int64_t next_factor(const Affine *a, int64_t factor) {
    int64_t next = INT64_MIN;
    for (int i = 0; i < a->count; i++)
        if (a->terms[i].coefficient < factor && a->terms[i].coefficient > next) next = a->terms[i].coefficient;
    return next;
}

/* The terms with this coefficient, in the order of their loops' names. */
static void print_terms(const Affine *a, int64_t factor, bool *is_first, Text *text) {
    for (int i = 0; i < a->count; i++) {
        if (a->terms[i].coefficient != factor) continue;
        if (factor < 0) text_add_string(text, *is_first ? "-" : " - ");
        if (factor > 0 && !*is_first) text_add_string(text, " + ");
        print_term(&a->terms[i], factor < 0 ? -factor : factor, text);
        *is_first = false;
    }
}

/* Positive terms come first, largest factor first, then the constant, then what is subtracted: "qo*14 + qi + s - 1" and
 * "1 - p" read as people write them. */
void affine_print(const Affine *a, Text *text) {
    bool is_first = true;
    int64_t factor = next_factor(a, INT64_MAX);
    for (; factor > 0; factor = next_factor(a, factor)) print_terms(a, factor, &is_first, text);
    if (is_first && (a->constant != 0 || a->count == 0)) {
        text_add(text, "%lld", (long long)a->constant);
        is_first = false;
    } else if (a->constant != 0) {
        bool is_negative = a->constant < 0;
        text_add(text, is_negative ? " - %lld" : " + %lld", (long long)(is_negative ? -a->constant : a->constant));
    }
    for (; factor > INT64_MIN; factor = next_factor(a, factor)) print_terms(a, factor, &is_first, text);
}
