/* SPDX-License-Identifier: Apache-2.0 */
/* The default schedule applies to every legal problem. */
#include <string.h>

#include "compiler/plan.h"
#include "tests/support/equivalence.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static Status plan_of(Context *context, const char *text, const char *target, const Nest **start, const Plan **out) {
    const Source source = {.name = "problem", .text = text, .length = strlen(text)};
    Problem problem;
    PlanRequest request = {.name = "test", .problem = &problem};
    TRY(problem_parse(context, &source, &problem));
    TRY(target_find(context, target, &request.target));
    TRY(plan_start(context, &problem, start));
    return plan_build(context, &request, out);
}

static Status build(Context *context, const char *text, const char *target) {
    const Plan *plan = NULL;
    const Nest *start = NULL;
    TRY(plan_of(context, text, target, &start, &plan));
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

/* Transposed layers: all taps unrolled; too many for that; a stride above the filter; output padding; groups on lanes.
 * The last one was found by drawing: its guard `(p - 3*r) div 2 >= 0` was no bound of r to clip. */
static Status build_transposed(Context *context, void *data) {
    static const char *const texts[] = {
        "deconv2d n=1 g=1 c=3 h=4 w=9 k=18 p=8 q=18 r=4 s=4 stride=2,2 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias,relu",
        "deconv1d n=1 g=1 c=2 w=3 k=5 q=96 s=64 stride=32 pad=16,16 dilation=1 type=f32,f32,f32 layout=nwc,nwc "
        "epilogue=none",
        "deconv2d n=1 g=1 c=2 h=3 w=4 k=3 p=8 q=11 r=2 s=2 stride=3,3 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nchw epilogue=bias",
        "deconv2d n=1 g=1 c=2 h=3 w=4 k=3 p=6 q=9 r=3 s=3 stride=2,2 pad=1,1,0,-1 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias",
        "deconv2d n=1 g=20 c=20 h=3 w=3 k=20 p=6 q=6 r=4 s=4 stride=2,2 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias",
        "deconv3d n=1 g=5 c=5 d=5 h=1 w=6 k=25 z=4 p=1 q=10 t=2 r=4 s=3 stride=1,2,2 pad=2,0,1,1,9,2 dilation=2,3,1 "
        "type=f32,f32,f32 layout=ndhwc,ncdhw epilogue=bias,add,silu"};
    (void)data;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        TRY(build(context, texts[i], "scalar"));
        TRY(build(context, texts[i], "x86-64-v4"));
    }
    return STATUS_OK;
}

START_TEST(test_transposed_layers) {
    run_in_context(build_transposed, NULL);
}
END_TEST

static void count_conditions(void *data, const Stmt *stmt) {
    if (stmt->kind == STMT_IF) *(int *)data += stmt->guard.count;
    stmt_visit_children(stmt, count_conditions, data);
}

/* Is there a loop over c below, and no condition in it? */
static void visit_channel_loops(void *data, const Stmt *stmt) {
    if (stmt->kind == STMT_FOR && strcmp(stmt->loop.var->name, "c") == 0) {
        int conditions = 0;
        count_conditions(&conditions, stmt);
        ck_assert_int_eq(conditions, 0);
        (*(int *)data)++;
    }
    stmt_visit_children(stmt, visit_channel_loops, data);
}

static Status find_guards(Context *context, void *data) {
    static const char *const texts[] = {
        "deconv2d n=1 g=1 c=64 h=28 w=28 k=64 p=56 q=56 r=4 s=4 stride=2,2 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias,relu",
        "deconv2d n=1 g=1 c=64 h=14 w=15 k=32 p=27 q=29 r=3 s=3 stride=2,2 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias",
        "deconv2d n=1 g=1 c=21 h=8 w=8 k=21 p=256 q=256 r=64 s=64 stride=32,32 pad=16,16,16,16 dilation=1,1 "
        "type=f32,f32,f32 layout=nhwc,nhwc epilogue=none"};
    const Plan *plan = NULL;
    const Nest *start = NULL;
    (void)data;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int loops = 0;
        TRY(plan_of(context, texts[i], "x86-64-v4", &start, &plan));
        visit_channel_loops(&loops, plan->nest->body);
        ck_assert_int_gt(loops, 0);
    }
    return STATUS_OK;
}

