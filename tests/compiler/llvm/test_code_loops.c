/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of machine code: found, named and counted on every architecture. */
#include <string.h>

#include "compiler/llvm/code_loops.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

typedef struct Loops {
    const CodeLoop *items;
    size_t count;
} Loops;

static Status loops_of(Context *context, const char *target, const char *problem, const char *schedule, Loops *out) {
    const Plan *plan = NULL;
    TRY(plan_of(context, target, problem, schedule, &plan));
    return emit_code_loops(context, plan, &out->items, &out->count);
}

/* 14 pixels x 2 vectors x 2 channels. */
static Status check_register_tile(Context *context, void *data) {
    (void)data;
    Loops loops;
    TRY(loops_of(context, "x86-64-v4", resnet_problem, resnet_schedule, &loops));
    ck_assert_uint_eq(loops.count, 7);
    const CodeLoop *first = &loops.items[0];
    ck_assert_str_eq(first->name, "co");
    ck_assert_str_eq(first->around, "ko p qo_mid r s");
    ck_assert_int_eq(first->iterations, 2 * 56 * 2 * 3 * 3 * 32);
    ck_assert(first->is_innermost);
    ck_assert_int_eq(first->mix.fmas, 56);
    ck_assert_int_eq(first->mix.broadcasts, 8 + 40); /* instructions, operands */
    ck_assert_int_eq(first->mix.loads, 4);
    ck_assert_int_eq(first->mix.stores, 0);
    ck_assert_int_eq(first->mix.spills, 0);
    ck_assert_int_gt(first->mix.instructions, 56 + 8 + 4);
    ck_assert_ptr_nonnull(strstr(first->code, "vfmadd231ps"));
    ck_assert_ptr_nonnull(strstr(first->code, "vbroadcastss"));
    return STATUS_OK;
}

START_TEST(test_that_the_register_tile_is_found) {
    run_in_context(check_register_tile, NULL);
}
END_TEST

/* The same tile needs 112 sums of 4 lanes. */
static Status check_spills(Context *context, void *data) {
    Loops loops;
    TRY(loops_of(context, data, resnet_problem, resnet_schedule, &loops));
    ck_assert_str_eq(loops.items[0].name, "co");
    ck_assert_int_eq(loops.items[0].mix.fmas, 224);
    ck_assert_int_gt(loops.items[0].mix.spills, 100);
    return STATUS_OK;
}

START_TEST(test_that_spills_are_counted) {
    char *const targets[] = {"x86-64-v2", "cortex-a72", "cortex-a15"};
    run_in_context(check_spills, targets[_i]);
}
END_TEST

/* Every multiply-add of a 1x1 layer is in a loop that is found: their number is known. */
static Status check_total(Context *context, void *data) {
    static const char problem[] =
        "conv2d n=1 g=1 c=24 h=9 w=7 k=64 p=9 q=7 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias,relu";
    const Target *target = target_get(*(const size_t *)data);
    Loops loops;
    int64_t fmas = 0;
    TRY(loops_of(context, target->name, problem, NULL, &loops));
    for (size_t i = 0; i < loops.count; i++) fmas += loops.items[i].iterations * loops.items[i].mix.fmas;
    ck_assert_int_eq(fmas * target->vector_bytes / (int64_t)sizeof(float), 9 * 7 * 24 * 64);
    return STATUS_OK;
}

START_TEST(test_that_all_multiply_adds_are_counted) {
    for (size_t i = 0; target_get(i) != NULL; i++) run_in_context(check_total, &i);
}
END_TEST

/* The seven loops on lanes: stores in the innermost loop. Sorted by work. */
static Status check_naive(Context *context, void *data) {
    (void)data;
    Loops loops;
    TRY(loops_of(context, "cortex-a72", plain_problem, "", &loops));
    ck_assert_uint_ge(loops.count, 1);
    ck_assert_str_eq(loops.items[0].name, "s");
    ck_assert_str_eq(loops.items[0].around, "n k p q c r");
    ck_assert_int_eq(loops.items[0].iterations, 2 * 11 * 7 * 6 * 5 * 3 * 3);
    ck_assert_int_eq(loops.items[0].mix.fmas, 1);
    ck_assert_int_eq(loops.items[0].mix.stores, 1);
    return STATUS_OK;
}

START_TEST(test_the_seven_loops) {
    run_in_context(check_naive, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("code_loops");
    tcase_add_test(tests, test_that_the_register_tile_is_found);
    tcase_add_loop_test(tests, test_that_spills_are_counted, 0, 3);
    tcase_add_test(tests, test_that_all_multiply_adds_are_counted);
    tcase_add_test(tests, test_the_seven_loops);
    return run_tests(tests);
}
