/* SPDX-License-Identifier: Apache-2.0 */
/* The check passes right kernels and finds wrong ones. A wrong kernel is one that was compiled from another problem
 * than the one it is checked against. */
#include "tuner/check.h"

#include <stdio.h>
#include <string.h>

#include "compiler/frontend/frontend.h"
#include "compiler/llvm/emit.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/compile_object.h"
#include "tuner/resolve.h"

static const char right[] = "c=4 h=6 w=6 k=8 r=3 s=3 pad=1 bias relu";

typedef struct Case {
    const char *compiled; /* what the object computes */
    CheckVerdict verdict;
    const char *detail; /* part of it */
    const char *bytes;  /* in place of the object's */
    const char *target;
    const char *emulator_cpu; /* in place of the target's */
    bool all_outputs;
} Case;

static Status build(Context *context, const char *spec, const char *target_name, const Plan **out) {
    const LayerList *layers;
    PlanRequest request = {.name = "checked"};
    TRY(frontend_read_conv(context, spec, NULL, &layers));
    TRY(target_find(context, target_name, &request.target));
    request.problem = &layers->items[0].problem;
    return resolve_plan(context, &request, NULL, out);
}

static Status run_case(Context *context, void *data) {
    const Case *test = data;
    const Plan *plan, *compiled;
    const char *bytes;
    size_t length;
    CheckReport report;
    TRY(build(context, right, test->target, &plan));
    TRY(build(context, test->compiled, test->target, &compiled));
    Plan checked = *plan;
    Target target = *plan->target;
    if (test->emulator_cpu != NULL) target.emulator.cpu = test->emulator_cpu;
    checked.target = &target;
    TRY(emit_kernel(context, compiled, EMIT_OBJECT, &bytes, &length));
    if (test->bytes != NULL) {
        bytes = test->bytes;
        length = strlen(bytes);
    }
    const CheckReference *reference = check_reference_new(context, &plan->problem, test->all_outputs);
    TRY(check_kernel(context, reference, &checked, bytes, length, &report));
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

/* Run here, and in an emulator. */
static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v3", "x86-64-v4", "host", "cortex-a72"};

enum { TARGET_COUNT = sizeof targets / sizeof targets[0], HOST = TARGET_COUNT - 2 };

static Status try_machine(Context *context, void *data) {
    const char **name = data;
    const Target *target;
    Machine machine;
    TRY(target_find(context, *name, &target));
    Status status = machine_new(context, target, &machine);
    machine_free(&machine);
    if (status != STATUS_UNSUPPORTED) return status;
    printf("SKIPPED: check on %s; %s\n", *name, diag_message(context));
    *name = NULL;
    return STATUS_OK;
}

static bool is_at_hand(const char *name) {
    run_in_context(try_machine, &name);
    return name != NULL;
}

START_TEST(test_that_right_kernels_pass) {
    Case passes = {right, CHECK_OK, "", .target = targets[_i], .all_outputs = _i % 2 == 0};
    if (is_at_hand(targets[_i])) run_in_context(run_case, &passes);
}
END_TEST

static const Case wrong_cases[] = {
    /* no relu: negative results */
    {"c=4 h=6 w=6 k=8 r=3 s=3 pad=1 bias", CHECK_WRONG, .detail = "expected 0"},
    /* padding of one side only: wrong rows */
    {"c=4 h=6 w=6 k=8 r=3 s=3 p=6 pad=0,1,2,1 bias relu", CHECK_WRONG, .detail = "integer data: y[n 0, k "},
    /* a row less: the last one is never written */
    {"c=4 h=6 w=6 k=8 r=3 s=3 p=5 q=6 pad=1,1,0,1 bias relu", CHECK_WRONG, .detail = "p 5, q 0] was not written"},
    /* more rows of input: reads behind x, where nothing may be read */
    {"c=4 h=2000 w=6 k=8 r=3 s=3 pad=1 bias relu", CHECK_CRASHED, .detail = "the kernel was ended by signal 11"},
    /* more weights: packing reads behind them */
    {"c=400 h=6 w=6 k=8 r=3 s=3 pad=1 bias relu", CHECK_CRASHED, .detail = "NAME_pack was ended by signal"},
    {right, CHECK_CRASHED, "cannot be linked", .bytes = "this is no object"},
};

enum { WRONG_COUNT = sizeof wrong_cases / sizeof wrong_cases[0] };

START_TEST(test_that_wrong_kernels_are_found) {
    Case wrong = wrong_cases[_i % WRONG_COUNT];
    wrong.target = targets[HOST + _i / WRONG_COUNT];
    if (is_at_hand(wrong.target)) run_in_context(run_case, &wrong);
}
END_TEST

/* A core without the dot product runs the kernel of one that has it. */
START_TEST(test_that_an_emulated_cpu_that_lacks_something_is_found) {
    Case lacking = {right, CHECK_CRASHED, "NAME_supported says no", .target = "neoverse-n1",
                    .emulator_cpu = "cortex-a72"};
    if (is_at_hand(lacking.target)) run_in_context(run_case, &lacking);
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
    tcase_add_loop_test(tests, test_that_right_kernels_pass, 0, TARGET_COUNT);
    tcase_add_loop_test(tests, test_that_wrong_kernels_are_found, 0, 2 * WRONG_COUNT);
    tcase_add_test(tests, test_that_an_emulated_cpu_that_lacks_something_is_found);
    tcase_add_test(tests, test_that_a_foreign_target_is_said_so);
    return run_tests(tests);
}
