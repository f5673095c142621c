/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions that are given as tensor expressions of several stages compute what the reference computes, on every
 * target that this machine runs: stages in workspace and on the stack, placed at loops. Algorithms that round on the
 * way, Winograd's transforms and factors in two pieces of bf16, are compared by their error, and with what the
 * interpreter makes of the nest. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "compiler/llvm/emit.h"
#include "ir/interpret.h"
#include "ir/reference.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/compile_object.h"
#include "tuner/kernel.h"

typedef struct Case {
    const char *shows, *file;
    const char *schedule; /* NULL: file is a golden file, and holds it */
} Case;

static const Case cases[] = {
    {"im2col, the whole matrix first", "small_d_im2col.txt", ""},
    {"im2col, rows of the matrix where they are read", "small_d_im2col.txt",
     "reorder y.n y.p y.q y.k y.r y.s y.c\nplace L at y.p in workspace\n"},
    {"im2col, on the stack, for one pixel", "small_d_im2col.txt",
     "reorder y.n y.p y.q y.k y.r y.s y.c\nplace L at y.q in stack\n"},
    {"MEC, the lowered tensor first", "small_d_mec.txt", ""},
    {"MEC, for one column of pixels", "small_d_mec.txt", "reorder y.n y.q y.p y.k y.r y.s y.c\nplace L at y.q\n"},
    {"trace (d), im2col", "trace_d_im2col.golden", NULL},
    {"trace (d), im2col in panels", "trace_d_panels.golden", NULL},
    {"trace (f), transposed store", "trace_f_transposed.golden", NULL},
    {"trace (f), a small image", "trace_f_small.golden", NULL},
    {"trace (d), MEC", "trace_d_mec.golden", NULL},
};

enum { CASE_COUNT = sizeof cases / sizeof cases[0] };

typedef struct Run {
    const Case *test;
    const Target *target;
} Run;

static Status plan_of_case(Context *context, const Run *run, const Plan **out) {
    const Case *test = run->test;
    if (test->schedule == NULL) return plan_of_golden(context, run->target->name, test->file, out);
    return plan_of_expression(context, run->target->name, test->file, test->schedule, out);
}

static Status compile_and_check(Context *context, const Run *run, CheckReport *report) {
    const Plan *plan = NULL;
    const char *bytes = NULL;
    size_t length = 0;
    TRY(plan_of_case(context, run, &plan));
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

typedef struct Operands {
    float *x, *w, *b, *y, *packed, *workspace;
} Operands;

/* A buffer as kernels ask for it, aligned to 64 bytes, with normal numbers. */
static float *buffer_of(Random *random, int64_t elements) {
    size_t bytes = ((size_t)elements * sizeof(float) / 64 + 1) * 64;
    float *buffer = aligned_alloc(64, bytes);
    ck_assert_ptr_nonnull(buffer);
    for (int64_t i = 0; i < elements; i++) buffer[i] = (float)random_normal(random);
    return buffer;
}

static Operands make_operands(const Plan *plan) {
    Random random = random_new(5, 0);
    KernelSizes sizes;
    emit_sizes(plan, &sizes);
    return (Operands){
        .x = buffer_of(&random, problem_x_elements(&plan->problem)),
        .w = buffer_of(&random, problem_w_elements(&plan->problem)),
        .b = buffer_of(&random, plan->problem.k),
        .y = buffer_of(&random, problem_y_elements(&plan->problem)),
        .packed = buffer_of(&random, sizes.packed_bytes / (int64_t)sizeof(float)),
        .workspace = buffer_of(&random, sizes.workspace_bytes / (int64_t)sizeof(float)),
    };
}

static void free_operands(Operands *operands) {
    float *const buffers[] = {operands->x, operands->w,      operands->b,
                              operands->y, operands->packed, operands->workspace};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) free(buffers[i]);
}

/* |y - expected| / |expected|, both 2-norms over all outputs. */
static double error_l2(const float *y, const double *expected, int64_t count) {
    double error = 0, norm = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = (double)y[i] - expected[i];
        error += difference * difference;
        norm += expected[i] * expected[i];
    }
    return sqrt(error / norm);
}

/* What the reference computes, in the order of y in memory. */
static const double *reference_of(Context *context, const Plan *plan, const Operands *operands) {
    int64_t count = problem_output_count(&plan->problem);
    double *values = ARENA_ARRAY(context, double, (size_t)count),
           *magnitudes = ARENA_ARRAY(context, double, (size_t)count), *y = ARENA_ARRAY(context, double, (size_t)count);
    reference_convolve(&plan->problem, operands->x, operands->w, operands->b, NULL, false, NULL, count, values,
                       magnitudes);
    for (int64_t i = 0; i < count; i++) {
        int64_t n = 0, k = 0, position[PROBLEM_MAX_SPATIAL];
        reference_unpack_index(&plan->problem, i, &n, &k, position);
        y[problem_y_offset(&plan->problem, n, k, position)] = values[i];
    }
    return y;
}