/* Tiles hold whole phases, so that the stride decides whether any fits; depthwise ones leave registers free. */
static Status plan_all_strides(Context *context, void *data) {
    enum { MAX_STRIDE = 32, INPUTS = 3 };
    for (int stride = 2; stride <= MAX_STRIDE; stride++) {
        const Plan *plan = NULL;
        const Nest *start = NULL;
        const char *text = arena_format(context,
                                        "deconv1d n=1 g=16 c=16 w=%d k=16 q=%d s=3 stride=%d pad=0,0 dilation=1 "
                                        "type=f32,f32,f32 layout=nwc,nwc epilogue=none",
                                        INPUTS, (INPUTS - 1) * stride + 3, stride);
        TRY(plan_of(context, text, *(const char *const *)data, &start, &plan));
    }
    return STATUS_OK;
}

START_TEST(test_that_a_tile_fits_for_every_stride) {
    for (size_t i = 0; target_get(i) != NULL; i++) {
        const char *target = target_get(i)->name;
        run_in_context(plan_all_strides, &target);
    }
}
END_TEST

START_TEST(test_that_transposed_sums_run_without_guards) {
    run_in_context(find_guards, NULL);
}
END_TEST

/* Loops of that name, by the conditions in them. */
typedef struct GuardCount {
    const char *loop;
    int free, guarded;
} GuardCount;

static void count_guarded_loops(void *data, const Stmt *stmt) {
    GuardCount *count = data;
    if (stmt->kind == STMT_FOR && strcmp(stmt->loop.var->name, count->loop) == 0) {
        int conditions = 0;
        count_conditions(&conditions, stmt);
        if (conditions == 0)
            count->free++;
        else
            count->guarded++;
    }
    stmt_visit_children(stmt, count_guarded_loops, data);
}

/* 28 x 29 pixels on lanes, or 40 groups: whole tiles run without masks, and only a last tile of its own has them. */
static Status find_masks(Context *context, void *data) {
    static const struct {
        const char *loop, *text;
    } cases[] = {{"c", "conv2d n=1 g=1 c=7 h=28 w=29 k=20 p=28 q=29 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                       "type=f32,f32,f32 layout=nchw,nchw epilogue=bias,relu"},
                 {"r", "conv2d n=1 g=40 c=40 h=14 w=31 k=40 p=10 q=27 r=5 s=5 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                       "type=f32,f32,f32 layout=nhwc,nhwc epilogue=bias"}};
    const Plan *plan = NULL;
    const Nest *start = NULL;
    (void)data;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GuardCount count = {.loop = cases[i].loop};
        TRY(plan_of(context, cases[i].text, "x86-64-v4", &start, &plan));
        count_guarded_loops(&count, plan->nest->body);
        ck_assert_int_gt(count.free, 0);
        ck_assert_int_gt(count.guarded, 0);
        TRY(equivalence_check(context, start, plan->nest));
        TRY(build(context, cases[i].text, "cortex-a72"));
    }
    return STATUS_OK;
}

START_TEST(test_that_whole_tiles_of_pixels_or_groups_on_lanes_run_without_masks) {
    run_in_context(find_masks, NULL);
}
END_TEST

/* Channels first with k on lanes: strides, few pixels, groups, a residual, and numbers of pixels and channels that no
 * vector divides; images of one pixel, whose channels are neighbours after all. */
static Status build_channels_first(Context *context, void *data) {
    static const char *const sizes[] = {
        "conv2d n=2 g=1 c=5 h=9 w=9 k=32 p=5 q=5 r=3 s=3 stride=2,2 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
        "layout=nchw,nchw epilogue=bias,add,relu",
        "conv2d n=1 g=2 c=6 h=4 w=8 k=24 p=2 q=4 r=1 s=1 stride=2,2 pad=0,0,-1,-1 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nchw epilogue=add",
        "conv2d n=1 g=1 c=3 h=7 w=7 k=17 p=4 q=4 r=3 s=3 stride=2,2 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
        "layout=nchw,nchw epilogue=add",
        "conv1d n=1 g=1 c=3 w=27 k=16 q=13 s=3 stride=2 pad=0,0 dilation=1 type=f32,f32,f32 layout=ncw,ncw "
        "epilogue=bias",
        "conv3d n=1 g=1 c=2 d=4 h=5 w=5 k=8 z=2 p=3 q=3 t=3 r=3 s=3 stride=2,2,2 pad=1,1,1,0,1,1 dilation=1,1,1 "
        "type=f32,f32,f32 layout=ncdhw,ncdhw epilogue=bias",
        "conv2d n=2 g=2 c=10 h=4 w=8 k=128 p=4 q=8 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
        "layout=nchw,nchw epilogue=bias",
        "conv2d n=1 g=1 c=5 h=4 w=6 k=256 p=2 q=3 r=1 s=1 stride=2,2 pad=0,0,-1,-1 dilation=1,1 type=f32,f32,f32 "
        "layout=nchw,nhwc epilogue=bias",
        "conv2d n=3 g=1 c=8 h=1 w=1 k=20 p=1 q=1 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 "
        "layout=nchw,nchw epilogue=add"};
    (void)data;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        TRY(build(context, sizes[i], "x86-64-v4"));
        TRY(build(context, sizes[i], "x86-64-v3"));
        TRY(build(context, sizes[i], "cortex-a72"));
    }
    return STATUS_OK;
}

START_TEST(test_channels_first) {
    run_in_context(build_channels_first, NULL);
}
END_TEST

/* Too many taps to unroll at the border: sums read a copy of x with its padding, and have no guards. */
static Status build_many_taps(Context *context, void *data) {
    static const char *const texts[] = {
        "conv1d n=1 g=1 c=3 w=30 k=20 q=30 s=11 stride=1 pad=5,5 dilation=1 type=f32,f32,f32 layout=nwc,nwc "
        "epilogue=bias",
        "conv2d n=2 g=1 c=3 h=10 w=11 k=16 p=10 q=11 r=9 s=9 stride=1,1 pad=4,4,4,4 dilation=1,1 type=f32,f32,f32 "
        "layout=nchw,nhwc epilogue=bias",
        "conv2d n=1 g=2 c=6 h=3 w=11 k=8 p=3 q=11 r=1 s=9 stride=1,1 pad=0,4,0,4 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias"};
    const Plan *plan = NULL;
    const Nest *start = NULL;
    (void)data;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        GuardCount count = {.loop = "c"};
        TRY(plan_of(context, texts[i], "x86-64-v4", &start, &plan));
        count_guarded_loops(&count, plan->nest->body);
        ck_assert_int_eq(count.guarded, 0);
        TRY(equivalence_check(context, start, plan->nest));
        TRY(build(context, texts[i], "cortex-a72"));
    }
    return STATUS_OK;
}

