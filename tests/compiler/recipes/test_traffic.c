/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that the loops around a tile fetch, computed by hand. */
#include <string.h>

#include "compiler/plan.h"
#include "compiler/recipes/internal.h"
#include "ir/footprint.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { CACHE = 32768 };

/* A 1x1 layer: x of 64 KiB, y of 128 KiB, weights of 512 bytes a block of 16 outputs. */
static const char layer[] = "conv2d n=1 g=1 c=8 h=32 w=64 k=16 p=32 q=64 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                            "type=f32,f32,f32 layout=nhwc,nhwc epilogue=none";

static Status parse(Context *context, const char *text, Problem *out) {
    const Source source = {.name = "problem", .text = text, .length = strlen(text)};
    return problem_parse(context, &source, out);
}

static RegisterTileKnobs tile(ChannelOrder order) {
    return (RegisterTileKnobs){.lane_loop = LANE_K,
                               .lanes = 16,
                               .vectors = 1,
                               .columns = 8,
                               .image_rows = 1,
                               .unroll_c = 1,
                               .order = order,
                               .fuse_pixels = true};
}

static double traffic(const Problem *problem, const RegisterTileKnobs *knobs, int64_t cache_bytes) {
    RecipeTraffic bytes = recipe_traffic(problem, knobs, cache_bytes);
    return bytes.x + bytes.w + bytes.y;
}

static Status what_fits_is_not_fetched(Context *context, void *data) {
    (void)data;
    Problem problem;
    TRY(parse(context, layer, &problem));
    RegisterTileKnobs knobs = tile(CHANNELS_OUTSIDE);
    ck_assert_double_eq(traffic(&problem, &knobs, (int64_t)1 << 20), 0);
    return STATUS_OK;
}

/* One block of channels: x, w once, y read and written. */
static Status one_block_is_fetched_once(Context *context, void *data) {
    (void)data;
    Problem problem;
    TRY(parse(context, layer, &problem));
    for (ChannelOrder order = 0; order < CHANNEL_ORDERS; order++) {
        RegisterTileKnobs knobs = tile(order);
        double all = 4 * (2048.0 * 8 + 2 * 2048.0 * 16 + 16 * 8);
        ck_assert_double_eq(traffic(&problem, &knobs, CACHE), all);
    }
    return STATUS_OK;
}

/* Four blocks: outside, x is fetched for each; inside, all that is touched comes once, as the weights of all fit. The
 * pieces of y that a block writes drag 128 bytes along outside. */
static Status blocks_outside_fetch_the_input_again(Context *context, void *data) {
    (void)data;
    Problem problem;
    TRY(parse(context, layer, &problem));
    problem.k = 64;
    RegisterTileKnobs outside = tile(CHANNELS_OUTSIDE), inside = tile(CHANNELS_INSIDE);
    double x = 2048.0 * 8 * 4, w = 64.0 * 8 * 4, y = 2048.0 * 64 * 4, piece = 2048.0 * (16 * 4 + 128);
    ck_assert_double_eq(traffic(&problem, &inside, CACHE), x + w + 2 * y);
    ck_assert_double_eq(traffic(&problem, &outside, CACHE), 4 * (x + w / 4 + 2 * piece));
    ck_assert_double_eq(recipe_traffic(&problem, &inside, CACHE).x, x);
    ck_assert_double_eq(recipe_traffic(&problem, &outside, CACHE).x, 4 * x);
    ck_assert_double_eq(recipe_traffic(&problem, &outside, CACHE).w, w);
    return STATUS_OK;
}

/* Rows of a 3x3 filter overlap: a row of tiles that stays in the cache shares two of its three input rows. */
static Status rows_share_inputs(Context *context, void *data) {
    (void)data;
    Problem problem;
    TRY(parse(context,
              "conv2d n=1 g=1 c=8 h=34 w=66 k=16 p=32 q=64 r=3 s=3 stride=1,1 pad=0,0,0,0 dilation=1,1 "
              "type=f32,f32,f32 layout=nhwc,nhwc epilogue=none",
              &problem));
    RegisterTileKnobs knobs = tile(CHANNELS_OUTSIDE);
    knobs.fuse_pixels = false;
    double all = 4 * (34.0 * 66 * 8 + 2 * 2048.0 * 16 + 16 * 72);
    ck_assert_double_eq(traffic(&problem, &knobs, CACHE), all);
    return STATUS_OK;
}

START_TEST(test_what_fits_is_not_fetched) {
    run_in_context(what_fits_is_not_fetched, NULL);
}
END_TEST

START_TEST(test_one_block_is_fetched_once) {
    run_in_context(one_block_is_fetched_once, NULL);
}
END_TEST

START_TEST(test_blocks_outside_fetch_the_input_again) {
    run_in_context(blocks_outside_fetch_the_input_again, NULL);
}
END_TEST

START_TEST(test_rows_share_inputs) {
    run_in_context(rows_share_inputs, NULL);
}
END_TEST

static double nest_bytes(Context *context, const Problem *problem, const char *text) {
    const Source source = {.name = "schedule", .text = text, .length = strlen(text)};
    PlanRequest request = {.name = "test", .problem = problem, .schedule_source = "file"};
    const Plan *plan = NULL;
    double bytes = 0;
    ck_assert_int_eq(target_find(context, "x86-64-v4", &request.target), STATUS_OK);
    ck_assert_int_eq(schedule_parse(context, &source, &request.schedule), STATUS_OK);
    ck_assert_int_eq(plan_build(context, &request, &plan), STATUS_OK);
    NestTraffic traffic = nest_traffic(context, plan->scheduled, CACHE);
    for (size_t i = 0; i < traffic.count; i++) bytes += traffic.items[i].bytes;
    return bytes;
}

/* Where pixels are used whole, the model without a nest gives what the nest itself does. */
static Status the_nest_agrees(Context *context, void *data) {
    static const char filter[] =
        "conv2d n=1 g=1 c=8 h=34 w=66 k=16 p=32 q=64 r=3 s=3 stride=1,1 pad=0,0,0,0 dilation=1,1 "
        "type=f32,f32,f32 layout=nhwc,nhwc epilogue=none";
    const char *const texts[] = {layer, filter, layer};
    (void)data;
    for (int i = 0; i < 3; i++) {
        Problem problem;
        TRY(parse(context, texts[i], &problem));
        if (i == 2) problem.k = 64;
        RegisterTileKnobs knobs = tile(CHANNELS_INSIDE);
        knobs.fuse_pixels = texts[i] == layer;
        double bytes = nest_bytes(context, &problem, recipe_register_tile(context, &problem, &knobs));
        ck_assert_double_eq(bytes, traffic(&problem, &knobs, CACHE));
    }
    return STATUS_OK;
}

START_TEST(test_that_the_nest_agrees) {
    run_in_context(the_nest_agrees, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("traffic");
    tcase_add_test(tests, test_what_fits_is_not_fetched);
    tcase_add_test(tests, test_one_block_is_fetched_once);
    tcase_add_test(tests, test_blocks_outside_fetch_the_input_again);
    tcase_add_test(tests, test_rows_share_inputs);
    tcase_add_test(tests, test_that_the_nest_agrees);
    return run_tests(tests);
}
