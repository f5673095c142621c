/* SPDX-License-Identifier: Apache-2.0 */
/* Statements that no schedule makes, or none surely: nests built by hand in place of a plan's body, compiled and run.
 */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "compiler/llvm/emit.h"
#include "ir/simplify.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/compile_object.h"
#include "tuner/guarded.h"
#include "tuner/kernel.h"

/* 64 pixels of one channel: x[i] and y[i] with i = w and q. */
static const char *const line_problem =
    "conv2d n=1 g=1 c=1 h=1 w=64 k=1 p=1 q=64 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=none";

enum { LINE = 64 };

/* A plan whose body is to be replaced, and what replaces it. */
typedef struct Line {
    Context *context;
    Nest *nest;
    Plan plan;
    const Var *outer, *inner;
} Line;

static Status line_start(Context *context, const char *target, Line *out) {
    const Plan *plan = NULL;
    TRY(plan_of(context, target, line_problem, "", &plan));
    *out = (Line){.context = context, .nest = nest_copy(context, plan->nest), .plan = *plan};
    out->outer = nest_new_var(context, out->nest, "outer", "y", false);
    out->inner = nest_new_var(context, out->nest, "inner", "y", false);
    out->plan.nest = out->nest;
    return STATUS_OK;
}

/* x[0, 0, 0, at], y[0, 0, 0, at]: n, c or k, h or p, w or q. */
static const Affine *const *element(const Line *line, const Affine *at) {
    const Affine **index = ARENA_ARRAY(line->context, const Affine *, 4);
    for (int i = 0; i < 3; i++) index[i] = affine_constant(line->context, 0);
    index[3] = at;
    return index;
}

static const Expr *read_x(const Line *line, const Affine *at) {
    return expr_access(line->context, nest_find_tensor(line->nest, "x"), element(line, at));
}

static const Stmt *write_y(const Line *line, const Affine *at, const Expr *value) {
    return stmt_store(line->context, nest_find_tensor(line->nest, "y"), element(line, at), false, value);
}

static const Stmt *loop(const Line *line, const Var *var, int64_t lower, int64_t upper, Mark mark, const Stmt *body) {
    Context *context = line->context;
    return stmt_loop(context, var, bound_constant(context, lower), bound_constant(context, upper), mark, 0, body);
}

/* Compiles the plan and runs it in buffers that end before inaccessible pages. y starts as -1 everywhere. */
static Status run_line(const Line *line, const float *x, float *y) {
    Context *context = line->context;
    const char *bytes = NULL;
    size_t length = 0;
    Kernel kernel;
    Guarded from, to, packed;
    TRY(emit_kernel(context, &line->plan, EMIT_OBJECT, &bytes, &length));
    TRY(kernel_load(context, "kernel", &line->plan.problem, bytes, length, &kernel));
    TRY(guarded_new(context, LINE * sizeof *x, 4, &from));
    TRY(guarded_new(context, LINE * sizeof *y, 4, &to));
    TRY(guarded_new(context, 128, 64, &packed));
    memcpy(from.data, x, LINE * sizeof *x);
    for (int i = 0; i < LINE; i++) ((float *)to.data)[i] = -1;
    ck_assert_int_eq(kernel.pack(x, packed.data), SEPTET_OK);
    ck_assert_int_eq(kernel_call(&kernel, from.data, packed.data, NULL, NULL, to.data, NULL), SEPTET_OK);
    ck_assert(guarded_intact(&to));
    memcpy(y, to.data, LINE * sizeof *y);
    guarded_free(&from);
    guarded_free(&to);
    guarded_free(&packed);
    kernel_unload(&kernel);
    return STATUS_OK;
}

