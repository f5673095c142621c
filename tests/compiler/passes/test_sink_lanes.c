/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files of pass sink_lanes. */
#include "tests/support/golden_nest.h"
#include "tests/support/run.h"

START_TEST(test_golden_files) {
    golden_nest_check_all("compiler/passes", "sink_lanes_");
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("sink_lanes");
    tcase_add_test(tests, test_golden_files);
    return run_tests(tests);
}
