/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files of pass fold_constants. */
#include "tests/support/golden_nest.h"
#include "tests/support/run.h"

START_TEST(test_golden_files) {
    golden_nest_check_all("compiler/passes", "fold_constants_");
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("fold_constants");
    tcase_add_test(tests, test_golden_files);
    return run_tests(tests);
}
