/* SPDX-License-Identifier: Apache-2.0 */
/* nest_verify of ir/nest.h: nests as they should be pass, and each rule has a nest that breaks it and nothing else. */
#include "ir/nest.h"

#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* y[k] = sum[c] x[c] * w[k, c], by hand, so that any part of it can be spoilt. */
typedef struct Parts {
    Context *context;
    Nest nest;
    Pipeline pipeline;
    Stage stage;
    const Stage *stages[1];
    const Tensor *tensors[5];
    Tensor x, w, y, packed, acc;
    Var k, c, u;
} Parts;

static Tensor vector_of(const char *name, Scope scope, int64_t extent) {
    return (Tensor){
        .name = name, .type = TYPE_F32, .scope = scope, .rank = 1, .axes = {{"i", extent}}, .layout = {.rank = 1}};
}

static void make_parts(Context *context, Parts *parts) {
    *parts = (Parts){.context = context};
    parts->x = vector_of("x", SCOPE_ARGUMENT, 8);
    parts->w = vector_of("w", SCOPE_ARGUMENT, 8);
    parts->y = vector_of("y", SCOPE_ARGUMENT, 4);
    parts->packed = vector_of("wp", SCOPE_PACKED, 8);
    parts->acc = vector_of("acc", SCOPE_REGISTERS, 4);
    parts->k = (Var){.name = "k", .stage = "y", .id = 0};
    parts->c = (Var){.name = "c", .stage = "y", .id = 1, .reduction = true};
    parts->u = (Var){.name = "u", .stage = "y", .id = 2};
    parts->tensors[0] = &parts->x;
    parts->tensors[1] = &parts->w;
    parts->tensors[2] = &parts->y;
    parts->tensors[3] = &parts->packed;
    parts->stage.output = &parts->y;
    parts->stages[0] = &parts->stage;
    parts->pipeline = (Pipeline){.stage_count = 1, .stages = parts->stages};
    parts->nest = (Nest){.pipeline = &parts->pipeline, .tensor_count = 4, .tensors = parts->tensors, .var_count = 3};
}

static const Stmt *loop(const Parts *parts, const Var *var, int64_t first, int64_t end, Mark mark, const Stmt *body) {
    Context *context = parts->context;
    return stmt_loop(context, var, bound_constant(context, first), bound_constant(context, end), mark, 0, body);
}

/* to[var + offset] = from[0], or a constant when `from` is NULL */
static const Stmt *store(const Parts *parts, const Tensor *to, const Var *var, int64_t offset, const Tensor *from) {
    Context *context = parts->context;
    const Affine *zero = affine_constant(context, 0);
    const Affine *index = affine_offset(context, affine_variable(context, var), offset);
    const Expr *value = from == NULL ? expr_number(context, 1) : expr_access(context, from, &zero);
    return stmt_store(context, to, &index, false, value);
}

static const Stmt *store_value(const Parts *parts, const Expr *value) {
    const Affine *zero = affine_constant(parts->context, 0);
    return stmt_store(parts->context, &parts->y, &zero, false, value);
}

static const Stmt *two(const Parts *parts, const Stmt *first, const Stmt *second) {
    return stmt_block(parts->context, 2, (const Stmt *const[]){first, second});
}

static const Stmt *guard(const Parts *parts, const Affine *expr, const Stmt *body) {
    Cond cond = {.expr = expr};
    return stmt_guard(parts->context, 1, &cond, body);
}

/* One way to build a nest, and the message that it must give; NULL: it is well formed. */
typedef struct Rule {
    const Stmt *(*build)(Parts *parts);
    const char *message;
} Rule;

static const Stmt *build_plain(Parts *parts) {
    return loop(parts, &parts->k, 0, 4, MARK_NONE, store(parts, &parts->y, &parts->k, 0, &parts->x));
}

static const Stmt *build_guarded(Parts *parts) {
    const Affine *room =
        affine_subtract(parts->context, affine_constant(parts->context, 3), affine_variable(parts->context, &parts->k));
    return loop(parts, &parts->k, 0, 9, MARK_LANES, guard(parts, room, store(parts, &parts->y, &parts->k, 0, NULL)));
}

static const Stmt *build_dead(Parts *parts) {
    const Affine *never = affine_offset(parts->context, affine_variable(parts->context, &parts->k), -9);
    return loop(parts, &parts->k, 0, 9, MARK_NONE, guard(parts, never, store(parts, &parts->y, &parts->k, 0, NULL)));
}

static const Stmt *build_empty_loop(Parts *parts) {
    return loop(parts, &parts->k, 7, 7, MARK_NONE, store(parts, &parts->y, &parts->k, 0, NULL));
}

