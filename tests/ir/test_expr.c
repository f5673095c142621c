/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/expr.h and ir/cond.h: printing, rewriting that shares, substitution, the meaning of functions. */
#include "ir/expr.h"

#include <math.h>
#include <string.h>

#include "ir/cond.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const Var loop_p = {.name = "p", .stage = "y", .id = 0}, loop_r = {.name = "r", .stage = "y", .id = 1};
static const Tensor tensor_x = {.name = "x", .rank = 1, .axes = {{"h", 8}}};
static const Tensor tensor_w = {.name = "w", .rank = 1, .axes = {{"r", 3}}};

static const Affine *tap(Context *context) {
    const Affine *sum = affine_add(context, affine_variable(context, &loop_p), affine_variable(context, &loop_r));
    return affine_offset(context, sum, -1);
}

static const Expr *read_x(Context *context) {
    return expr_access(context, &tensor_x, (const Affine *[]){tap(context)});
}

static const Expr *read_w(Context *context) {
    return expr_access(context, &tensor_w, (const Affine *[]){affine_variable(context, &loop_r)});
}

static void assert_prints(Context *context, const Expr *expr, const char *expected) {
    Text text = text_new(context);
    expr_print(expr, "acc", &text);
    ck_assert_str_eq(text_string(&text), expected);
}

static Status print_expressions(Context *context, void *data) {
    (void)data;
    const Expr *x = read_x(context), *w = read_w(context), *acc = expr_partial(context);
    const Expr *half = expr_number(context, 0.5), *minus = expr_number(context, -1);
    const Expr *sum = expr_binary(context, EXPR_ADD, x, w), *product = expr_binary(context, EXPR_MULTIPLY, x, w);
    assert_prints(context, product, "x[p + r - 1] * w[r]");
    assert_prints(context, expr_binary(context, EXPR_ADD, product, half), "x[p + r - 1] * w[r] + 0.5");
    assert_prints(context, expr_binary(context, EXPR_MULTIPLY, sum, minus), "(x[p + r - 1] + w[r]) * -1");
    assert_prints(context, expr_binary(context, EXPR_MULTIPLY, half, product), "0.5 * (x[p + r - 1] * w[r])");
    assert_prints(context, expr_binary(context, EXPR_SUBTRACT, acc, sum), "acc - (x[p + r - 1] + w[r])");
    assert_prints(context, expr_binary(context, EXPR_SUBTRACT, sum, acc), "x[p + r - 1] + w[r] - acc");
    assert_prints(context, expr_cast(context, TYPE_BF16, sum), "bf16(x[p + r - 1] + w[r])");
    const Expr *arguments[] = {acc, minus, expr_number(context, 6)};
    assert_prints(context, expr_call(context, FUNCTION_CLAMP, arguments), "clamp(acc, -1, 6)");
    return STATUS_OK;
}

START_TEST(test_printing_keeps_the_tree_with_few_parentheses) {
    run_in_context(print_expressions, NULL);
}
END_TEST

/* relu(bf16(x) * acc + w) */
static const Expr *large_expression(Context *context) {
    const Expr *product =
        expr_binary(context, EXPR_MULTIPLY, expr_cast(context, TYPE_BF16, read_x(context)), expr_partial(context));
    const Expr *sum = expr_binary(context, EXPR_ADD, product, read_w(context));
    return expr_call(context, FUNCTION_RELU, &sum);
}

static const Expr *keep(void *data, Context *context, const Expr *leaf) {
    (void)context;
    ++*(int *)data;
    return leaf;
}

static const Expr *replace_partial(void *data, Context *context, const Expr *leaf) {
    (void)data;
    return leaf->kind == EXPR_PARTIAL ? expr_number(context, 2) : leaf;
}

static Status rewrite_expressions(Context *context, void *data) {
    (void)data;
    const Expr *expr = large_expression(context);
    int leaves = 0;
    ck_assert_ptr_eq(expr_rewrite(context, expr, keep, &leaves), expr);
    ck_assert_int_eq(leaves, 3);
    const Expr *replaced = expr_rewrite(context, expr, replace_partial, NULL);
    assert_prints(context, replaced, "relu(bf16(x[p + r - 1]) * 2 + w[r])");
    ck_assert_ptr_eq(replaced->call.arguments[0]->binary.right, expr->call.arguments[0]->binary.right);
    assert_prints(context, expr, "relu(bf16(x[p + r - 1]) * acc + w[r])");
    return STATUS_OK;
}

START_TEST(test_rewriting_shares_what_did_not_change) {
    run_in_context(rewrite_expressions, NULL);
}
END_TEST

static Status substitute_loop(Context *context, void *data) {
    (void)data;
    const Expr *expr = large_expression(context);
    const Expr *constant = expr_substitute(context, expr, &loop_p, affine_constant(context, 5));
    assert_prints(context, constant, "relu(bf16(x[r + 4]) * acc + w[r])");
    ck_assert_ptr_eq(constant->call.arguments[0]->binary.right, expr->call.arguments[0]->binary.right);
    const Var other = {.name = "q", .stage = "y", .id = 2};
    ck_assert_ptr_eq(expr_substitute(context, expr, &other, affine_constant(context, 5)), expr);
    return STATUS_OK;
}

START_TEST(test_substitution) {
    run_in_context(substitute_loop, NULL);
}
END_TEST

static void add_name(void *data, const Expr *access) {
    text_add_string(data, access->access.tensor->name);
}

static Status visit_accesses(Context *context, void *data) {
    (void)data;
    Text names = text_new(context);
    expr_visit(large_expression(context), add_name, &names);
    ck_assert_str_eq(text_string(&names), "xw");
    return STATUS_OK;
}

