/* SPDX-License-Identifier: Apache-2.0 */
/* The inner loops of a register tile of 14 pixels x 32 channels on AVX-512, two channels of c a round: 4 loads of
 * weights, 56 fused multiply-adds on 28 accumulators that stay in registers, nothing else in memory. x is broadcast 8
 * times; 40 multiply-adds read it themselves (operands.c), at addresses without an index. This is what the short
 * pipeline of module.c must give; it says nothing about time. */
#include <string.h>

#include "compiler/llvm/emit.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* What one basic block that jumps back to its start holds. */
typedef struct Loop {
    int multiply_adds, broadcasts, operands, indexed_operands, loads, spills;
} Loop;

static bool line_has(const char *line, size_t length, const char *word) {
    const char *found = strstr(line, word);
    return found != NULL && found < line + length;
}

/* "vfmadd231ps -4(%rax,%rcx,8){1to16}, …": the machine takes it apart. */
static bool has_indexed_operand(const char *line, size_t length) {
    const char *open = strchr(line, '('), *comma = strchr(line, ',');
    return line_has(line, length, "\tvfmadd") && open != NULL && open < line + length &&
           strchr(open, ')') > strchr(open, ',') && comma > open;
}

static void count_line(Loop *loop, const char *line, size_t length) {
    bool is_move = line_has(line, length, "\tvmovups\t") || line_has(line, length, "\tvmovaps\t");
    bool from_memory = is_move && line_has(line, length, "), %zmm");
    loop->multiply_adds += line_has(line, length, "\tvfmadd");
    loop->broadcasts += line_has(line, length, "\tvbroadcastss\t");
    loop->operands += line_has(line, length, "{1to16}");
    loop->indexed_operands += has_indexed_operand(line, length);
    loop->spills += line_has(line, length, "(%rsp)") || line_has(line, length, "(%rbp)");
    loop->loads += from_memory && !line_has(line, length, "(%rsp)");
}

/* "label:" of `label_length` characters: does the line jump to it? */
static bool jumps_to(const char *line, size_t length, const char *label, size_t label_length) {
    if (label_length == 0 || line[0] != '\t' || line[1] != 'j' || length < label_length) return false;
    return strncmp(line + length - label_length, label, label_length) == 0 && line[length - label_length - 1] == '\t';
}

/* Calls `visit` for each loop of one basic block in the assembly (.LBB; steps.c puts other labels inside). Returns how
 * many hold multiply-adds. */
static int visit_loops(const char *assembly, void (*visit)(const Loop *loop)) {
    const char *label = "";
    size_t label_length = 0;
    int visited = 0;
    Loop loop = {0};
    for (const char *line = assembly, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        size_t length = (size_t)(end - line);
        if (strncmp(line, ".LBB", 4) == 0 && line[length - 1] == ':') {
            label = line;
            label_length = length - 1;
            loop = (Loop){0};
        }
        count_line(&loop, line, length);
        if (!jumps_to(line, length, label, label_length) || loop.multiply_adds == 0) continue;
        visit(&loop);
        visited++;
    }
    return visited;
}

static Status assembly_of(Context *context, const char *target, const char *problem, const char *schedule,
                          const char **out) {
    const Plan *plan = NULL;
    size_t length = 0;
    TRY(plan_of(context, target, problem, schedule, &plan));
    return emit_kernel(context, plan, EMIT_ASSEMBLY, out, &length);
}

static void check_loop(const Loop *loop) {
    ck_assert_int_eq(loop->spills, 0);
    ck_assert_int_eq(loop->loads, 4);
    ck_assert(loop->multiply_adds == 56 || loop->multiply_adds == 52); /* 13 pixels where one tap is in the padding */
    ck_assert_int_eq(loop->broadcasts, 8);
    ck_assert_int_eq(loop->operands, loop->multiply_adds - 2 * loop->broadcasts);
    ck_assert_int_eq(loop->indexed_operands, 0);
}

