/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions that are given as tensor expressions of several stages compute what the reference computes, on every
 * target that this machine runs: stages in workspace and on the stack, placed at loops. */
#include <stdio.h>

#include "compiler/llvm/emit.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/check.h"

typedef struct Case {
    const char *shows, *file, *schedule;
} Case;

static const Case cases[] = {
    {"im2col, the whole matrix first", "small_d_im2col.txt", ""},
    {"im2col, rows of the matrix where they are read", "small_d_im2col.txt",
     "reorder y.n y.p y.q y.k y.r y.s y.c\nplace L at y.p in workspace\n"},
    {"im2col, on the stack, for one pixel", "small_d_im2col.txt",
     "reorder y.n y.p y.q y.k y.r y.s y.c\nplace L at y.q in stack\n"},
    {"MEC, the lowered tensor first", "small_d_mec.txt", ""},
    {"MEC, for one column of pixels", "small_d_mec.txt", "reorder y.n y.q y.p y.k y.r y.s y.c\nplace L at y.q\n"},
};

enum { CASE_COUNT = sizeof cases / sizeof cases[0] };

typedef struct Run {
    const Case *test;
    const Target *target;
} Run;

static Status compile_and_check(Context *context, const Run *run, CheckReport *report) {
    const Plan *plan = NULL;
    const char *bytes = NULL;
    size_t length = 0;
    TRY(plan_of_expression(context, run->target->name, run->test->file, run->test->schedule, &plan));
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    const CheckReference *reference = check_reference_new(context, &plan->problem, true);
    return check_kernel(context, reference, plan, bytes, length, report);
}

static Status check_case(Context *context, void *data) {
    const Run *run = data;
    CheckReport report = {0};
    Status status = compile_and_check(context, run, &report);
    ck_assert_msg(status == STATUS_OK, "%s on %s: %s", run->test->shows, run->target->name, diag_message(context));
    ck_assert_msg(report.verdict == CHECK_OK, "%s on %s: %s, %s", run->test->shows, run->target->name,
                  check_verdict_name(report.verdict), report.detail);
    return STATUS_OK;
}

START_TEST(test_expressions) {
    const Target *target = target_get((size_t)(_i / CASE_COUNT));
    const char *missing = NULL;
    if (!target_runs_here(target, &missing)) {
        printf("SKIPPED: kernels of %s; this machine lacks %s\n", target->name, missing);
        return;
    }
    Run run = {&cases[_i % CASE_COUNT], target};
    run_in_context(check_case, &run);
}
END_TEST

int main(void) {
    int targets = 0;
    while (target_get((size_t)targets) != NULL) targets++;
    TCase *tests = tcase_create("expressions");
    tcase_add_loop_test(tests, test_expressions, 0, targets * CASE_COUNT);
    return run_tests(tests);
}