/* A random expression of the two loops, div and mod inside one another. */
static const Affine *random_affine(Context *context, Random *random, const Line *line, int depth) {
    const Affine *sum = affine_constant(context, random_integer(random, -40, 40));
    const Var *vars[] = {line->outer, line->inner};
    for (int i = 0; i < 2; i++) {
        const Affine *var = affine_variable(context, vars[i]);
        sum = affine_add(context, sum, affine_scale(context, var, random_integer(random, -5, 5)));
    }
    if (depth == 0) return sum;
    const Affine *inner = random_affine(context, random, line, depth - 1);
    int64_t divisor = random_integer(random, 2, 9);
    inner = random_once_in(random, 2) ? affine_div(context, inner, divisor) : affine_mod(context, inner, divisor);
    return affine_add(context, sum, affine_scale(context, inner, random_integer(random, -3, 3)));
}

/* y[8*outer + inner] = x[index mod 64], and x[i] = i: the indices themselves come out. */
static Status compile_index(Context *context, Random *random, const Target *target) {
    Line line;
    float x[LINE], y[LINE];
    TRY(line_start(context, target->name, &line));
    const Affine *index = affine_mod(context, random_affine(context, random, &line, 2), LINE);
    const Affine *place = affine_add(context, affine_scale(context, affine_variable(context, line.outer), 8),
                                     affine_variable(context, line.inner));
    const Stmt *store = write_y(&line, place, read_x(&line, index));
    line.nest->body = loop(&line, line.outer, 0, 8, MARK_NONE, loop(&line, line.inner, 0, 8, MARK_NONE, store));
    for (int i = 0; i < LINE; i++) x[i] = (float)i;
    TRY(run_line(&line, x, y));
    int64_t *values = ARENA_ARRAY(context, int64_t, (size_t)line.nest->var_count);
    for (int i = 0; i < LINE; i++) {
        values[line.outer->id] = i / 8;
        values[line.inner->id] = i % 8;
        ck_assert_int_eq((int64_t)y[i], affine_evaluate(index, values));
    }
    return STATUS_OK;
}

static Status compile_indices(Context *context, void *data) {
    Random random = random_new(19, 0);
    (void)data;
    for (int i = 0; i < 12; i++) TRY(compile_index(context, &random, target_host()));
    return STATUS_OK;
}

START_TEST(test_that_indices_are_what_affine_evaluate_says) {
    run_in_context(compile_indices, NULL);
}
END_TEST

/* for outer 20: lanes inner 4: if (inner <= 61 - 4*outer) y[4*outer + inner] = x[4*outer]. From outer = 16 on no lane
 * takes part, and x[4*outer] is behind the end of x: it must not be read, though it is the same on all lanes. */
static Status share_an_element(Context *context, void *data) {
    Line line;
    float x[LINE], y[LINE];
    TRY(line_start(context, data, &line));
    const Affine *first = affine_scale(context, affine_variable(context, line.outer), 4);
    const Affine *place = affine_add(context, first, affine_variable(context, line.inner));
    Cond inside = {affine_subtract(context, affine_constant(context, 61), place), false};
    const Stmt *guard = stmt_guard(context, 1, &inside, write_y(&line, place, read_x(&line, first)));
    line.nest->body = loop(&line, line.outer, 0, 20, MARK_NONE, loop(&line, line.inner, 0, 4, MARK_LANES, guard));
    for (int i = 0; i < LINE; i++) x[i] = (float)i;
    TRY(run_line(&line, x, y));
    for (int i = 0; i < LINE; i++) ck_assert_float_eq(y[i], i <= 61 ? (float)(i - i % 4) : -1);
    return STATUS_OK;
}

/* A condition that grows by 3 from lane to lane, and one that asks for equality: y[i] = x[i] where 3*i >= 50 or i == 7.
 */
static Status mask_by_slope(Context *context, void *data) {
    Line line;
    float x[LINE], y[LINE];
    TRY(line_start(context, data, &line));
    const Affine *lane = affine_variable(context, line.inner);
    Cond steep = {affine_offset(context, affine_scale(context, lane, 3), -50), false};
    Cond equal = {affine_offset(context, lane, -7), true};
    const Stmt *store = write_y(&line, lane, read_x(&line, lane));
    const Stmt *items[] = {
        loop(&line, line.inner, 0, 32, MARK_LANES, stmt_guard(context, 1, &steep, store)),
        loop(&line, line.inner, 0, 32, MARK_LANES, stmt_guard(context, 1, &equal, store)),
    };
    line.nest->body = stmt_block(context, 2, items);
    for (int i = 0; i < LINE; i++) x[i] = (float)i;
    TRY(run_line(&line, x, y));
    for (int i = 0; i < LINE; i++) ck_assert_float_eq(y[i], i < 32 && (3 * i >= 50 || i == 7) ? (float)i : -1);
    return STATUS_OK;
}

