/* SPDX-License-Identifier: Apache-2.0 */
/* The main function of a Check test program, so that each test file ends in
 *     int main(void) {
 *         TCase *tests = tcase_create("scan");
 *         tcase_add_test(tests, test_that_blanks_are_skipped);
 *         return run_tests(tests);
 *     }
 */
#ifndef SEPTET_TESTS_SUPPORT_RUN_H
#define SEPTET_TESTS_SUPPORT_RUN_H

#include <check.h>

/* Exit status by which a whole test program tells ctest that it was skipped; print "SKIPPED: why" first. */
#define TEST_SKIPPED 77

/* Runs the tests and prints the failed ones. The program's exit status: 0 when all passed. */
int run_tests(TCase *tests);

#endif