static InterpretArgument argument_of(Context *context, const char *name, const float *from, int64_t count) {
    InterpretArgument argument = {name, ARENA_ARRAY(context, double, (size_t)count)};
    for (int64_t i = 0; i < count; i++) argument.data[i] = (double)from[i];
    return argument;
}

/* What the interpreter computes. */
static Status interpreted(Context *context, const Plan *plan, const Operands *operands, const double **y) {
    const Problem *problem = &plan->problem;
    InterpretArgument arguments[] = {
        argument_of(context, "x", operands->x, problem_x_elements(problem)),
        argument_of(context, "w", operands->w, problem_w_elements(problem)),
        argument_of(context, "b", operands->b, problem->k),
        argument_of(context, "y", operands->y, problem_y_elements(problem)),
    };
    *y = arguments[3].data;
    return interpret_nest(context, plan->scheduled, arguments, sizeof arguments / sizeof arguments[0]);
}

/* Algorithms that round. The products that split-bf16 leaves out are 2^-16 of the whole at most, and its pieces hold 16
 * bits; each of its three products is needed for an error below 1e-4. */
typedef struct Approximation {
    const char *file;
    double error; /* at most */
} Approximation;

static const Approximation approximations[] = {
    {"trace_c.golden", 2e-6}, {"trace_b.golden", 1e-5}, {"trace_b_dot.golden", 1e-5}, {"trace_b_tile.golden", 1e-5}};

enum { APPROXIMATIONS = sizeof approximations / sizeof approximations[0] };

typedef struct ApproximateRun {
    const Approximation *test;
    const Target *target;
} ApproximateRun;

static Status check_errors(Context *context, const ApproximateRun *run, const Plan *plan, const Operands *operands) {
    const double *y = NULL, *exact = reference_of(context, plan, operands);
    int64_t count = problem_output_count(&plan->problem);
    TRY(interpreted(context, plan, operands, &y));
    double error = error_l2(operands->y, exact, count), difference = error_l2(operands->y, y, count);
    ck_assert_msg(error < run->test->error, "%s on %s: error %g", run->test->file, run->target->name, error);
    ck_assert_msg(difference < 2e-6, "%s on %s: %g from what is interpreted", run->test->file, run->target->name,
                  difference);
    return STATUS_OK;
}

static Status run_approximate(Context *context, void *data) {
    const ApproximateRun *run = data;
    const Plan *plan = NULL;
    const char *bytes = NULL;
    size_t length = 0;
    Kernel kernel;
    TRY(plan_of_golden(context, run->target->name, run->test->file, &plan));
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    TRY(kernel_load(context, "kernel", &plan->problem, bytes, length, &kernel));
    Operands operands = make_operands(plan);
    ck_assert_int_eq(kernel.pack(operands.w, operands.packed), SEPTET_OK);
    int status = kernel_call(&kernel, operands.x, operands.packed, operands.b, NULL, operands.y, operands.workspace);
    ck_assert_int_eq(status, SEPTET_OK);
    TRY(check_errors(context, run, plan, &operands));
    free_operands(&operands);
    kernel_unload(&kernel);
    return STATUS_OK;
}

START_TEST(test_approximations) {
    ApproximateRun run = {&approximations[_i % APPROXIMATIONS], target_get((size_t)(_i / APPROXIMATIONS))};
    if (target_runs_here(run.target, NULL)) run_in_context(run_approximate, &run);
}
END_TEST

START_TEST(test_expressions) {
    const Target *target = target_get((size_t)(_i / CASE_COUNT));
    const char *missing = NULL;
    if (!target_runs_here(target, &missing)) {
        printf("SKIPPED: kernels of %s; this machine lacks %s\n", target->name, missing);
        return;
    }
    Run run = {&cases[_i % CASE_COUNT], target};
    run_in_context(check_case, &run);
}
END_TEST

int main(void) {
    int targets = 0;
    while (target_get((size_t)targets) != NULL) targets++;
    TCase *tests = tcase_create("expressions");
    tcase_add_loop_test(tests, test_approximations, 0, targets * APPROXIMATIONS);
    tcase_add_loop_test(tests, test_expressions, 0, targets * CASE_COUNT);
    return run_tests(tests);
}