/* Of the place k*scale of a tensor. */
static const Stmt *build_prefetch_of(const Parts *parts, const Tensor *tensor, int64_t scale, int level) {
    const Affine *offset = affine_scale(parts->context, affine_variable(parts->context, &parts->k), scale);
    return loop(parts, &parts->k, 0, 4, MARK_NONE, stmt_prefetch(parts->context, tensor, offset, level));
}

static const Stmt *build_prefetch(Parts *parts) {
    return build_prefetch_of(parts, &parts->x, -1000, 2);
}

static const Stmt *build_prefetch_far(Parts *parts) {
    return build_prefetch_of(parts, &parts->x, (int64_t)1 << 50, 1);
}

static const Stmt *build_prefetch_level(Parts *parts) {
    return build_prefetch_of(parts, &parts->x, 1, 3);
}

static const Stmt *build_prefetch_registers(Parts *parts) {
    return stmt_alloc(parts->context, &parts->acc, build_prefetch_of(parts, &parts->acc, 1, 1));
}

static const Stmt *build_prefetch_nothing(Parts *parts) {
    return build_prefetch_of(parts, &parts->acc, 1, 1);
}

static const Stmt *build_above(Parts *parts) {
    return loop(parts, &parts->k, 0, 4, MARK_NONE, store(parts, &parts->y, &parts->k, 1, NULL));
}

static const Stmt *build_below(Parts *parts) {
    return loop(parts, &parts->k, 0, 4, MARK_NONE, store(parts, &parts->y, &parts->k, -1, NULL));
}

static const Stmt *build_read_outside(Parts *parts) {
    const Affine *index = affine_scale(parts->context, affine_variable(parts->context, &parts->k), 3);
    const Expr *value = expr_binary(parts->context, EXPR_MULTIPLY, expr_number(parts->context, 2),
                                    expr_access(parts->context, &parts->x, &index));
    return loop(parts, &parts->k, 0, 4, MARK_LANES, store_value(parts, value));
}

static const Stmt *build_stray(Parts *parts) {
    return two(parts, build_plain(parts), store(parts, &parts->y, &parts->k, 0, NULL));
}

static const Stmt *build_stray_bound(Parts *parts) {
    Context *context = parts->context;
    Bound end = bound_of(affine_div(context, affine_variable(context, &parts->c), 2));
    return stmt_loop(context, &parts->k, bound_constant(context, 0), end, MARK_NONE, 0, stmt_block(context, 0, NULL));
}

static const Stmt *build_stray_guard(Parts *parts) {
    return guard(parts, affine_variable(parts->context, &parts->c), build_plain(parts));
}

static const Stmt *build_loop_twice(Parts *parts) {
    return loop(parts, &parts->k, 0, 2, MARK_NONE, build_plain(parts));
}

static const Stmt *build_name_twice(Parts *parts) {
    parts->u.name = "k";
    return loop(parts, &parts->u, 0, 2, MARK_NONE, build_plain(parts));
}

static const Stmt *build_large_id(Parts *parts) {
    parts->k.id = 3;
    return build_plain(parts);
}

static const Stmt *build_factor(Parts *parts) {
    Context *context = parts->context;
    return stmt_loop(context, &parts->k, bound_constant(context, 0), bound_constant(context, 4), MARK_LANES, 2,
                     stmt_block(context, 0, NULL));
}

static const Stmt *build_no_bound(Parts *parts) {
    Bound none = {0};
    return stmt_loop(parts->context, &parts->k, none, bound_constant(parts->context, 4), MARK_NONE, 0,
                     stmt_block(parts->context, 0, NULL));
}

static const Stmt *build_unknown_tensor(Parts *parts) {
    return loop(parts, &parts->k, 0, 4, MARK_UNROLL, store(parts, &parts->acc, &parts->k, 0, NULL));
}

static const Stmt *build_unknown_read(Parts *parts) {
    return loop(parts, &parts->k, 0, 4, MARK_NONE, store(parts, &parts->y, &parts->k, 0, &parts->acc));
}

static const Stmt *build_input_written(Parts *parts) {
    return loop(parts, &parts->k, 0, 4, MARK_NONE, store(parts, &parts->x, &parts->k, 0, NULL));
}

static const Stmt *build_packed_written(Parts *parts) {
    return loop(parts, &parts->k, 0, 4, MARK_NONE, store(parts, &parts->packed, &parts->k, 0, NULL));
}

static const Stmt *build_partial(Parts *parts) {
    return store_value(
        parts, expr_binary(parts->context, EXPR_ADD, expr_number(parts->context, 1), expr_partial(parts->context)));
}

