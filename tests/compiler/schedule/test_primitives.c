/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files of the primitives: each shows what a step makes of a nest, or why it does not apply; what comes out is
 * also interpreted. */
#include "tests/support/golden_nest.h"
#include "tests/support/run.h"

START_TEST(test_golden_files) {
    golden_nest_check_all("compiler/schedule", "");
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("primitives");
    tcase_add_test(tests, test_golden_files);
    return run_tests(tests);
}