/* for inner in max(outer, 3)..min(2*outer, 9): y[8*outer + inner - 3] = x[inner], for outer 0..7: empty at both ends.
 */
static Status bounds_of_terms(Context *context, void *data) {
    Line line;
    float x[LINE], y[LINE];
    TRY(line_start(context, data, &line));
    const Affine *outer = affine_variable(context, line.outer), *inner = affine_variable(context, line.inner);
    Bound lower = {2, {outer, affine_constant(context, 3)}};
    Bound upper = {2, {affine_scale(context, outer, 2), affine_constant(context, 9)}};
    const Affine *place = affine_add(context, affine_scale(context, outer, 8), affine_offset(context, inner, -3));
    const Stmt *store = write_y(&line, place, read_x(&line, inner));
    const Stmt *walk = stmt_loop(context, line.inner, lower, upper, MARK_NONE, 0, store);
    line.nest->body = loop(&line, line.outer, 0, 8, MARK_NONE, walk);
    for (int i = 0; i < LINE; i++) x[i] = (float)i;
    TRY(run_line(&line, x, y));
    for (int i = 0; i < LINE; i++) {
        int o = i / 8, value = i % 8 + 3;
        bool runs = value >= o && value < 2 * o && value < 9;
        ck_assert_float_eq(y[i], runs ? (float)value : -1);
    }
    return STATUS_OK;
}

/* y = clamp(relu(x - 2) * 3 - x, -1, 20), with what NaN and -0 become: comparisons decide. */
static Status evaluate_functions(Context *context, void *data) {
    Line line;
    float x[LINE], y[LINE];
    TRY(line_start(context, data, &line));
    const Affine *lane = affine_variable(context, line.inner);
    const Expr *two = expr_number(context, 2), *value = read_x(&line, lane);
    const Expr *difference = expr_binary(context, EXPR_SUBTRACT, value, two);
    const Expr *relu = expr_call(context, FUNCTION_RELU, &difference);
    const Expr *product = expr_binary(context, EXPR_MULTIPLY, relu, expr_number(context, 3));
    const Expr *arguments[] = {expr_binary(context, EXPR_SUBTRACT, product, value), expr_number(context, -1),
                               expr_number(context, 20)};
    const Stmt *store = write_y(&line, lane, expr_call(context, FUNCTION_CLAMP, arguments));
    line.nest->body = loop(&line, line.inner, 0, LINE, MARK_LANES, store);
    for (int i = 0; i < LINE; i++) x[i] = (float)(i - 20);
    x[0] = (float)NAN;
    TRY(run_line(&line, x, y));
    for (int i = 0; i < LINE; i++) {
        double difference_at = (double)x[i] - 2;
        double raised = function_evaluate(FUNCTION_RELU, &difference_at) * 3 - (double)x[i];
        ck_assert_float_eq(y[i], (float)function_evaluate(FUNCTION_CLAMP, (const double[]){raised, -1, 20}));
    }
    return STATUS_OK;
}

/* Numbers whose rounding to bf16 is worth a look: ties to both sides, carries into the exponent and to infinity,
 * subnormals, NaN whose upper half alone would be infinity. */
static const uint32_t rounded_bits[] = {
    0x00000000, 0x80000000, 0x3f800000, 0x3f808000, 0x3f818000, 0x3f807fff, 0x3f808001, 0x3fff8000,
    0xbfff7fff, 0x7f7f7fff, 0x7f7f8000, 0xff7fffff, 0x7f800000, 0xff800000, 0x00000001, 0x00008000,
    0x00008001, 0x00018000, 0x007fffff, 0x80407fff, 0x7f800001, 0x7fffffff, 0xffc00000, 0x40490fdb,
};

