/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules of huge factors, for a layer as large as they get and for a small one: each is read, applied and lowered,
 * or refused at its place; nothing overflows (the sanitizers see to that). */
#include <string.h>

#include "compiler/plan.h"
#include "tests/support/huge.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char *const schedules[] = {
    "split k @ -> ko ki",
    "split k @ tail=guard -> ko ki\nsplit ki @ tail=guard -> kj kl",
    "split k @ tail=peel -> ko ki",
    "split c @ tail=guard -> co ci\nsplit co @ tail=guard -> cp cq\nfuse cp cq -> cc",
    "tile p @ q @ -> po pi qo qi",
    "tile p 3 q @ -> po pi qo qi",
    "unroll c by @",
    "peel q @ @ -> a b c0",
    "peel q 1 @ -> a b c0",
    "fuse n p -> f\nsplit f @ tail=guard -> fo fi",
    "pack w as [k/@ r s c k%@] -> wp ahead",
    "pack w as [k/2 r s c k/@%2 k%@] -> wp ahead",
    "split k @ tail=guard -> ko ki\nspatial_for ki on lanes",
    "split c @ tail=guard -> co ci\nunroll ci",
};

#define REST "r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=none"

static const char *const problems[] = {
    "conv2d n=1 g=1 c=6 h=7 w=7 k=6 p=7 q=7 " REST,
    "conv2d n=1 g=1 c=65536 h=65535 w=65535 k=65536 p=65535 q=65535 " REST,
    "conv2d n=1 g=1 c=2147483647 h=1 w=1 k=131072 p=1 q=1 " REST,
};

static Status build(Context *context, const char *problem_text, const char *steps) {
    const Source line = {"problem", problem_text, strlen(problem_text)}, source = {"text", steps, strlen(steps)};
    Problem problem;
    const Plan *plan;
    PlanRequest request = {.name = "kernel", .problem = &problem, .schedule_source = "file"};
    ck_assert_msg(problem_parse(context, &line, &problem) == STATUS_OK, "%s", diag_message(context));
    TRY(target_find(context, "x86-64-v3", &request.target));
    TRY(schedule_parse(context, &source, &request.schedule));
    return plan_build(context, &request, &plan);
}

static Status apply(Context *context, void *data) {
    const int *form = data;
    int refused = 0;
    for (int i = 0; i < HUGE_COUNT; i++) {
        const char *steps = huge_fill_in(context, schedules[*form], i);
        for (size_t j = 0; j < sizeof problems / sizeof problems[0]; j++) {
            Status status = build(context, problems[j], steps);
            bool is_answer = status == STATUS_OK || status == STATUS_INVALID || status == STATUS_REFUSED ||
                             status == STATUS_UNPROVED;
            ck_assert_msg(is_answer, "%s\n%s: status %d, %s", problems[j], steps, (int)status, diag_message(context));
            refused += status != STATUS_OK;
        }
    }
    diag_clear(context);
    ck_assert_int_gt(refused, 0);
    return STATUS_OK;
}

START_TEST(test_that_factors_of_schedules_do_not_overflow) {
    run_in_context(apply, &_i);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("overflow");
    tcase_add_loop_test(tests, test_that_factors_of_schedules_do_not_overflow, 0,
                        sizeof schedules / sizeof schedules[0]);
    return run_tests(tests);
}
