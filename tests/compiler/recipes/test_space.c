/* SPDX-License-Identifier: Apache-2.0 */
/* A legal point is one whose schedule applies, and the start is the analytic default: over random problems of every
 * kind and random points. Points that are not legal have a reason. */
#include <string.h>

#include "compiler/plan.h"
#include "compiler/recipes/recipes.h"
#include "compiler/recipes/space.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/check.h"

enum { PROBLEMS = 90, POINTS = 4, STARTS = 400, DRAWN = 2000 };

static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v4", "cortex-a72"};
enum { TARGETS = sizeof targets / sizeof targets[0] };

static Status build(Context *context, const RecipeSpace *space, const char *text) {
    const Source source = {.name = "point", .text = text, .length = strlen(text)};
    const Plan *plan = NULL;
    PlanRequest request = {.name = "point",
                           .problem = space->problem,
                           .target = space->target,
                           .threads = space->threads,
                           .schedule_source = "drawn"};
    TRY(schedule_parse(context, &source, &request.schedule));
    return plan_build(context, &request, &plan);
}

static Point draw_point(Random *random, const RecipeSpace *space) {
    Point point = {{0}};
    for (int i = 0; i < space->knob_count; i++)
        point.index[i] = (int)random_integer(random, 0, space->knobs[i].count - 1);
    return point;
}

static const char *print(Context *context, const RecipeSpace *space, const Point *point) {
    Text text = text_new(context);
    problem_print(space->problem, &text);
    text_add(&text, "\n%s:", space->target->name);
    for (int i = 0; i < space->knob_count; i++)
        text_add(&text, " %s=%lld", space->knobs[i].name, (long long)space->knobs[i].values[point->index[i]]);
    return text_string(&text);
}

static const RecipeSpace *draw_space(Context *context, Random *random, uint64_t seed) {
    Problem *problem = ARENA_NEW(context, Problem);
    const Target *target = NULL;
    check_draw_problem(random, problem);
    ck_assert_int_eq(target_find(context, targets[seed % TARGETS], &target), STATUS_OK);
    return recipe_space_new(context, problem, target, (int)random_integer(random, 1, 4));
}

static Status check_points(Context *context, void *data) {
    const uint64_t *seed = data;
    Random random = random_new(*seed, 1);
    const RecipeSpace *space = draw_space(context, &random, *seed);
    for (int i = 0; i < POINTS && space->recipe != NULL; i++) {
        Point point = draw_point(&random, space);
        if (!recipe_space_legal(space, &point)) continue;
        const char *text = recipe_space_schedule(context, space, &point);
        Status status = build(context, space, text);
        ck_assert_msg(status == STATUS_OK, "seed %d\n%s\n%s%s", (int)*seed, print(context, space, &point), text,
                      diag_message(context));
    }
    return STATUS_OK;
}

START_TEST(test_that_schedules_of_legal_points_apply) {
    for (uint64_t seed = 0; seed < PROBLEMS; seed++) run_in_context(check_points, &seed);
}
END_TEST

static Status check_start(Context *context, void *data) {
    const uint64_t *seed = data;
    Random random = random_new(*seed, 2);
    const RecipeSpace *space = draw_space(context, &random, *seed);
    const char *text = recipes_default(context, space->problem, space->target, space->threads);
    ck_assert_int_eq(space->recipe == NULL, strcmp(text, "") == 0);
    if (space->recipe == NULL) return STATUS_OK;
    ck_assert_msg(recipe_space_legal(space, &space->start), "%s", print(context, space, &space->start));
    ck_assert_msg(recipe_space_promising(space, &space->start), "%s", print(context, space, &space->start));
    ck_assert_str_eq(recipe_space_schedule(context, space, &space->start), text);
    return STATUS_OK;
}

START_TEST(test_that_the_start_is_the_default) {
    for (uint64_t seed = 0; seed < STARTS; seed++) run_in_context(check_start, &seed);
}
END_TEST

static const char *const layers[] = {
    "conv2d n=1 g=1 c=64 h=56 w=57 k=67 p=56 q=57 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=bias,relu",
    "conv2d n=1 g=1 c=3 h=64 w=64 k=64 p=32 q=32 r=7 s=7 stride=2,2 pad=3,3,2,2 dilation=1,1 type=f32,f32,f32 "
    "layout=nchw,nchw epilogue=bias",
    "deconv2d n=1 g=1 c=8 h=9 w=33 k=18 p=18 q=66 r=4 s=4 stride=2,2 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=none",
};
enum { LAYERS = sizeof layers / sizeof layers[0] };

/* The points with the longest code are those at which the limit of statements might fail. */
static Status check_largest(Context *context, void *data) {
    const char *text = *(const char *const *)data;
    const Source source = {.name = "problem", .text = text, .length = strlen(text)};
    const Target *target = NULL;
    Problem problem;
    TRY(problem_parse(context, &source, &problem));
    TRY(target_find(context, "x86-64-v4", &target));
    const RecipeSpace *space = recipe_space_new(context, &problem, target, 2);
    Random random = random_new(3, 0);
    Point largest = space->start;
    int64_t most = 0;
    for (int i = 0; i < DRAWN; i++) {
        Point point = draw_point(&random, space);
        if (!recipe_space_legal(space, &point)) continue;
        int64_t statements = recipe_space_statements(space, &point);
        if (statements <= most) continue;
        most = statements;
        largest = point;
    }
    Status status = build(context, space, recipe_space_schedule(context, space, &largest));
    ck_assert_msg(status == STATUS_OK, "%s\n%s", print(context, space, &largest), diag_message(context));
    return STATUS_OK;
}

START_TEST(test_that_the_largest_points_apply) {
    for (size_t i = 0; i < LAYERS; i++) run_in_context(check_largest, (void *)&layers[i]);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("space");
    tcase_add_test(tests, test_that_schedules_of_legal_points_apply);
    tcase_add_test(tests, test_that_the_start_is_the_default);
    tcase_add_test(tests, test_that_the_largest_points_apply);
    return run_tests(tests);
}