static const Stmt *build_no_operand(Parts *parts) {
    return store_value(parts, expr_binary(parts->context, EXPR_ADD, expr_number(parts->context, 1), NULL));
}

static const Stmt *build_no_statement(Parts *parts) {
    return loop(parts, &parts->k, 0, 4, MARK_NONE, NULL);
}

/* acc { for u: acc[u] = 1; y[0] = acc[0] }, with a mark for u */
static const Stmt *build_registers(Parts *parts, Mark mark, int64_t factor) {
    Context *context = parts->context;
    const Stmt *first = store(parts, &parts->acc, &parts->u, 0, NULL);
    const Stmt *fill =
        stmt_loop(context, &parts->u, bound_constant(context, 0), bound_constant(context, 4), mark, factor, first);
    const Affine *zero = affine_constant(context, 0);
    return stmt_alloc(context, &parts->acc,
                      two(parts, fill, store_value(parts, expr_access(context, &parts->acc, &zero))));
}

static const Stmt *build_registers_unrolled(Parts *parts) {
    return build_registers(parts, MARK_UNROLL, 0);
}

static const Stmt *build_registers_on_lanes(Parts *parts) {
    return build_registers(parts, MARK_LANES, 0);
}

static const Stmt *build_registers_in_loop(Parts *parts) {
    return build_registers(parts, MARK_NONE, 0);
}

static const Stmt *build_registers_unrolled_by(Parts *parts) {
    return build_registers(parts, MARK_UNROLL, 2);
}

static const Stmt *build_stack_in_loop(Parts *parts) {
    parts->acc.scope = SCOPE_STACK;
    return build_registers(parts, MARK_NONE, 0);
}

static const Stmt *build_registers_inside(Parts *parts) {
    const Stmt *buffer = stmt_alloc(parts->context, &parts->acc, store(parts, &parts->acc, &parts->k, 0, NULL));
    return loop(parts, &parts->k, 0, 4, MARK_UNROLL, buffer);
}

static const Stmt *build_read_first(Parts *parts) {
    const Affine *zero = affine_constant(parts->context, 0);
    const Stmt *add = stmt_store(parts->context, &parts->acc, &zero, true, expr_number(parts->context, 1));
    return stmt_alloc(parts->context, &parts->acc, two(parts, add, build_plain(parts)));
}

static const Stmt *build_argument_buffer(Parts *parts) {
    parts->acc.scope = SCOPE_ARGUMENT;
    return stmt_alloc(parts->context, &parts->acc, build_plain(parts));
}

static const Stmt *build_taken_name(Parts *parts) {
    parts->acc.name = "x";
    return stmt_alloc(parts->context, &parts->acc, build_plain(parts));
}

static const Stmt *build_bad_buffer(Parts *parts) {
    parts->acc.axes[0].extent = 0;
    return stmt_alloc(parts->context, &parts->acc, build_plain(parts));
}

static const Stmt *build_same_tensors(Parts *parts) {
    parts->x.name = "w";
    return build_plain(parts);
}

static const Stmt *build_no_values(Parts *parts) {
    parts->x.scope = SCOPE_CONSTANT;
    return build_plain(parts);
}

