/* SPDX-License-Identifier: Apache-2.0 */
/* Random points of the recipes apply to every problem, on targets with vectors and without. */
#include "base/text.h"
#include "compiler/plan.h"
#include "compiler/recipes/internal.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/check.h"

#include <string.h>

enum { POINTS = 150 };

static Status build(Context *context, const char *text, const Problem *problem, const Target *target) {
    const Source source = {.name = "point", .text = text, .length = strlen(text)};
    const Plan *plan = NULL;
    PlanRequest request = {.name = "point", .problem = problem, .target = target, .schedule_source = "drawn"};
    TRY(schedule_parse(context, &source, &request.schedule));
    return plan_build(context, &request, &plan);
}

static Status build_point(Context *context, void *data) {
    static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v4"};
    const uint64_t *seed = data;
    Random random = random_new(*seed, 0);
    Problem problem;
    const Target *target = NULL;
    check_draw_problem(&random, &problem);
    TRY(target_find(context, targets[*seed % 3], &target));
    const char *text = recipes_draw(context, &random, &problem, target);
    Text name = text_new(context);
    problem_print(&problem, &name);
    Status status = build(context, text, &problem, target);
    ck_assert_msg(status == STATUS_OK, "%s\n%s%s", text_string(&name), text, diag_message(context));
    return STATUS_OK;
}

START_TEST(test_that_points_of_recipes_apply) {
    for (uint64_t seed = 0; seed < POINTS; seed++) run_in_context(build_point, &seed);
}
END_TEST

/* Found by drawing: of the tail of q no guard limits s, and clip refused all of it. */
static Status build_tiles_that_ask(Context *context, void *data) {
    static const char text[] =
        "deconv2d n=1 g=15 c=15 h=17 w=5 k=30 p=19 q=19 r=4 s=2 stride=1,4 pad=1,0,0,-1 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nchw epilogue=bias";
    const Source source = {.name = "problem", .text = text, .length = strlen(text)};
    const RegisterTileKnobs knobs = {.lanes = 1, .vectors = 1, .columns = 4, .image_rows = 1, .unroll_c = 1};
    const Target *target = NULL;
    Problem problem;
    (void)data;
    TRY(problem_parse(context, &source, &problem));
    TRY(target_find(context, "x86-64-v4", &target));
    return build(context, recipe_register_tile(context, &problem, &knobs), &problem, target);
}

START_TEST(test_transposed_tiles_of_several_pixels_that_do_not_unroll_taps) {
    run_in_context(build_tiles_that_ask, NULL);
}
END_TEST

/* Found by drawing: 5 taps of 4 channels are 20 lines of weights, more than prefetch asks for at once. */
static Status refuse_many_lines(Context *context, void *data) {
    static const char text[] =
        "deconv2d n=3 g=1 c=48 h=4 w=17 k=33 p=2 q=33 r=1 s=5 stride=1,2 pad=0,2,2,2 dilation=2,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias";
    const Source source = {.name = "problem", .text = text, .length = strlen(text)};
    RegisterTileKnobs knobs = {.lane_loop = LANE_K, .lanes = 16, .vectors = 1, .columns = 4, .image_rows = 1};
    Problem problem;
    (void)data;
    knobs.unroll_taps = true;
    knobs.prefetch_w = 4;
    knobs.unroll_c = 4;
    TRY(problem_parse(context, &source, &problem));
    ck_assert(!recipe_prefetches_w(&problem, &knobs));
    knobs.unroll_c = 2;
    ck_assert(recipe_prefetches_w(&problem, &knobs));
    return STATUS_OK;
}

START_TEST(test_that_weights_of_many_taps_are_not_prefetched_at_once) {
    run_in_context(refuse_many_lines, NULL);
}
END_TEST

/* Copies of x with channels first: transposed, with its padding or without, in groups, and where no vector divides it.
 */
static Status build_copies_of_x(Context *context, void *data) {
    static const char *const texts[] = {
        "conv2d n=2 g=2 c=10 h=4 w=8 k=32 p=4 q=8 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
        "layout=nchw,nchw epilogue=bias",
        "conv2d n=1 g=1 c=5 h=4 w=6 k=16 p=2 q=3 r=1 s=1 stride=2,2 pad=0,0,-1,-1 dilation=1,1 type=f32,f32,f32 "
        "layout=nchw,nhwc epilogue=bias",
        "conv1d n=1 g=1 c=5 w=7 k=16 q=7 s=3 stride=1 pad=1,1 dilation=1 type=f32,f32,f32 layout=ncw,nwc "
        "epilogue=bias"};
    RegisterTileKnobs knobs = {.lane_loop = LANE_K, .lanes = 16, .vectors = 1, .columns = 3, .image_rows = 1};
    const Target *target = NULL;
    (void)data;
    TRY(target_find(context, "x86-64-v4", &target));
    knobs.pack_x = true;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const Source source = {.name = "problem", .text = texts[i], .length = strlen(texts[i])};
        Problem problem;
        TRY(problem_parse(context, &source, &problem));
        ck_assert(recipe_may_pack_x(&problem, LANE_K));
        TRY(build(context, recipe_register_tile(context, &problem, &knobs), &problem, target));
    }
    return STATUS_OK;
}

START_TEST(test_copies_of_x) {
    run_in_context(build_copies_of_x, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("draw");
    tcase_add_test(tests, test_that_points_of_recipes_apply);
    tcase_add_test(tests, test_transposed_tiles_of_several_pixels_that_do_not_unroll_taps);
    tcase_add_test(tests, test_that_weights_of_many_taps_are_not_prefetched_at_once);
    tcase_add_test(tests, test_copies_of_x);
    return run_tests(tests);
}