/* lanes inner 32: t[inner] = x[inner]; lanes inner 32: if (inner <= 20) y[inner] = t[inner]; y[inner + 32] =
 * bf16(x[inner]), one by one: memory, masks and casts round in the same way. */
static Status round_to_bf16(Context *context, void *data) {
    enum { HALF = LINE / 2, COUNT = sizeof rounded_bits / sizeof rounded_bits[0] };
    Line line;
    float x[LINE] = {0}, y[LINE];
    TRY(line_start(context, data, &line));
    Tensor *buffer = ARENA_NEW(context, Tensor);
    *buffer = (Tensor){.name = "t", .type = TYPE_BF16, .scope = SCOPE_STACK, .rank = 1, .axes = {{"i", HALF}}};
    buffer->layout = layout_identity(1);
    const Affine *at = affine_variable(context, line.inner);
    Cond inside = {affine_subtract(context, affine_constant(context, 20), at), false};
    const Stmt *copy = write_y(&line, at, expr_access(context, buffer, &at));
    const Stmt *items[] = {
        loop(&line, line.inner, 0, HALF, MARK_LANES, stmt_store(context, buffer, &at, false, read_x(&line, at))),
        loop(&line, line.inner, 0, HALF, MARK_LANES, stmt_guard(context, 1, &inside, copy)),
        loop(&line, line.inner, 0, HALF, MARK_NONE,
             write_y(&line, affine_offset(context, at, HALF), expr_cast(context, TYPE_BF16, read_x(&line, at)))),
    };
    line.nest->body = stmt_alloc(context, buffer, stmt_block(context, 3, items));
    memcpy(x, rounded_bits, sizeof rounded_bits);
    TRY(run_line(&line, x, y));
    for (int i = 0; i < HALF; i++) {
        double rounded = type_round(TYPE_BF16, (double)x[i]);
        bool is_masked = i > 20;
        ck_assert_msg(isnan(rounded) ? isnan(y[HALF + i]) : (double)y[HALF + i] == rounded, "cast of number %d", i);
        ck_assert_msg(is_masked        ? y[i] == -1
                      : isnan(rounded) ? isnan(y[i])
                                       : (double)y[i] == rounded,
                      "number %d by way of memory", i);
    }
    return STATUS_OK;
}

typedef Status OnTarget(Context *context, void *target);
static OnTarget *const on_each_target[] = {share_an_element, mask_by_slope, bounds_of_terms, evaluate_functions,
                                           round_to_bf16};

enum { ON_EACH_TARGET = sizeof on_each_target / sizeof on_each_target[0] };

