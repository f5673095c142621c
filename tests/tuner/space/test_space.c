/* SPDX-License-Identifier: Apache-2.0 */
/* Points of a recipe's space: numbers, texts, neighbours, draws. */
#include "tuner/space/space.h"

#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char layer[] = "conv2d n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 "
                            "dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=bias,relu";

static const RecipeSpace *space_of(Context *context, const char *text) {
    const Source source = {.name = "problem", .text = text, .length = strlen(text)};
    Problem *problem = ARENA_NEW(context, Problem);
    const Target *target = NULL;
    ck_assert_int_eq(problem_parse(context, &source, problem), STATUS_OK);
    ck_assert_int_eq(target_find(context, "x86-64-v4", &target), STATUS_OK);
    return recipe_space_new(context, problem, target, 1);
}

static const char *print(Context *context, const Space *space, const Point *point) {
    Text text = text_new(context);
    space_print_point(space, point, &text);
    return text_string(&text);
}

static Status parse(Context *context, const Space *space, const char *text, Point *out) {
    const Source source = {.name = "point", .text = text, .length = strlen(text)};
    return space_parse_point(context, space, &source, out);
}

static Status check_round_trips(Context *context, void *data) {
    (void)data;
    Space space = space_of_recipe(space_of(context, layer), true);
    Random random = random_new(1, 0);
    for (int i = 0; i < 100; i++) {
        Point point = {{0}}, read = {{0}};
        ck_assert(space_draw(&space, &random, &point));
        int64_t index = space_index(&space, &point);
        ck_assert(index >= 0 && index < space_size(&space));
        Point counted = space_point(&space, index);
        ck_assert_mem_eq(&counted, &point, sizeof point);
        TRY(parse(context, &space, print(context, &space, &point), &read));
        ck_assert_mem_eq(&read, &point, sizeof point);
    }
    return STATUS_OK;
}

START_TEST(test_round_trips) {
    run_in_context(check_round_trips, NULL);
}
END_TEST

static Status check_texts(Context *context, void *data) {
    (void)data;
    Space space = space_of_recipe(space_of(context, layer), true);
    Point point = {{0}};
    TRY(parse(context, &space, "columns=14 lane_loop=k lanes=16 vectors=2", &point));
    ck_assert_str_eq(print(context, &space, &point),
                     "lane_loop=k lanes=16 vectors=2 columns=14 image_rows=1 unroll_c=1 order=outside unroll_taps=no "
                     "fuse_pixels=no pack_x=no prefetch_x=no prefetch_w=0");
    static const struct {
        const char *text, *message;
    } refused[] = {{"lane_loop=k lane=16", "no knob has this name"},
                   {"lane_loop=k lanes=16 lanes=8", "'lanes' is given twice"},
                   {"lane_loop=k lanes=3", "no point of this problem has that value of 'lanes'"},
                   {"lane_loop=q", "no point of this problem has that value of 'lane_loop'"},
                   {"lane_loop", "expected '='"},
                   {"lanes=16", "'lane_loop' is missing"}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        ck_assert_int_eq(parse(context, &space, refused[i].text, &point), STATUS_INVALID);
        ck_assert_msg(strstr(diag_message(context), refused[i].message) != NULL, "%s", diag_message(context));
    }
    return STATUS_OK;
}

START_TEST(test_texts) {
    run_in_context(check_texts, NULL);
}
END_TEST

static Status check_steps(Context *context, void *data) {
    (void)data;
    Space space = space_of_recipe(space_of(context, layer), false);
    for (int knob = 0; knob < space.knob_count; knob++) {
        Point next = {{0}}, back = {{0}};
        if (!space_step(&space, &space.start, knob, 1, &next)) continue;
        ck_assert(space_allows(&space, &next));
        ck_assert_int_gt(next.index[knob], space.start.index[knob]);
        ck_assert(space_step(&space, &next, knob, -1, &back));
        ck_assert_mem_eq(&back, &space.start, sizeof back);
    }
    return STATUS_OK;
}

START_TEST(test_steps_along_knobs) {
    run_in_context(check_steps, NULL);
}
END_TEST

/* Blocks of channels that neither lie inside groups nor hold whole ones: no recipe. */
static Status check_empty(Context *context, void *data) {
    (void)data;
    Space space = space_of_recipe(
        space_of(context, "conv2d n=1 g=2 c=24 h=8 w=8 k=24 p=8 q=8 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                          "type=f32,f32,f32 layout=nChw16c,nChw16c epilogue=none"),
        true);
    Random random = random_new(1, 0);
    Point point;
    ck_assert_int_eq(space_size(&space), 0);
    ck_assert(!space_draw(&space, &random, &point));
    return STATUS_OK;
}

START_TEST(test_that_a_space_may_be_empty) {
    run_in_context(check_empty, NULL);
}
END_TEST

/* Counts are those of looking at each point. */
static Status check_count(Context *context, void *data) {
    (void)data;
    Space all = space_of_recipe(space_of(context, layer), true),
          searched = space_of_recipe(space_of(context, layer), false);
    SpaceCount of_all = space_count(&all), of_searched = space_count(&searched);
    ck_assert(of_all.exact);
    ck_assert_int_eq(of_all.legal, of_all.allowed);
    ck_assert_int_eq(of_all.legal, of_searched.legal);
    ck_assert_int_gt(of_searched.allowed, 0);
    ck_assert_int_lt(of_searched.allowed, of_all.allowed);
    ck_assert_int_lt(of_all.legal, space_size(&all));
    return STATUS_OK;
}

START_TEST(test_counts) {
    run_in_context(check_count, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("space");
    tcase_add_test(tests, test_round_trips);
    tcase_add_test(tests, test_texts);
    tcase_add_test(tests, test_steps_along_knobs);
    tcase_add_test(tests, test_that_a_space_may_be_empty);
    tcase_add_test(tests, test_counts);
    return run_tests(tests);
}
