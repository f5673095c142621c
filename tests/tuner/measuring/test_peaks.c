/* SPDX-License-Identifier: Apache-2.0 */
/* Rooflines from peaks that are known. */
#include "tests/support/run.h"
#include "tuner/measuring/peaks.h"

static const Peaks peaks = {.threads = 1, .read_gbs = {400, 100, 20, 10}, .cache_bytes = {48000, 2000000, 100000000}};

static Problem fully_connected(int64_t c, int64_t k) {
    Problem problem = problem_default(2);
    problem.c = c;
    problem.k = k;
    return problem;
}

START_TEST(many_flops_are_bound_by_the_peak) {
    Problem problem = fully_connected(100, 100);
    for (int i = 0; i < 2; i++) problem.dimension[i].input = problem.dimension[i].output = 100;
    ck_assert_double_eq_tol(peaks_roofline_ns(&peaks, &problem, 100, false), 2.0 * 100 * 100 * 10000 / 100, 1e-6);
}
END_TEST

START_TEST(weights_beyond_l2_come_from_l3) {
    Problem problem = fully_connected(1000, 1000);
    double bytes = 4 * (1000 + 1000 + 1e6);
    ck_assert_double_eq_tol(peaks_roofline_ns(&peaks, &problem, 100, false), (bytes - 2e6) / 20, 1e-6);
}
END_TEST

START_TEST(cold_weights_come_from_dram) {
    Problem problem = fully_connected(1000, 1000);
    ck_assert_double_eq_tol(peaks_roofline_ns(&peaks, &problem, 100, true), 4e6 / 10, 1e-6);
}
END_TEST

START_TEST(what_fits_into_l2_is_bound_by_l2) {
    Problem problem = fully_connected(100, 100);
    ck_assert_double_eq_tol(peaks_roofline_ns(&peaks, &problem, 1e9, false), 4 * (200 + 1e4) / 100, 1e-6);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("peaks");
    tcase_add_test(tests, many_flops_are_bound_by_the_peak);
    tcase_add_test(tests, weights_beyond_l2_come_from_l3);
    tcase_add_test(tests, cold_weights_come_from_dram);
    tcase_add_test(tests, what_fits_into_l2_is_bound_by_l2);
    return run_tests(tests);
}
