/* SPDX-License-Identifier: Apache-2.0 */
/* The check passes right kernels and finds wrong ones. A wrong kernel is one that was compiled from another problem
 * than the one it is checked against. */
#include "tuner/check.h"

#include <string.h>

#include "compiler/frontend/frontend.h"
#include "compiler/llvm/emit.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/resolve.h"

static const char right[] = "c=4 h=6 w=6 k=8 r=3 s=3 pad=1 bias relu";

typedef struct Case {
    const char *compiled; /* what the object computes */
    CheckVerdict verdict;
    const char *detail; /* part of it */
    const char *target;
    bool all_outputs;
    const char *bytes; /* in place of the object's */
} Case;

static Status build(Context *context, const char *spec, const char *target_name, const Plan **out) {
    const LayerList *layers;
    PlanRequest request = {.name = "checked"};
    TRY(frontend_read_conv(context, spec, NULL, &layers));
    TRY(target_find(context, target_name, &request.target));
    request.problem = &layers->items[0].problem;
    return resolve_plan(context, &request, out);
}

static Status run_case(Context *context, void *data) {
    const Case *test = data;
    const Plan *plan, *compiled;
    const char *bytes;
    size_t length;
    CheckReport report;
    TRY(build(context, right, test->target, &plan));
    TRY(build(context, test->compiled, test->target, &compiled));
    TRY(emit_kernel(context, compiled, EMIT_OBJECT, &bytes, &length));
    if (test->bytes != NULL) {
        bytes = test->bytes;
        length = strlen(bytes);
    }
    const CheckReference *reference = check_reference_new(context, &plan->problem, test->all_outputs);
    TRY(check_kernel(context, reference, plan, bytes, length, &report));
    ck_assert_msg(report.verdict == test->verdict, "%s instead of %s: %s", check_verdict_name(report.verdict),
                  check_verdict_name(test->verdict), report.detail);
    ck_assert_msg(strstr(report.detail, test->detail) != NULL, "%s", report.detail);
    if (report.verdict != CHECK_OK) return STATUS_OK;
    ck_assert_double_gt(report.error_l2, 0);
    ck_assert_double_lt(report.error_l2, 1e-6);
    ck_assert_double_gt(report.error_max, 0);
    ck_assert_double_lt(report.error_max, report.bound);
    ck_assert_double_eq(report.bound, (4 * 9 + 3) * 0x1p-24);
    return STATUS_OK;
}

START_TEST(test_that_right_kernels_pass) {
    static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    const Target *target;
    Context *context;
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
    ck_assert_int_eq(target_find(context, targets[_i], &target), STATUS_OK);
    context_free(context);
    if (!target_runs_here(target, NULL)) return;
    Case passes = {right, CHECK_OK, "", targets[_i], _i % 2 == 0, NULL};
    run_in_context(run_case, &passes);
}
END_TEST

START_TEST(test_that_wrong_kernels_are_found) {
    static Case cases[] = {
        /* no relu: negative results */
        {"c=4 h=6 w=6 k=8 r=3 s=3 pad=1 bias", CHECK_WRONG, "expected 0", "host", false, NULL},
        /* padding of one side only: wrong rows */
        {"c=4 h=6 w=6 k=8 r=3 s=3 p=6 pad=0,1,2,1 bias relu", CHECK_WRONG, "integer data: y[n 0, k ", "host", false,
         NULL},
        /* a row less: the last one is never written */
        {"c=4 h=6 w=6 k=8 r=3 s=3 p=5 q=6 pad=1,1,0,1 bias relu", CHECK_WRONG, "p 5, q 0] was not written", "host",
         false, NULL},
        /* more rows of input: reads behind x, where nothing may be read */
        {"c=4 h=2000 w=6 k=8 r=3 s=3 pad=1 bias relu", CHECK_CRASHED, "the kernel was ended by signal 11", "host",
         false, NULL},
        /* more weights: packing reads behind them */
        {"c=400 h=6 w=6 k=8 r=3 s=3 pad=1 bias relu", CHECK_CRASHED, "NAME_pack was ended by signal", "host", false,
         NULL},
        {right, CHECK_CRASHED, "cannot be linked", "host", false, "this is no object"},
    };
    run_in_context(run_case, &cases[_i]);
}
END_TEST

static Status check_foreign(Context *context, void *data) {
    (void)data;
    const Plan *plan;
    CheckReport report;
    TRY(build(context, right, "scalar", &plan));
    static const CpuFeature missing = {.name = "wings", .question = QUESTION_CPUID_LEAVES, .x86.bits = UINT32_MAX};
    Target foreign = *plan->target;
    foreign.required = &missing;
    foreign.required_count = 1;
    Plan unfit = *plan;
    unfit.target = &foreign;
    const CheckReference *reference = check_reference_new(context, &plan->problem, false);
    ck_assert_int_eq(check_kernel(context, reference, &unfit, "", 0, &report), STATUS_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "this machine cannot run scalar: it lacks wings"));
    return STATUS_OK;
}

START_TEST(test_that_a_foreign_target_is_said_so) {
    run_in_context(check_foreign, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("check");
    tcase_add_loop_test(tests, test_that_right_kernels_pass, 0, 4);
    tcase_add_loop_test(tests, test_that_wrong_kernels_are_found, 0, 6);
    tcase_add_test(tests, test_that_a_foreign_target_is_said_so);
    return run_tests(tests);
}
