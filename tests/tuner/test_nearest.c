/* SPDX-License-Identifier: Apache-2.0 */
/* How far problems are apart. */
#include "tuner/nearest.h"

#include <math.h>

#include "tests/support/run.h"

static Problem layer(int64_t c, int64_t k, int64_t size, int64_t kernel) {
    Problem problem = problem_default(2);
    problem.c = c;
    problem.k = k;
    for (int i = 0; i < 2; i++) {
        problem.dimension[i].input = problem.dimension[i].output = size;
        problem.dimension[i].kernel = kernel;
        problem.dimension[i].pad_begin = problem.dimension[i].pad_end = kernel / 2;
    }
    return problem;
}

static double distance(Problem a, Problem b) {
    ck_assert(nearest_distance(&a, &b) == nearest_distance(&b, &a));
    return nearest_distance(&a, &b);
}

START_TEST(test_that_ratios_add_up) {
    ck_assert_double_eq(distance(layer(64, 64, 56, 3), layer(64, 64, 56, 3)), 0);
    ck_assert_double_eq(distance(layer(64, 64, 56, 3), layer(128, 64, 56, 3)), 1);
    ck_assert_double_eq(distance(layer(64, 64, 56, 3), layer(128, 32, 28, 3)), 4);
}
END_TEST

START_TEST(test_that_the_epilogue_does_not_count) {
    Problem plain = layer(64, 64, 56, 3), biased = plain;
    biased.epilogue_count = 1;
    biased.epilogue[0].kind = EPILOGUE_BIAS;
    ck_assert_double_eq(distance(plain, biased), 0);
}
END_TEST

START_TEST(test_that_other_kinds_are_no_neighbours) {
    Problem plain = layer(64, 64, 56, 3), strided = plain, grouped = plain, blocked = plain, transposed = plain;
    strided.dimension[0].stride = 2;
    grouped.g = 64;
    blocked.x_layout = (ActivationLayout){LAYOUT_CHANNELS_BLOCKED, 16};
    transposed.transposed = true;
    ck_assert_double_infinite(distance(plain, strided));
    ck_assert_double_infinite(distance(plain, grouped));
    ck_assert_double_infinite(distance(plain, blocked));
    ck_assert_double_infinite(distance(plain, transposed));
    ck_assert_double_infinite(distance(plain, layer(64, 64, 56, 1)));
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("nearest");
    tcase_add_test(tests, test_that_ratios_add_up);
    tcase_add_test(tests, test_that_the_epilogue_does_not_count);
    tcase_add_test(tests, test_that_other_kinds_are_no_neighbours);
    return run_tests(tests);
}