static const Rule rules[] = {
    {build_plain, NULL},
    {build_guarded, NULL},
    {build_dead, NULL},
    {build_empty_loop, NULL},
    {build_registers_unrolled, NULL},
    {build_registers_on_lanes, NULL},
    {build_stack_in_loop, NULL},
    {build_prefetch, NULL},
    {build_prefetch_far, "the offset is not proved to stay below 2^50, in 'prefetch x + k*1125899906842624 into l1'"},
    {build_prefetch_level, "a cache of level 3, not 1 or 2, in 'prefetch x + k into l3' inside k"},
    {build_prefetch_registers, "acc is not in memory, in 'prefetch acc + k into l1' inside k"},
    {build_prefetch_nothing, "acc is neither a tensor of the nest nor a buffer around, in 'prefetch acc + k into l1'"},
    {build_above, "index k + 1 of y, axis i, is not proved to lie in 0..3, in 'y[k + 1] = 1' inside k"},
    {build_below, "index k - 1 of y, axis i, is not proved to lie in 0..3, in 'y[k - 1] = 1' inside k"},
    {build_read_outside, "index k*3 of x, axis i, is not proved to lie in 0..7, in 'y[0] = 2 * x[k*3]' inside k"},
    {build_stray, "loop k is not around, in 'y[k] = 1'"},
    {build_stray_bound, "loop c is not around, in 'for k in 0..(c div 2)'"},
    {build_stray_guard, "loop c is not around, in 'if (c >= 0)'"},
    {build_loop_twice, "a loop k is around already, in 'for k 4' inside k"},
    {build_name_twice, "a loop k is around already, in 'for k 4' inside k"},
    {build_large_id, "loop k has the id 3, not one below 3, in 'for k 4'"},
    {build_factor, "a factor belongs to a loop that is unrolled, in 'lanes k 4 by 2'"},
    {build_no_bound, "a bound has 0 terms, not 1..4"},
    {build_unknown_tensor, "acc is neither a tensor of the nest nor a buffer around, in 'acc[k] = 1' inside k"},
    {build_unknown_read, "acc is neither a tensor of the nest nor a buffer around, in 'y[k] = acc[0]' inside k"},
    {build_input_written, "x is an input and cannot be written, in 'x[k] = 1' inside k"},
    {build_packed_written, "wp is packed: it can only be written ahead, in 'wp[k] = 1' inside k"},
    {build_partial, "a partial sum must be read from where it is kept, in 'y[0] = 1 + partial'"},
    {build_no_operand, "an operand is missing"},
    {build_no_statement, "a statement is missing"},
    {build_registers_in_loop, "acc is in registers, but its index uses loop u, which is neither unrolled nor on lanes, "
                              "in 'acc[u] = 1' inside u"},
    {build_registers_unrolled_by,
     "acc is in registers, but its index uses loop u, which is neither unrolled nor on lanes"},
    {build_registers_inside,
     "acc is in registers, but its index uses loop k, which is outside of it, in 'acc[k] = 1' inside k"},
    {build_read_first, "acc is read and nothing was stored there before, in 'acc[0] += 1'"},
    {build_argument_buffer, "a buffer cannot be in scope argument, in 'acc f32 [i 4] in argument'"},
    {build_taken_name, "the name x is taken, in 'x f32 [i 4] in registers'"},
    {build_bad_buffer, "tensor acc: the extent of axis i must be in 1..2147483647, not 0"},
    {build_same_tensors, "two tensors w"},
    {build_no_values, "constant x has no values"},
};

static Status check_rule(Context *context, void *data) {
    const Rule *rule = data;
    Parts parts;
    make_parts(context, &parts);
    parts.nest.body = rule->build(&parts);
    Status status = nest_verify(context, &parts.nest);
    if (rule->message == NULL) return status;
    ck_assert_int_eq(status, STATUS_INVALID);
    ck_assert_msg(strstr(diag_message(context), rule->message) != NULL, "%s\nlacks\n%s", diag_message(context),
                  rule->message);
    return STATUS_OK;
}

START_TEST(test_that_each_rule_is_held) {
    Rule rule = rules[_i];
    run_in_context(check_rule, &rule);
}
END_TEST

static const Stmt *pack_from(Parts *parts, const Tensor *from) {
    return loop(parts, &parts->k, 0, 8, MARK_NONE, store(parts, &parts->packed, &parts->k, 0, from));
}

static const Stmt *ahead_from_weights(Parts *parts) {
    return pack_from(parts, &parts->w);
}

static const Stmt *ahead_from_input(Parts *parts) {
    return pack_from(parts, &parts->x);
}

/* Parts that run ahead. */
static const Rule ahead_rules[] = {
    {ahead_from_weights, NULL},
    {ahead_from_input, "malformed loop nest (ahead): x is not known ahead, in 'wp[k] = x[0]' inside k"},
    {build_plain, "(ahead): x is not known ahead, in 'y[k] = x[0]' inside k"},
    {build_prefetch, "(ahead): nothing is prefetched ahead, in 'prefetch x + -k*1000 into l2'"},
    {build_guarded, "(ahead): only packed tensors are written ahead, and y is in scope argument"},
};

static Status check_ahead_rule(Context *context, void *data) {
    const Rule *rule = data;
    Parts parts;
    make_parts(context, &parts);
    parts.nest.ahead = rule->build(&parts);
    parts.nest.body = stmt_block(context, 0, NULL);
    Status status = nest_verify(context, &parts.nest);
    if (rule->message == NULL) return status;
    ck_assert_int_eq(status, STATUS_INVALID);
    ck_assert_msg(strstr(diag_message(context), rule->message) != NULL, "%s\nlacks\n%s", diag_message(context),
                  rule->message);
    return STATUS_OK;
}

START_TEST(test_that_each_rule_of_ahead_parts_is_held) {
    Rule rule = ahead_rules[_i];
    run_in_context(check_ahead_rule, &rule);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("nest_verify");
    tcase_add_loop_test(tests, test_that_each_rule_is_held, 0, (int)(sizeof rules / sizeof *rules));
    tcase_add_loop_test(tests, test_that_each_rule_of_ahead_parts_is_held, 0,
                        (int)(sizeof ahead_rules / sizeof *ahead_rules));
    return run_tests(tests);
}
