/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one Check test case as a program. */
#include "tests/support/run.h"

#include <stdlib.h>

int run_tests(TCase *tests) {
    Suite *suite = suite_create("septet");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