START_TEST(test_that_many_taps_run_without_guards) {
    run_in_context(build_many_taps, NULL);
}
END_TEST

/* Vectors lie within blocks, whatever the sizes of vectors and blocks. */
static Status build_blocked(Context *context, void *data) {
    static const char *const sizes[] = {
        "n=1 g=1 c=24 h=3 w=4 k=40 p=3 q=4 r=1 s=1",  "n=1 g=1 c=24 h=3 w=4 k=32 p=3 q=4 r=1 s=1",
        "n=1 g=24 c=24 h=3 w=4 k=24 p=3 q=4 r=1 s=1", "n=1 g=2 c=48 h=3 w=4 k=32 p=3 q=4 r=1 s=1",
        "n=1 g=5 c=20 h=3 w=4 k=20 p=3 q=4 r=1 s=1",  "n=1 g=2 c=20 h=3 w=4 k=20 p=3 q=4 r=1 s=1"};
    static const char *const layouts[] = {"nChw16c,nChw16c", "nChw8c,nChw8c", "nhwc,nChw12c", "nChw4c,nhwc",
                                          "nChw3c,nChw3c"};
    static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v3", "x86-64-v4", "cortex-a72"};
    (void)data;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t j = 0; j < sizeof layouts / sizeof *layouts; j++)
            for (size_t k = 0; k < sizeof targets / sizeof *targets; k++)
                TRY(build(context,
                          arena_format(context,
                                       "conv2d %s stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 layout=%s "
                                       "epilogue=bias,relu",
                                       sizes[i], layouts[j]),
                          targets[k]));
    return STATUS_OK;
}

START_TEST(test_blocked_layouts) {
    run_in_context(build_blocked, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("default_schedule");
    tcase_add_test(tests, test_layers_whose_taps_all_lie_in_the_padding);
    tcase_add_test(tests, test_transposed_layers);
    tcase_add_test(tests, test_that_a_tile_fits_for_every_stride);
    tcase_add_test(tests, test_that_transposed_sums_run_without_guards);
    tcase_add_test(tests, test_that_whole_tiles_of_pixels_or_groups_on_lanes_run_without_masks);
    tcase_add_test(tests, test_channels_first);
    tcase_add_test(tests, test_that_many_taps_run_without_guards);
    tcase_add_test(tests, test_blocked_layouts);
    return run_tests(tests);
}
