/* SPDX-License-Identifier: Apache-2.0 */
/* Fourier and Motzkin's elimination with rows tightened to whole numbers, as in the first half of W. Pugh's Omega test
 * ("A practical algorithm for exact array dependence analysis", CACM 35(8), 1992). Systems are small: some loops, their
 * bounds, a guard or two. */
#include "ir/inequalities.h"

#include <string.h>

#include "base/integer.h"

static bool add_product(int64_t factor, int64_t value, int64_t *sum) {
    int64_t product = 0;
    return !__builtin_mul_overflow(factor, value, &product) && !__builtin_add_overflow(*sum, product, sum);
}

bool inequality_add(Inequality *row, const Inequality *other, int64_t factor) {
    bool fits = add_product(factor, other->constant, &row->constant);
    for (int i = 0; i < INEQUALITIES_MAX_VARIABLES; i++)
        if (other->coefficients[i] != 0)
            fits = fits && add_product(factor, other->coefficients[i], &row->coefficients[i]);
    return fits;
}

/* Integers of rows stay below this, so that none leaves int64_t on the way to the sum of two rows that is checked. */
static const int64_t largest_integer = (int64_t)1 << 56;

static bool is_small(const Inequality *row) {
    bool small = row->constant >= -largest_integer && row->constant <= largest_integer;
    for (int i = 0; i < INEQUALITIES_MAX_VARIABLES; i++)
        small = small && row->coefficients[i] >= -largest_integer && row->coefficients[i] <= largest_integer;
    return small;
}

/* Divides out the common factor of the coefficients, which is returned: 0 when there are none. */
static int64_t tighten(Inequality *row) {
    int64_t factor = 0;
    for (int i = 0; i < INEQUALITIES_MAX_VARIABLES; i++)
        if (row->coefficients[i] != 0) factor = integer_gcd(factor, row->coefficients[i]);
    if (factor <= 1) return factor;
    for (int i = 0; i < INEQUALITIES_MAX_VARIABLES; i++) row->coefficients[i] /= factor;
    row->constant = integer_floor_div(row->constant, factor);
    return factor;
}

/* The row that says the same but for its constant; NULL when there is none. */
static Inequality *find_parallel(Inequalities *system, const Inequality *row) {
    for (int i = 0; i < system->count; i++)
        if (memcmp(system->rows[i].coefficients, row->coefficients, sizeof row->coefficients) == 0)
            return &system->rows[i];
    return NULL;
}

void inequalities_add(Inequalities *system, const Inequality *row) {
    Inequality tight = *row;
    if (!is_small(row)) return;
    if (tighten(&tight) == 0) {
        system->is_contradictory |= tight.constant < 0;
        return;
    }
    Inequality *parallel = find_parallel(system, &tight);
    if (parallel != NULL)
        parallel->constant = integer_min(parallel->constant, tight.constant);
    else if (system->count < INEQUALITIES_MAX_ROWS)
        system->rows[system->count++] = tight;
}

/* lower has a positive coefficient of the variable, upper a negative one: adds their sum without it. */
static void add_pair(Inequalities *system, const Inequality *lower, const Inequality *upper, int variable) {
    Inequality sum = {0};
    int64_t a = lower->coefficients[variable], b = upper->coefficients[variable], common = integer_gcd(a, b);
    if (inequality_add(&sum, lower, -b / common) && inequality_add(&sum, upper, a / common))
        inequalities_add(system, &sum);
}

static void eliminate(Inequalities *system, int variable) {
    Inequalities old;
    old.count = system->count;
    memcpy(old.rows, system->rows, (size_t)old.count * sizeof *old.rows);
    system->count = 0;
    for (int i = 0; i < old.count; i++)
        if (old.rows[i].coefficients[variable] == 0) system->rows[system->count++] = old.rows[i];
    for (int i = 0; i < old.count; i++) {
        if (old.rows[i].coefficients[variable] <= 0) continue;
        for (int j = 0; j < old.count; j++)
            if (old.rows[j].coefficients[variable] < 0) add_pair(system, &old.rows[i], &old.rows[j], variable);
    }
}

/* How many rows more there would be without the variable; false when no row has it. */
static bool elimination_cost(const Inequalities *system, int variable, int *out) {
    int lower = 0, upper = 0;
    for (int i = 0; i < system->count; i++) {
        lower += system->rows[i].coefficients[variable] > 0;
        upper += system->rows[i].coefficients[variable] < 0;
    }
    *out = lower * upper - lower - upper;
    return lower + upper > 0;
}

/* The cheapest variable to eliminate; -1 when only `kept` is left. */
static int choose_variable(const Inequalities *system, int kept) {
    int best = -1, least = 0;
    for (int i = 0; i < INEQUALITIES_MAX_VARIABLES; i++) {
        int cost = 0;
        if (i == kept || !elimination_cost(system, i, &cost)) continue;
        if (best < 0 || cost < least) {
            best = i;
            least = cost;
        }
    }
    return best;
}

void inequalities_eliminate_all_but(Inequalities *system, int variable) {
    for (int next = choose_variable(system, variable); next >= 0 && !system->is_contradictory;
         next = choose_variable(system, variable))
        eliminate(system, next);
}
