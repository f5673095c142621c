/* SPDX-License-Identifier: Apache-2.0 */
/* Who wins a comparison: clear differences, ties, disturbed rounds. */
#include "tuner/session/compare.h"

#include <math.h>
#include <string.h>

#include "tests/support/run.h"

enum { ROUNDS = 5 };

static const char short_schedule[] = "reorder n p q k c r s\n";
static const char long_schedule[] = "# a comment is no step\nsplit q 4 -> qo qi\nunroll qi\n";

static Measurement measured(const char *schedule, double time_ns) {
    Measurement made = {.candidate = {.schedule = schedule},
                        .status = MEASUREMENT_OK,
                        .time_ns = time_ns,
                        .code_bytes = 100,
                        .visit_count = ROUNDS};
    for (int i = 0; i < ROUNDS; i++) made.visits[i].median_ns = time_ns;
    return made;
}

static size_t winner(const Measurement *a, const Measurement *b) {
    return compare_winner((const Measurement *const[]){a, b}, 2);
}

START_TEST(test_that_what_is_faster_in_each_round_wins) {
    Measurement simple = measured(short_schedule, 100), fast = measured(long_schedule, 98);
    ck_assert(compare_is_faster(&fast, &simple));
    ck_assert(!compare_is_faster(&simple, &fast));
    ck_assert_uint_eq(winner(&simple, &fast), 1);
    ck_assert_uint_eq(winner(&fast, &simple), 0);
}
END_TEST

START_TEST(test_that_less_than_a_percent_is_a_tie) {
    Measurement simple = measured(short_schedule, 100), fast = measured(long_schedule, 99.5);
    ck_assert_uint_eq(winner(&simple, &fast), 0);
    ck_assert_uint_eq(winner(&fast, &simple), 1);
}
END_TEST

/* The load may rise by more than the difference: rounds are compared with themselves. */
START_TEST(test_that_two_rounds_the_other_way_make_a_tie) {
    Measurement simple = measured(short_schedule, 100), fast = measured(long_schedule, 97);
    for (int i = 0; i < ROUNDS; i++) {
        simple.visits[i].median_ns += 50 * i;
        fast.visits[i].median_ns += 50 * i;
    }
    ck_assert_uint_eq(winner(&simple, &fast), 1);
    fast.visits[3].median_ns = simple.visits[3].median_ns + 1;
    ck_assert_uint_eq(winner(&simple, &fast), 1);
    fast.visits[1].median_ns = simple.visits[1].median_ns + 1;
    ck_assert_uint_eq(winner(&simple, &fast), 0);
    fast.time_ns = 94;
    ck_assert_uint_eq(winner(&simple, &fast), 1);
    fast.time_ns = 97;
    simple.visits[1].disturbed = fast.visits[3].disturbed = true;
    ck_assert_uint_eq(winner(&simple, &fast), 1);
}
END_TEST

START_TEST(test_that_the_simpler_schedule_wins_a_tie) {
    Measurement one = measured(short_schedule, 100), two = measured(long_schedule, 100), other = one;
    ck_assert(compare_is_simpler(&one, &two));
    ck_assert(!compare_is_simpler(&two, &one));
    other.code_bytes = 99;
    ck_assert(compare_is_simpler(&other, &one));
    other = measured("reorder k n p q c r s\n", 100);
    ck_assert(compare_is_simpler(&other, &one));
    ck_assert(!compare_is_simpler(&one, &one));
}
END_TEST

START_TEST(test_that_failures_do_not_win) {
    Measurement good = measured(long_schedule, 100), bad = measured(short_schedule, 50);
    bad.status = MEASUREMENT_CRASHED;
    bad.time_ns = NAN;
    ck_assert_uint_eq(winner(&bad, &good), 1);
    ck_assert_uint_eq(winner(&bad, NULL), 2);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("compare");
    tcase_add_test(tests, test_that_what_is_faster_in_each_round_wins);
    tcase_add_test(tests, test_that_less_than_a_percent_is_a_tie);
    tcase_add_test(tests, test_that_two_rounds_the_other_way_make_a_tie);
    tcase_add_test(tests, test_that_the_simpler_schedule_wins_a_tie);
    tcase_add_test(tests, test_that_failures_do_not_win);
    return run_tests(tests);
}
