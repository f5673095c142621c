/* SPDX-License-Identifier: Apache-2.0 */
/* The default schedule applies to every legal problem. */
#include <string.h>

#include "compiler/plan.h"
#include "tests/support/equivalence.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static Status build(Context *context, const char *text, const char *target) {
    const Source source = {.name = "problem", .text = text, .length = strlen(text)};
    const Plan *plan = NULL;
    const Nest *start = NULL;
    Problem problem;
    PlanRequest request = {.name = "test", .problem = &problem};
    TRY(problem_parse(context, &source, &problem));
    TRY(target_find(context, target, &request.target));
    TRY(plan_build(context, &request, &plan));
    TRY(plan_start(context, &problem, &start));
    return equivalence_check(context, start, plan->nest);
}

/* Found by drawing random problems: clip left no sum, and the schedule went on to unroll its loops. */
static Status build_without_taps(Context *context, void *data) {
    static const char *const texts[] = {
        "conv2d n=1 g=1 c=3 h=2 w=1 k=31 p=1 q=1 r=2 s=1 stride=4,1 pad=1,0,1,0 dilation=3,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias,relu",
        "conv2d n=1 g=1 c=16 h=1 w=21 k=35 p=1 q=21 r=2 s=3 stride=1,1 pad=1,1,2,1 dilation=3,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias",
        "conv2d n=1 g=2 c=8 h=1 w=15 k=16 p=1 q=14 r=6 s=2 stride=1,1 pad=5,0,5,0 dilation=2,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=relu"};
    (void)data;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        TRY(build(context, texts[i], "scalar"));
        TRY(build(context, texts[i], "x86-64-v4"));
    }
    return STATUS_OK;
}

START_TEST(test_layers_whose_taps_all_lie_in_the_padding) {
    run_in_context(build_without_taps, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("default_schedule");
    tcase_add_test(tests, test_layers_whose_taps_all_lie_in_the_padding);
    return run_tests(tests);
}
