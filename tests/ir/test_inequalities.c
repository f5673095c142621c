/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/inequalities.h: limits by hand, contradictions that only whole numbers make, random systems against
 * enumeration, and systems too large to be kept. */
#include "ir/inequalities.h"

#include <check.h>

#include "base/random.h"
#include "tests/support/run.h"

enum { X, Y, Z, VARIABLES };

static Inequality row(int64_t constant, int64_t x, int64_t y, int64_t z) {
    return (Inequality){.constant = constant, .coefficients = {x, y, z}};
}

static void add(Inequalities *system, Inequality inequality) {
    inequalities_add(system, &inequality);
}

START_TEST(test_bounds_of_bounds) {
    Inequalities system = {0};
    add(&system, row(0, 0, 1, 0));   /* y >= 0 */
    add(&system, row(9, 0, -1, 0));  /* y <= 9 */
    add(&system, row(-1, 1, -2, 0)); /* x >= 2y + 1 */
    add(&system, row(3, -1, 2, 0));  /* x <= 2y + 3 */
    inequalities_eliminate_all_but(&system, X);
    ck_assert(!system.is_contradictory);
    ck_assert_int_eq(system.count, 2);
    for (int i = 0; i < 2; i++) {
        bool is_lower = system.rows[i].coefficients[X] > 0;
        ck_assert_int_eq(system.rows[i].coefficients[X], is_lower ? 1 : -1);
        ck_assert_int_eq(system.rows[i].constant, is_lower ? -1 : 21);
    }
}
END_TEST

/* 4x lies between 1 and 3; and 2x + 2y = 1. */
START_TEST(test_no_whole_number) {
    Inequalities between = {0}, odd = {0};
    add(&between, row(-1, 4, 0, 0));
    add(&between, row(3, -4, 0, 0));
    inequalities_eliminate_all_but(&between, Y);
    ck_assert(between.is_contradictory);
    add(&odd, row(-1, 2, 2, 0));
    add(&odd, row(1, -2, -2, 0));
    inequalities_eliminate_all_but(&odd, Z);
    ck_assert(odd.is_contradictory);
}
END_TEST

/* Of two parallel rows the sharper one is kept, and only that. */
START_TEST(test_parallel_rows) {
    Inequalities system = {0};
    for (int64_t i = 5; i > 0; i--) add(&system, row(2 * i + 1, 2, -4, 0));
    ck_assert_int_eq(system.count, 1);
    ck_assert_int_eq(system.rows[0].constant, 1);
    ck_assert_int_eq(system.rows[0].coefficients[Y], -2);
}
END_TEST

START_TEST(test_what_does_not_fit_is_forgotten) {
    Inequalities system = {0};
    Inequality sum = row(INT64_MAX, 1, 0, 0), other = row(1, 1, 0, 0);
    ck_assert(!inequality_add(&sum, &other, 1));
    add(&system, row(INT64_MIN, 1, 0, 0));
    add(&system, row(0, INT64_MIN, 1, 0));
    ck_assert_int_eq(system.count, 0);
    for (int64_t i = 1; i <= 2 * INEQUALITIES_MAX_ROWS; i++) add(&system, row(0, 1, i, i * i));
    ck_assert_int_eq(system.count, INEQUALITIES_MAX_ROWS);
    for (int64_t i = 1; i <= INEQUALITIES_MAX_ROWS; i++) add(&system, row(-1, -1, i, -i * i));
    inequalities_eliminate_all_but(&system, Z);
    ck_assert(!system.is_contradictory);
}
END_TEST

static bool holds(const Inequality *inequality, const int64_t *values) {
    int64_t sum = inequality->constant;
    for (int i = 0; i < VARIABLES; i++) sum += inequality->coefficients[i] * values[i];
    return sum >= 0;
}

static bool all_hold(const Inequalities *system, const int64_t *values) {
    for (int i = 0; i < system->count; i++)
        if (!holds(&system->rows[i], values)) return false;
    return true;
}

/* Every point of a box that fulfils the system fulfils what is left of it. */
static int count_points(const Inequalities *system, const Inequalities *left, int64_t reach) {
    int points = 0;
    int64_t values[VARIABLES];
    for (values[X] = -reach; values[X] <= reach; values[X]++)
        for (values[Y] = -reach; values[Y] <= reach; values[Y]++)
            for (values[Z] = -reach; values[Z] <= reach; values[Z]++) {
                if (!all_hold(system, values)) continue;
                ck_assert(!left->is_contradictory && all_hold(left, values));
                points++;
            }
    return points;
}

START_TEST(test_random_systems) {
    enum { ROUNDS = 400, ROWS = 6, REACH = 5 };
    Random random = random_new(6, 0);
    int contradictions = 0, empty = 0;
    for (int round = 0; round < ROUNDS; round++) {
        Inequalities system = {0};
        for (int i = 0; i < VARIABLES; i++) {
            Inequality low = {.constant = REACH}, high = {.constant = REACH};
            low.coefficients[i] = 1;
            high.coefficients[i] = -1;
            add(&system, low);
            add(&system, high);
        }
        for (int i = 0; i < ROWS; i++)
            add(&system, row(random_integer(&random, -6, 9), random_integer(&random, -4, 4),
                             random_integer(&random, -4, 4), random_integer(&random, -4, 4)));
        Inequalities left = system, none = system;
        inequalities_eliminate_all_but(&left, X);
        inequalities_eliminate_all_but(&none, VARIABLES);
        empty += system.is_contradictory || count_points(&system, &left, REACH) == 0;
        contradictions += none.is_contradictory;
    }
    ck_assert_int_le(contradictions, empty);
    ck_assert_int_gt(contradictions, empty * 3 / 4); /* most are found */
    ck_assert_int_gt(empty, ROUNDS / 20);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("inequalities");
    tcase_add_test(tests, test_bounds_of_bounds);
    tcase_add_test(tests, test_no_whole_number);
    tcase_add_test(tests, test_parallel_rows);
    tcase_add_test(tests, test_what_does_not_fit_is_forgotten);
    tcase_add_test(tests, test_random_systems);
    return run_tests(tests);
}
