/* SPDX-License-Identifier: Apache-2.0 */
/* Loops marked tile become instructions on whole vectors, where the target has vectors. That they compute the right
 * numbers is seen in test_expressions.c. */
#include <string.h>

#include "compiler/llvm/emit.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static int count_of(const char *text, const char *word) {
    int count = 0;
    for (const char *found = strstr(text, word); found != NULL; found = strstr(found + 1, word)) count++;
    return count;
}

/* Two tiles of 16 channels are one loop: 4 rounds of 16 shuffles; the columns have 14 numbers. */
static Status check_transpose(Context *context, void *data) {
    const char *target = data, *text = NULL;
    const Plan *plan = NULL;
    size_t length = 0;
    TRY(plan_of_golden(context, target, "trace_f_small.golden", &plan));
    TRY(emit_kernel(context, plan, EMIT_LLVM_IR, &text, &length));
    bool has_vectors = plan->target->vector_bytes > (int64_t)sizeof(float);
    int columns = count_of(text, "store <14 x float>"), shuffles = count_of(text, "shufflevector <16 x float>");
    ck_assert_int_eq(columns, has_vectors ? 16 : 0);
    ck_assert_msg(has_vectors ? shuffles >= 4 * 16 : shuffles == 0, "%d shuffles", shuffles);
    return STATUS_OK;
}

START_TEST(test_that_transposes_are_shuffles) {
    run_in_context(check_transpose, (char[]){"x86-64-v4"});
    run_in_context(check_transpose, (char[]){"cortex-a72"});
}
END_TEST

/* Three products, and each makes one instruction; 8 pixels are a loop. */
static Status check_dot(Context *context, void *data) {
    const char *target = data, *text = NULL;
    const Plan *plan = NULL;
    size_t length = 0;
    TRY(plan_of_golden(context, target, "trace_b_dot.golden", &plan));
    TRY(emit_kernel(context, plan, EMIT_ASSEMBLY, &text, &length));
    ck_assert_int_eq(count_of(text, "\tvdpbf16ps\t"), plan->target->dot_bf16 ? 3 : 0);
    return STATUS_OK;
}

START_TEST(test_that_dot_products_are_instructions) {
    run_in_context(check_dot, (char[]){"x86-64-v4-bf16"});
}
END_TEST

START_TEST(test_that_targets_without_dot_products_run_loops) {
    run_in_context(check_dot, (char[]){"x86-64-v4"});
    run_in_context(check_dot, (char[]){"cortex-a72"});
}
END_TEST

START_TEST(test_that_targets_without_vectors_run_loops) {
    run_in_context(check_transpose, (char[]){"scalar"});
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("tile");
    tcase_add_test(tests, test_that_transposes_are_shuffles);
    tcase_add_test(tests, test_that_dot_products_are_instructions);
    tcase_add_test(tests, test_that_targets_without_dot_products_run_loops);
    tcase_add_test(tests, test_that_targets_without_vectors_run_loops);
    return run_tests(tests);
}
