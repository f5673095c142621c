/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled kernels compute what the reference computes: each way of emitting a statement, on every target that this
 * machine runs. check_kernel compares integer data bit for bit, in buffers whose ends fault. */
#include <stdio.h>

#include "compiler/llvm/emit.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/compile_object.h"

typedef struct Case {
    const char *shows, *problem, *schedule;
} Case;

#define PROBLEM(sizes, layout, epilogue)                                                                               \
    "conv2d " sizes " type=f32,f32,f32 layout=" layout "," layout " epilogue=" epilogue
#define SIZES_3X3 "n=2 g=1 c=5 h=7 w=6 k=11 p=7 q=6 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1"
#define SIZES_1X1 "n=1 g=1 c=6 h=3 w=5 k=32 p=3 q=5 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1"
#define SIZES_STRIDED "n=1 g=1 c=3 h=9 w=8 k=8 p=5 q=4 r=3 s=3 stride=2,2 pad=1,0,1,1 dilation=1,1"
#define SIZES_GROUPS "n=1 g=4 c=8 h=5 w=5 k=8 p=5 q=5 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1"
#define SIZES_DEPTHWISE "n=1 g=20 c=20 h=6 w=6 k=20 p=3 q=3 r=3 s=3 stride=2,2 pad=1,1,0,0 dilation=1,1"
#define SIZES_DILATED "n=1 g=1 c=2 h=9 w=9 k=4 p=7 q=7 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=2,2"

