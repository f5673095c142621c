/* SPDX-License-Identifier: Apache-2.0 */
/* The default schedules of ResNet-50's layers leave LLVM enough registers, of 16 and of 32: no inner loop spills a
 * vector. All lists and targets: test_spills_slow.c. */
#include "tests/compiler/llvm/list_loops.h"
#include "tests/support/run.h"

static const char *const targets[] = {"cortex-a15", "cortex-a72", "x86-64-v4"};

START_TEST(test_that_no_inner_loop_spills) {
    ListLoops counted = {0};
    list_loops_count(targets[_i], "resnet50", &counted);
    ck_assert_uint_eq(counted.layers, 23);
    ck_assert_int_ge(counted.least_fmas, 20);
    ck_assert_int_eq(counted.mix.spills, 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("spills");
    tcase_add_loop_test(tests, test_that_no_inner_loop_spills, 0, (int)(sizeof targets / sizeof *targets));
    return run_tests(tests);
}