START_TEST(test_accesses_are_visited_from_left_to_right) {
    run_in_context(visit_accesses, NULL);
}
END_TEST

START_TEST(test_function_names) {
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        FunctionKind found = FUNCTION_COUNT;
        const char *name = function_name((FunctionKind)i);
        ck_assert(function_find(name, strlen(name), &found));
        ck_assert_int_eq(found, i);
        ck_assert_int_ge(function_arguments(found), 1);
        ck_assert_int_le(function_arguments(found), EXPR_MAX_ARGUMENTS);
    }
    FunctionKind found = FUNCTION_COUNT;
    ck_assert(!function_find("relu6", 5, &found));
    ck_assert(!function_find("rel", 3, &found));
}
END_TEST

static double evaluate(FunctionKind function, double a, double b, double c) {
    return function_evaluate(function, (double[]){a, b, c});
}

START_TEST(test_function_values) {
    ck_assert_double_eq(evaluate(FUNCTION_RELU, -2, 0, 0), 0);
    ck_assert_double_eq(evaluate(FUNCTION_RELU, 2, 0, 0), 2);
    ck_assert_double_eq(evaluate(FUNCTION_RELU, NAN, 0, 0), 0);
    ck_assert_double_eq(evaluate(FUNCTION_CLAMP, 7, 0, 6), 6);
    ck_assert_double_eq(evaluate(FUNCTION_CLAMP, -7, 0, 6), 0);
    ck_assert_double_eq(evaluate(FUNCTION_CLAMP, 3, 0, 6), 3);
    ck_assert_double_eq(evaluate(FUNCTION_CLAMP, NAN, 1, 6), 1);
    ck_assert_double_eq(evaluate(FUNCTION_LEAKY_RELU, -4, 0.25, 0), -1);
    ck_assert_double_eq(evaluate(FUNCTION_LEAKY_RELU, 4, 0.25, 0), 4);
    ck_assert_double_eq(evaluate(FUNCTION_HARDSWISH, -3, 0, 0), 0);
    ck_assert_double_eq(evaluate(FUNCTION_HARDSWISH, 3, 0, 0), 3);
    ck_assert_double_eq_tol(evaluate(FUNCTION_HARDSWISH, 1, 0, 0), 4.0 / 6, 1e-15);
    ck_assert_double_eq(evaluate(FUNCTION_SIGMOID, 0, 0, 0), 0.5);
    ck_assert_double_eq(evaluate(FUNCTION_SIGMOID, -1000, 0, 0), 0);
    ck_assert_double_eq_tol(evaluate(FUNCTION_SILU, 2, 0, 0), 2 / (1 + exp(-2)), 1e-15);
}
END_TEST

static void assert_conds_print(Context *context, const Cond *conds, int count, const char *expected) {
    Text text = text_new(context);
    cond_print_all(conds, count, &text);
    ck_assert_str_eq(text_string(&text), expected);
}

static Status print_conditions(Context *context, void *data) {
    (void)data;
    const Affine *p = affine_variable(context, &loop_p), *index = tap(context);
    Cond lower = {.expr = index};
    Cond upper = {.expr = affine_subtract(context, affine_constant(context, 7), index)};
    Cond room = {.expr = affine_subtract(context, affine_constant(context, 3), p)};
    Cond even = {.expr = affine_mod(context, p, 2), .equality = true};
    Cond mixed = {.expr = affine_subtract(context, p, affine_variable(context, &loop_r))};
    assert_conds_print(context, (Cond[]){lower, upper}, 2, "0 <= p + r - 1 < 8");
    assert_conds_print(context, (Cond[]){upper, lower}, 2, "0 <= p + r - 1 < 8");
    assert_conds_print(context, &lower, 1, "p + r - 1 >= 0");
    assert_conds_print(context, &upper, 1, "p + r < 9");
    assert_conds_print(context, &mixed, 1, "p - r >= 0");
    assert_conds_print(context, (Cond[]){lower, even, room, upper}, 4, "0 <= p + r - 1 < 8 && (p mod 2) = 0 && p < 4");
    assert_conds_print(context, (Cond[]){lower, upper, upper}, 3, "0 <= p + r - 1 < 8 && p + r < 9");
    assert_conds_print(context, NULL, 0, "");
    return STATUS_OK;
}

START_TEST(test_conditions_print_as_people_write_them) {
    run_in_context(print_conditions, NULL);
}
END_TEST

static Status evaluate_conditions(Context *context, void *data) {
    (void)data;
    Cond lower = {.expr = tap(context)}, zero = {.expr = tap(context), .equality = true};
    ck_assert(cond_holds(&lower, (int64_t[]){0, 1}));
    ck_assert(cond_holds(&lower, (int64_t[]){5, 1}));
    ck_assert(!cond_holds(&lower, (int64_t[]){0, 0}));
    ck_assert(cond_holds(&zero, (int64_t[]){1, 0}));
    ck_assert(!cond_holds(&zero, (int64_t[]){1, 1}));
    Cond moved = cond_substitute(context, zero, &loop_p, affine_constant(context, 1));
    assert_conds_print(context, &moved, 1, "r = 0");
    return STATUS_OK;
}

START_TEST(test_conditions_hold) {
    run_in_context(evaluate_conditions, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("expr");
    tcase_add_test(tests, test_printing_keeps_the_tree_with_few_parentheses);
    tcase_add_test(tests, test_rewriting_shares_what_did_not_change);
    tcase_add_test(tests, test_substitution);
    tcase_add_test(tests, test_accesses_are_visited_from_left_to_right);
    tcase_add_test(tests, test_function_names);
    tcase_add_test(tests, test_function_values);
    tcase_add_test(tests, test_conditions_print_as_people_write_them);
    tcase_add_test(tests, test_conditions_hold);
    return run_tests(tests);
}