static const Case cases[] = {
    {"the seven loops", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"), ""},
    {"no epilogue, channels first", PROBLEM(SIZES_3X3, "nchw", "none"), ""},
    {"clamp", PROBLEM(SIZES_3X3, "nhwc", "bias,clamp=-3,20"), ""},
    {"a residual, sums in workspace", PROBLEM(SIZES_3X3, "nhwc", "bias,add,relu"), ""},
    {"a residual, sums in registers", PROBLEM(SIZES_3X3, "nhwc", "bias,add,relu"), NULL},
    {"a residual, masked lanes, sums in workspace", PROBLEM(SIZES_3X3, "nhwc", "add,bias,relu6"),
     "split k 8 tail=guard -> ko kl\nreorder n ko p q c r s kl\nspatial_for kl on lanes\n"
     "pack w as [k/8 r s c k%8] -> wp ahead\n"},
    {"a residual behind silu", PROBLEM(SIZES_3X3, "nchw", "bias,silu,add"), NULL},
    {"leaky_relu", PROBLEM(SIZES_3X3, "nhwc", "leaky_relu=0.2"), NULL},
    {"hardswish", PROBLEM(SIZES_3X3, "nhwc", "bias,hardswish"), NULL},
    {"sigmoid, one element at a time", PROBLEM(SIZES_3X3, "nhwc", "bias,sigmoid"), ""},
    {"groups", PROBLEM(SIZES_GROUPS, "nhwc", "bias,relu"), ""},
    {"strides", PROBLEM(SIZES_STRIDED, "nhwc", "relu"), ""},
    {"dilation", PROBLEM(SIZES_DILATED, "nchw", "bias"), ""},
    {"whole vectors of k", PROBLEM(SIZES_1X1, "nhwc", "bias,relu"),
     "split k 8 -> ko kl\nreorder n ko p q c r s kl\nspatial_for kl on lanes\naccumulate y at q in registers\n"
     "pack w as [k/8 r s c k%8] -> wp ahead\n"},
    {"vectors of several registers", PROBLEM(SIZES_1X1, "nhwc", "bias,relu"),
     "reorder n p q c r s k\nspatial_for k on lanes\naccumulate y at q in registers\n"
     "pack w as [r s c k] -> wp ahead\n"},
    {"a masked tail of k", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"),
     "split k 8 tail=guard -> ko kl\nreorder n ko p q c r s kl\nspatial_for kl on lanes\n"
     "accumulate y at q in registers\npack w as [k/8 r s c k%8] -> wp ahead\n"},
    {"masked memory: sums in y", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"),
     "split k 8 tail=guard -> ko kl\nreorder n ko p q c r s kl\nspatial_for kl on lanes\n"
     "pack w as [k/8 r s c k%8] -> wp ahead\n"},
    {"masked weights", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"),
     "split k 8 tail=guard -> ko kl\nreorder n ko p q c r s kl\nspatial_for kl on lanes\n"
     "accumulate y at q in registers\npack w as [r s c k] -> wp ahead\n"},
    {"lanes on q, masks by padding", PROBLEM(SIZES_3X3, "nchw", "bias,relu"),
     "split q 4 tail=guard -> qo ql\nreorder n k p qo c r s ql\nspatial_for ql on lanes\n"
     "accumulate y at qo in registers\n"},
    {"a tail that starts outside", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"),
     "split k 16 tail=guard -> ko ki\nsplit ki 4 -> kv kl\nreorder n ko p q c r s kv kl\nspatial_for kl on lanes\n"
     "unroll kv\naccumulate y at q in registers\npack w as [k/16 r s c k%16] -> wp ahead\n"},
    {"sums on the stack", PROBLEM(SIZES_1X1, "nhwc", "bias,relu"),
     "split k 8 -> ko kl\nreorder n ko p c r s q kl\nspatial_for kl on lanes\naccumulate y at p in stack\n"
     "pack w as [k/8 r s c k%8] -> wp ahead\n"},
    {"depthwise, lanes on groups", PROBLEM(SIZES_DEPTHWISE, "nhwc", "bias,relu"),
     "split g 8 tail=guard -> go gl\nreorder n go k p q c r s gl\nspatial_for gl on lanes\n"
     "accumulate y at q in registers\npack w as [k c r s g] -> wp ahead\n"},
    /* LLVM once ended the process here: "Instruction Combining did not reach a fixpoint". */
    {"code that instcombine does not finish in one round",
     PROBLEM("n=1 g=1 c=39 h=19 w=1 k=33 p=18 q=1 r=2 s=3 stride=1,4 pad=0,1,0,1 dilation=1,1", "nhwc", "bias,relu"),
     "split q 16 tail=guard -> lo l\nsplit p 8 tail=peel -> po pi\nunroll k\nunroll n\nclip s\n"
     "pack w as [k/16 r s c k%16] -> wp ahead\n"},
    {"blocks of channels, sums in y between", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"),
     "split c 2 tail=guard -> co ci\nsplit k 8 tail=guard -> ko kl\nsplit q 3 -> qo qi\n"
     "reorder n co ko p qo r s ci qi kl\nspatial_for kl on lanes\nunroll qi\n"
     "pack w as [k/8 r s c k%8] -> wp ahead\naccumulate y at qo in registers\nclip r\n"},
    {"blocks of channels, sums in workspace between", PROBLEM(SIZES_3X3, "nhwc", "bias,add,relu"),
     "split c 1 -> co ci\nsplit k 8 tail=guard -> ko kl\nreorder n co ko p q r s ci kl\nspatial_for kl on lanes\n"
     "pack w as [k/8 r s c k%8] -> wp ahead\naccumulate y at q in registers\n"},
    {"blocks of channels, sums of some rows on the stack between", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"),
     "split c 1 -> co ci\nsplit p 3 tail=peel -> po pi\nsplit k 8 tail=guard -> ko kl\n"
     "reorder n po_main po_tail ko co pi q r s ci kl\nspatial_for kl on lanes\n"
     "pack w as [k/8 r s c k%8] -> wp ahead\naccumulate y at po in workspace\naccumulate y at q in registers\n"},
    {"copies of sums, for each channel of a block", PROBLEM(SIZES_1X1, "nhwc", "bias,relu"),
     "split c 3 -> co cu\nreorder n p q co r s cu k\nspatial_for k on lanes\nunroll cu\n"
     "accumulate y at q in registers copies cu\npack w as [r s c k] -> wp ahead\n"},
    {"prefetches, in rows and in one run, spread and at once", PROBLEM(SIZES_3X3, "nhwc", "bias,add,relu"),
     "split k 8 tail=guard -> ko kl\nreorder n p ko q r s c kl\nspatial_for kl on lanes\n"
     "pack w as [k/8 r s c k%8] -> wp ahead\naccumulate y at q in registers\nclip r\nclip s\n"
     "prefetch x at p in s\nprefetch wp at ko in c into l2\nprefetch wp at c by 4\nprefetch y at q\n"
     "prefetch residual at p by 2 in q\n"},
    {"prefetches far outside", PROBLEM(SIZES_DILATED, "nchw", "bias"),
     "prefetch x at k by 3 in c\nprefetch x at p by 6 in r\n"},
    {"a padded copy in front", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"), "pack x as [n h w c] -> xp\n"},
    {"padded rows where they are read, lanes on both stages", PROBLEM(SIZES_1X1, "nhwc", "bias,relu"),
     "split k 8 -> ko kl\nreorder n p ko q r s c kl\npack w as [k/8 r s c k%8] -> wp ahead\n"
     "pack x as [n h c w] -> xp\nplace xp at p\nreorder xp.n_0 xp.h_1 xp.w_3 xp.c_2\n"
     "split xp.c_2 4 tail=guard -> co cl\nspatial_for kl on lanes\naccumulate y at q in registers\n"},
    {"padded rows, each copied once", PROBLEM(SIZES_3X3, "nhwc", "bias,add,relu"),
     "reorder n p q k r s c\npack x as [n c h w] -> xp\nplace xp at p store n\n"},
    {"padded rows of each tile of a thread", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"),
     "reorder n p q k r s c\npack x as [n h w c] -> xp\nplace xp at p\nspatial_for n p on cores\n"},
    {"a ring of rows in each image of a thread", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"),
     "reorder n p q k r s c\npack x as [n c h w] -> xp\nplace xp at p store n\nspatial_for n on cores\n"
     "unroll xp.h_2\n"},
    {"a tile with its border on the stack, strides", PROBLEM(SIZES_STRIDED, "nchw", "relu"),
     "split p 2 tail=guard -> po pi\nsplit q 2 -> qo qi\nreorder n po qo k pi c r s qi\n"
     "pack x as [n h w c] -> xp\nplace xp at qo in stack\naccumulate y at qo in stack\n"},
    {"a panel of weights on the stack", PROBLEM(SIZES_GROUPS, "nhwc", "bias,relu"),
     "reorder n g p q k c r s\npack w as [g r s c k] -> wp\nplace wp at g in stack\n"},
    {"the default", PROBLEM(SIZES_3X3, "nhwc", "bias,relu"), NULL},
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
    TRY(plan_of(context, run->target->name, run->test->problem, run->test->schedule, &plan));
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

static void check(const Target *target, int index) {
    const char *missing = NULL;
    if (!target_runs_here(target, &missing)) {
        printf("SKIPPED: kernels of %s; this machine lacks %s\n", target->name, missing);
        return;
    }

    Run run = {&cases[index], target};
    run_in_context(check_case, &run);
}

START_TEST(test_kernels) {
    check(target_get((size_t)(_i / CASE_COUNT)), _i % CASE_COUNT);
}
END_TEST

int main(void) {
    int targets = 0;
    while (target_get((size_t)targets) != NULL) targets++;
    TCase *tests = tcase_create("kernels");
    tcase_add_loop_test(tests, test_kernels, 0, targets * CASE_COUNT);
    return run_tests(tests);
}