/* Nine steps of 13 or 14 pixels x 32 channels in a row: what two taps share must not be kept from one to the other. */
static void check_long_loop(const Loop *loop) {
    ck_assert_int_eq(loop->multiply_adds, 3 * (13 + 14 + 13) * 2);
    ck_assert_int_eq(loop->spills, 0);
}

static Status check_steps(Context *context, void *data) {
    const char *assembly = NULL;
    (void)data;
    TRY(assembly_of(context, "x86-64-v4",
                    "conv2d n=1 g=1 c=3 h=28 w=14 k=32 p=28 q=14 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 "
                    "type=f32,f32,f32 layout=nhwc,nhwc epilogue=bias,relu",
                    "split k 16 -> kv kl\nreorder n p r s c q kv kl\nspatial_for kl on lanes\nunroll q kv s c\n"
                    "accumulate y at p in registers\nclip r\npack w as [r s c k] -> wp ahead\n",
                    &assembly));
    ck_assert_int_eq(visit_loops(assembly, check_long_loop), 1);
    ck_assert_ptr_null(strstr(assembly, "mfence"));
    return STATUS_OK;
}

START_TEST(test_that_steps_stay_apart) {
    run_in_context(check_steps, NULL);
}
END_TEST

static Status check_tile(Context *context, void *data) {
    const char *assembly = NULL;
    (void)data;
    TRY(assembly_of(context, "x86-64-v4", resnet_problem, resnet_schedule, &assembly));
    ck_assert_int_eq(visit_loops(assembly, check_loop), 7); /* s is a loop in the middle, unrolled at both borders */
    return STATUS_OK;
}

static void check_depthwise_loop(const Loop *loop) {
    ck_assert_int_gt(loop->multiply_adds, 0);
    ck_assert_int_eq(loop->indexed_operands, 0);
}

/* Depthwise layers read each vector of x for one multiply-add. */
static Status check_depthwise(Context *context, void *data) {
    const char *assembly = NULL;
    TRY(assembly_of(context, data,
                    "conv2d n=1 g=32 c=32 h=16 w=16 k=32 p=16 q=16 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 "
                    "type=f32,f32,f32 layout=nhwc,nhwc epilogue=none",
                    NULL, &assembly));
    ck_assert_int_gt(visit_loops(assembly, check_depthwise_loop), 0);
    return STATUS_OK;
}

START_TEST(test_depthwise) {
    char *const targets[] = {"x86-64-v3", "x86-64-v4"};
    run_in_context(check_depthwise, targets[_i]);
}
END_TEST

static void check_short_loop(const Loop *loop) {
    ck_assert_int_eq(loop->broadcasts, 0);
    ck_assert_int_eq(loop->operands, loop->multiply_adds);
    ck_assert_int_eq(loop->indexed_operands, 0);
}

/* 14 pixels x 16 channels: every broadcast is an operand of one multiply-add. */
static Status check_narrow_tile(Context *context, void *data) {
    const char *assembly = NULL;
    (void)data;
    TRY(assembly_of(context, "x86-64-v4",
                    "conv2d n=1 g=1 c=64 h=14 w=14 k=16 p=14 q=14 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                    "type=f32,f32,f32 layout=nhwc,nhwc epilogue=none",
                    "split k 16 -> kv kl\nreorder n p r s c q kv kl\nspatial_for kl on lanes\nunroll q kv\n"
                    "accumulate y at p in registers\npack w as [r s c k] -> wp ahead\n",
                    &assembly));
    ck_assert_int_eq(visit_loops(assembly, check_short_loop), 1);
    return STATUS_OK;
}

START_TEST(test_narrow_tile) {
    run_in_context(check_narrow_tile, NULL);
}
END_TEST

START_TEST(test_inner_loops) {
    run_in_context(check_tile, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("register_tile");
    tcase_add_test(tests, test_inner_loops);
    tcase_add_test(tests, test_narrow_tile);
    tcase_add_loop_test(tests, test_depthwise, 0, 2);
    tcase_add_test(tests, test_that_steps_stay_apart);
    return run_tests(tests);
}