START_TEST(test_on_each_target) {
    const Target *target = target_get((size_t)(_i / ON_EACH_TARGET));
    if (!target_runs_here(target, NULL)) return;
    char name[32];
    strncpy(name, target->name, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    run_in_context(on_each_target[_i % ON_EACH_TARGET], name);
}
END_TEST

typedef struct Move {
    const Tensor *from, *to;
} Move;

static const Expr *move_read(void *data, Context *context, const Expr *leaf) {
    const Move *move = data;
    if (leaf->kind != EXPR_ACCESS || leaf->access.tensor != move->from) return leaf;
    return expr_access(context, move->to, leaf->access.index);
}

static const Stmt *move_store(void *data, Context *context, const Stmt *stmt) {
    const Move *move = data;
    if (stmt->kind != STMT_STORE) return stmt;
    const Tensor *tensor = stmt->store.tensor == move->from ? move->to : stmt->store.tensor;
    const Expr *value = expr_rewrite(context, stmt->store.value, move_read, data);
    return stmt_store(context, tensor, stmt->store.index, stmt->store.add, value);
}

/* Moves every buffer of the stack into the workspace. */
static const Stmt *move_buffer(void *data, Context *context, const Stmt *stmt) {
    (void)data;
    if (stmt->kind != STMT_ALLOC) return stmt;
    Tensor *to = ARENA_NEW(context, Tensor);
    *to = *stmt->alloc.tensor;
    to->scope = SCOPE_WORKSPACE;
    Move move = {stmt->alloc.tensor, to};
    return stmt_alloc(context, to, stmt_rewrite(context, stmt->alloc.body, move_store, &move));
}

static Status use_workspace(Context *context, void *data) {
    const Plan *plan = NULL;
    const char *bytes = NULL;
    size_t length = 0;
    KernelSizes sizes;
    CheckReport report;
    (void)data;
    TRY(plan_of(context, "x86-64-v2", small_problem,
                "split k 4 tail=guard -> ko kl\nreorder n ko p c r s q kl\nspatial_for kl on lanes\n"
                "accumulate y at p in stack\npack w as [k/4 r s c k%4] -> wp ahead\n",
                &plan));
    Nest *nest = nest_copy(context, plan->nest);
    nest->body = stmt_rewrite(context, nest->body, move_buffer, NULL);
    Plan moved = *plan;
    moved.nest = nest;
    emit_sizes(&moved, &sizes);
    ck_assert_int_eq(sizes.workspace_bytes, 6 * 4 * 4 / 64 * 64 + 64); /* q 6, kl 4, rounded up to 64 */
    TRY(emit_kernel(context, &moved, EMIT_OBJECT, &bytes, &length));
    if (!target_runs_here(moved.target, NULL)) return STATUS_OK;
    TRY(check_kernel(context, check_reference_new(context, &moved.problem, true), &moved, bytes, length, &report));
    ck_assert_msg(report.verdict == CHECK_OK, "%s", report.detail);
    return STATUS_OK;
}

START_TEST(test_that_buffers_lie_in_the_workspace) {
    run_in_context(use_workspace, NULL);
}
END_TEST

/* Refusals: what a later version will emit. */
typedef struct Refusal {
    const char *message;
    Mark mark;
    ScalarType type;
    Scope scope;
} Refusal;

static const Refusal refusals[] = {
    {"loop inner is marked unroll", MARK_UNROLL, TYPE_F32, SCOPE_STACK},
    {"tensor t has the type f16; only f32 and bf16 have code", MARK_NONE, TYPE_F16, SCOPE_STACK},
};

static Status refuse(Context *context, void *data) {
    const Refusal *refusal = data;
    Line line;
    const char *bytes = NULL;
    size_t length = 0;
    TRY(line_start(context, "scalar", &line));
    Tensor *buffer = ARENA_NEW(context, Tensor);
    *buffer = (Tensor){.name = "t", .type = refusal->type, .scope = refusal->scope, .rank = 1, .axes = {{"i", LINE}}};
    buffer->layout = layout_identity(1);
    const Affine *at = affine_variable(context, line.inner);
    const Stmt *store = stmt_store(context, buffer, &at, false, read_x(&line, at));
    line.nest->body = stmt_alloc(context, buffer, loop(&line, line.inner, 0, 8, refusal->mark, store));
    ck_assert_int_eq(emit_kernel(context, &line.plan, EMIT_OBJECT, &bytes, &length), STATUS_UNSUPPORTED);
    ck_assert_str_eq(diag_message(context),
                     arena_format(context, "cannot be compiled in this version: %s", refusal->message));
    return STATUS_OK;
}

START_TEST(test_refusals) {
    Refusal refusal = refusals[_i];
    run_in_context(refuse, &refusal);
}
END_TEST

int main(void) {
    int targets = 0;
    while (target_get((size_t)targets) != NULL) targets++;
    TCase *tests = tcase_create("statements");
    tcase_add_test(tests, test_that_indices_are_what_affine_evaluate_says);
    tcase_add_loop_test(tests, test_on_each_target, 0, targets * ON_EACH_TARGET);
    tcase_add_test(tests, test_that_buffers_lie_in_the_workspace);
    tcase_add_loop_test(tests, test_refusals, 0, sizeof refusals / sizeof refusals[0]);
    return run_tests(tests);
}
