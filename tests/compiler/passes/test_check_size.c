/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files of pass check_size, and the registers that it counts. */
#include "base/text.h"
#include "compiler/passes/code_size.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/golden_nest.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

START_TEST(test_golden_files) {
    golden_nest_check_all("compiler/passes", "check_size_");
}
END_TEST

typedef struct Tile {
    const char *target;
    int64_t pixels, vectors;
    const char *inner; /* order of the tile's loops */
    int64_t sums, registers;
} Tile;

/* Sums, the vectors of weights that all pixels share, one broadcast; with vectors outside, the broadcasts that all
 * vectors share and one vector of weights. A product without fused multiply-adds. An operand in memory is free on x86.
 */
static const Tile tiles[] = {
    {"x86-64-v4", 14, 2, "qi kv kl", 28, 31}, {"x86-64-v4", 14, 2, "kv qi kl", 28, 43},
    {"x86-64-v4", 7, 4, "qi kv kl", 28, 33},  {"x86-64-v4", 28, 1, "qi kv kl", 28, 30},
    {"cortex-a72", 3, 2, "qi kv kl", 24, 33}, {"x86-64-v2", 1, 1, "qi kv kl", 4, 6},
    {"cortex-a72", 1, 1, "qi kv kl", 4, 9},
};

static Status check_tile(Context *context, void *data) {
    const Tile *tile = data;
    static const char problem[] =
        "conv2d n=1 g=1 c=8 h=2 w=168 k=64 p=2 q=168 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 "
        "layout=nhwc,nhwc epilogue=bias,relu";
    const Plan *plan = NULL;
    const long long block = (long long)tile->vectors * 16;
    const char *schedule = arena_format(context,
                                        "split q %lld -> qo qi\nsplit k %lld -> ko ki\nsplit ki 16 -> kv kl\n"
                                        "split c 2 -> co cu\nreorder n ko p qo r s co cu %s\nspatial_for kl on lanes\n"
                                        "unroll cu qi kv\naccumulate y at qo in registers\n"
                                        "pack w as [k/%lld r s c k%%%lld] -> wp ahead\n",
                                        (long long)tile->pixels, block, tile->inner, block, block);
    TRY(plan_of(context, tile->target, problem, schedule, &plan));
    CodeSize size = code_size_of(context, plan->nest, plan->target);
    ck_assert_int_eq(size.sums, tile->sums);
    ck_assert_int_eq(size.registers, tile->registers);
    ck_assert_int_eq(size.statements, 4 * tile->sums); /* init, 2 steps, finish */
    ck_assert_int_eq(size.spilling, tile->registers > plan->target->vector_registers ? 2 * tile->sums : 0);
    ck_assert_str_eq(size.buffer->name, "acc");
    ck_assert_int_eq(size.stack_bytes, 4 * tile->pixels * tile->vectors * 16);
    return STATUS_OK;
}

START_TEST(test_live_registers) {
    run_in_context(check_tile, (void *)&tiles[_i]);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("check_size");
    tcase_add_test(tests, test_golden_files);
    tcase_add_loop_test(tests, test_live_registers, 0, (int)(sizeof tiles / sizeof *tiles));
    return run_tests(tests);
}
