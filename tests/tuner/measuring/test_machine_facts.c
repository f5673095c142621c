/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the machine are read, and what is not there is not made up. */
#include "tuner/measuring/machine_facts.h"

#include "tests/support/run.h"

START_TEST(a_quota_is_in_cores) {
    ck_assert_double_eq(machine_facts_quota("200000 100000"), 2);
    ck_assert_double_eq(machine_facts_quota("50000 100000"), 0.5);
    ck_assert_double_nan(machine_facts_quota("max 100000"));
    ck_assert_double_nan(machine_facts_quota(""));
    ck_assert_double_nan(machine_facts_quota("1 0"));
}
END_TEST

START_TEST(a_file_that_is_not_there_says_nothing) {
    char text[MACHINE_FACT_BYTES] = "before";
    machine_facts_read("/nonexistent/fact", text, sizeof text);
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(this_machine_has_a_core_and_a_clock) {
    MachineFacts facts = machine_facts();
    ck_assert_int_ge(facts.cores, 1);
    ck_assert_double_gt(facts.timer_ns, 0);
    ck_assert(facts.load >= 0 || facts.load != facts.load);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("machine_facts");
    tcase_add_test(tests, a_quota_is_in_cores);
    tcase_add_test(tests, a_file_that_is_not_there_says_nothing);
    tcase_add_test(tests, this_machine_has_a_core_and_a_clock);
    return run_tests(tests);
}
