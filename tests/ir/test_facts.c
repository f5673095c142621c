/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/facts.h: proofs that kernels need, and random boxes against enumeration. */
#include "ir/facts.h"

#include "base/random.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const Var p = {.name = "p", .stage = "y", .id = 0}, r = {.name = "r", .stage = "y", .id = 1, .reduction = true},
                 q = {.name = "q", .stage = "y", .id = 2};

static const Affine *variable(Context *context, const Var *var) {
    return affine_variable(context, var);
}

static const Stmt *box_loop(Context *context, const Var *var, int64_t first, int64_t end) {
    return stmt_loop(context, var, bound_constant(context, first), bound_constant(context, end), MARK_NONE, 0,
                     stmt_block(context, 0, NULL));
}

/* p + r*dilation - pad >= 0 for r >= ceil((pad - p) / dilation), as clip makes the bound. */
static void check_clipped(Context *context, int64_t dilation, int64_t pad) {
    const Stmt *rows = box_loop(context, &p, 0, 56);
    Facts outer = facts_in_loop(NULL, rows);
    const Affine *row = affine_offset(context, variable(context, &p), -pad);
    Bound lower = {2, {affine_constant(context, 0), affine_scale(context, affine_div(context, row, dilation), -1)}};
    const Stmt *taps = stmt_loop(context, &r, lower, bound_constant(context, 3), MARK_NONE, 0, rows->loop.body);
    Facts facts = facts_in_loop(&outer, taps);
    const Affine *input = affine_add(context, row, affine_scale(context, variable(context, &r), dilation));
    Cond inside = {.expr = input};
    ck_assert(facts_prove(&facts, &inside));
    Cond further = {.expr = affine_offset(context, input, -1)};
    ck_assert(!facts_prove(&facts, &further));
}

static Status clipped_taps(Context *context, void *data) {
    (void)data;
    check_clipped(context, 1, 1);
    check_clipped(context, 2, 3);
    check_clipped(context, 3, 2);
    return STATUS_OK;
}

START_TEST(test_clipped_loop_stays_inside) {
    run_in_context(clipped_taps, NULL);
}
END_TEST

/* x[2*q + r] is inside [0, 17) because of a guard on q alone, scaled by two. */
static Status guard_scaled(Context *context, void *data) {
    (void)data;
    const Stmt *columns = box_loop(context, &q, 0, 16), *taps = box_loop(context, &r, 0, 3);
    Facts outer = facts_in_loop(NULL, columns);
    Facts inner = facts_in_loop(&outer, taps);
    Cond tail = {.expr = affine_offset(context, affine_scale(context, variable(context, &q), -1), 7)};
    const Stmt *guard = stmt_guard(context, 1, &tail, taps->loop.body);
    Facts facts = facts_in_guard(&inner, guard);
    const Affine *input = affine_add(context, affine_scale(context, variable(context, &q), 2), variable(context, &r));
    Cond room = {.expr = affine_subtract(context, affine_constant(context, 16), input)};
    ck_assert(facts_prove(&facts, &room));
    ck_assert(!facts_prove(&inner, &room));
    return STATUS_OK;
}

START_TEST(test_guard_is_used_with_a_factor) {
    run_in_context(guard_scaled, NULL);
}
END_TEST

/* A loop fused of two: what its guard says of f div 4 is used where f stands plainly, both ways round. */
static Status guard_divided(Context *context, void *data) {
    (void)data;
    const Stmt *fused = box_loop(context, &q, 0, 40);
    Facts outer = facts_in_loop(NULL, fused);
    const Affine *f = variable(context, &q), *row = affine_div(context, f, 4);
    Cond conds[] = {{.expr = affine_offset(context, row, -2)}, /* f div 4 >= 2 */
                    {.expr = affine_offset(context, affine_scale(context, row, -1), 3)}};
    const Stmt *guard = stmt_guard(context, 2, conds, fused->loop.body);
    Facts facts = facts_in_guard(&outer, guard);
    ck_assert_int_eq(facts_range(&facts, f).first, 8);
    ck_assert_int_eq(facts_range(&facts, f).last, 15);
    ck_assert_int_eq(facts_range(&outer, f).last, 39);
    return STATUS_OK;
}

START_TEST(test_guard_is_used_without_its_div) {
    run_in_context(guard_divided, NULL);
}
END_TEST

static Status simplify_blocks(Context *context, void *data) {
    (void)data;
    const Stmt *vectors = box_loop(context, &p, 0, 2), *lanes = box_loop(context, &q, 0, 16);
    Facts outer = facts_in_loop(NULL, vectors);
    Facts facts = facts_in_loop(&outer, lanes);
    const Affine *k = affine_add(context, affine_scale(context, variable(context, &p), 16), variable(context, &q));
    ck_assert(affine_equal(facts_simplify(context, &facts, affine_mod(context, k, 32)), k));
    ck_assert(affine_equal(facts_simplify(context, &facts, affine_div(context, k, 32)), affine_constant(context, 0)));
    ck_assert(affine_equal(facts_simplify(context, &facts, affine_div(context, k, 16)), variable(context, &p)));
    return STATUS_OK;
}

/* Vectors of 8 in blocks of 16: k = p*8 + q with q < 8. */
static Status simplify_half_blocks(Context *context, void *data) {
    (void)data;
    const Stmt *vectors = box_loop(context, &p, 0, 6), *lanes = box_loop(context, &q, 0, 8);
    Facts outer = facts_in_loop(NULL, vectors);
    Facts facts = facts_in_loop(&outer, lanes);
    const Affine *k = affine_add(context, affine_scale(context, variable(context, &p), 8), variable(context, &q));
    const Affine *block = affine_div(context, variable(context, &p), 2);
    ck_assert(affine_equal(facts_simplify(context, &facts, affine_div(context, k, 16)), block));
    const Affine *place = affine_scale(context, affine_mod(context, variable(context, &p), 2), 8);
    place = affine_add(context, place, variable(context, &q));
    ck_assert(affine_equal(facts_simplify(context, &facts, affine_mod(context, k, 16)), place));
    const Affine *next = affine_offset(context, k, 8);
    block = affine_div(context, affine_offset(context, variable(context, &p), 1), 2);
    ck_assert(affine_equal(facts_simplify(context, &facts, affine_div(context, next, 16)), block));
    return STATUS_OK;
}

START_TEST(test_blocks_resolve_by_range) {
    run_in_context(simplify_blocks, NULL);
    run_in_context(simplify_half_blocks, NULL);
}
END_TEST

/* Loops p in 0..40 and q in 0..40, and conditions on them. */
static Range range_with(Context *context, const Affine *expr, int count, const Cond *conds) {
    const Stmt *rows = box_loop(context, &p, 0, 40), *columns = box_loop(context, &q, 0, 40);
    Facts outer = facts_in_loop(NULL, rows);
    Facts inner = facts_in_loop(&outer, columns);
    if (count == 0) return facts_range(&inner, expr);
    Facts facts = facts_in_guard(&inner, stmt_guard(context, count, conds, rows->loop.body));
    return facts_range(&facts, expr);
}

/* Guards work together, however many: p = 2q + 1, q >= 3, p + q <= 20 say that p is in 7..13. */
static Status join_guards(Context *context, void *data) {
    (void)data;
    const Affine *row = variable(context, &p), *column = variable(context, &q);
    const Affine *line = affine_subtract(context, row, affine_scale(context, column, 2));
    const Affine *room = affine_subtract(context, affine_constant(context, 20), affine_add(context, row, column));
    const Cond conds[] = {{.expr = affine_offset(context, line, -1), .equality = true},
                          {.expr = affine_offset(context, column, -3)},
                          {.expr = room}};
    Range range = range_with(context, row, 3, conds);
    ck_assert_int_eq(range.first, 7);
    ck_assert_int_eq(range.last, 13);
    const Cond never[] = {
        {.expr = affine_offset(context, column, -30)}, {.expr = room}, {.expr = affine_offset(context, row, -5)}};
    range = range_with(context, row, 3, never);
    ck_assert_int_gt(range.first, range.last);
    return STATUS_OK;
}

START_TEST(test_guards_work_together) {
    run_in_context(join_guards, NULL);
}
END_TEST

/* Divisions are related to each other: p div 2 div 3 = p div 6, and p div 4 <= p div 2. */
static Status relate_divisions(Context *context, void *data) {
    (void)data;
    const Affine *row = variable(context, &p);
    const Affine *twice = affine_div(context, affine_div(context, row, 2), 3), *once = affine_div(context, row, 6);
    Range range = range_with(context, affine_subtract(context, twice, once), 0, NULL);
    ck_assert_int_eq(range.first, 0);
    ck_assert_int_eq(range.last, 0);
    range = range_with(context, affine_subtract(context, affine_div(context, row, 2), affine_div(context, row, 4)), 0,
                       NULL);
    ck_assert_int_eq(range.first, 0);
    return STATUS_OK;
}

START_TEST(test_divisions_are_related) {
    run_in_context(relate_divisions, NULL);
}
END_TEST

/* A tile that is moved inward when it is the last: p*14 + q - (p div 3)*6 for p in 0..4, q in 0..14 lies in 0..49. */
static Status moved_tile(Context *context, void *data) {
    (void)data;
    const Stmt *tiles = box_loop(context, &p, 0, 4), *columns = box_loop(context, &q, 0, 14);
    Facts outer = facts_in_loop(NULL, tiles);
    Facts facts = facts_in_loop(&outer, columns);
    const Affine *tile = variable(context, &p);
    const Affine *shift = affine_scale(context, affine_div(context, tile, 3), 6);
    const Affine *place = affine_add(context, affine_scale(context, tile, 14), variable(context, &q));
    const Affine *index = affine_subtract(context, place, shift);
    Cond low = {.expr = index}, high = {.expr = affine_subtract(context, affine_constant(context, 49), index)};
    Cond tight = {.expr = affine_offset(context, high.expr, -1)};
    ck_assert(facts_prove(&facts, &low));
    ck_assert(facts_prove(&facts, &high));
    ck_assert(!facts_prove(&facts, &tight));
    return STATUS_OK;
}

START_TEST(test_a_div_of_two_values_is_proved_by_cases) {
    run_in_context(moved_tile, NULL);
}
END_TEST

typedef struct Box {
    int64_t first[3], end[3];
} Box;

static const Affine *random_affine(Context *context, Random *random) {
    const Var *vars[] = {&p, &r, &q};
    const Affine *sum = affine_constant(context, random_integer(random, -20, 20));
    for (int i = 0; i < 4; i++) {
        const Affine *term =
            affine_scale(context, variable(context, vars[random_integer(random, 0, 2)]), random_integer(random, -5, 5));
        sum = affine_add(context, sum, term);
        if (random_once_in(random, 4)) sum = affine_div(context, sum, random_integer(random, 1, 6));
        if (random_once_in(random, 4)) sum = affine_mod(context, sum, random_integer(random, 1, 6));
    }
    return sum;
}

/* A condition that holds for about half of the numbers, div and mod included. */
static Cond random_guard(Context *context, Random *random) {
    return (Cond){.expr = random_affine(context, random), .equality = random_once_in(random, 8)};
}

static bool holds(const Stmt *guard, const int64_t *values) {
    for (int i = 0; i < guard->guard.count; i++) {
        int64_t value = affine_evaluate(guard->guard.conds[i].expr, values);
        if (value < 0 || (guard->guard.conds[i].equality && value != 0)) return false;
    }
    return true;
}

/* What is proved must hold at every point where the guard does, and a simplified expression must be equal there. */
static void check_box(Context *context, const Facts *facts, const Box *box, const Affine *expr) {
    int64_t least = INT64_MAX, most = INT64_MIN, values[3];
    const Affine *simple = facts_simplify(context, facts, expr);
    Cond positive = {.expr = expr}, zero = {.expr = expr, .equality = true};
    bool is_proved = facts_prove(facts, &positive), is_refuted = facts_refute(facts, &zero);
    for (values[0] = box->first[0]; values[0] < box->end[0]; values[0]++)
        for (values[1] = box->first[1]; values[1] < box->end[1]; values[1]++)
            for (values[2] = box->first[2]; values[2] < box->end[2]; values[2]++) {
                if (!holds(facts->guard, values)) continue;
                int64_t value = affine_evaluate(expr, values);
                ck_assert_int_eq(affine_evaluate(simple, values), value);
                ck_assert(!is_proved || value >= 0);
                ck_assert(!is_refuted || value != 0);
                least = value < least ? value : least;
                most = value > most ? value : most;
            }
    if (most != INT64_MIN) ck_assert_int_le(facts_range(facts, expr).first, least);
    if (most != INT64_MIN) ck_assert_int_ge(facts_range(facts, expr).last, most);
}

static Status random_boxes(Context *context, void *data) {
    (void)data;
    Random random = random_new(2, 0);
    const Var *vars[] = {&p, &r, &q};
    for (int round = 0; round < 3000; round++) {
        Box box;
        Facts facts[3];
        for (int i = 0; i < 3; i++) {
            box.first[i] = random_integer(&random, -3, 3);
            box.end[i] = box.first[i] + random_integer(&random, 1, 5);
            const Stmt *loop = box_loop(context, vars[i], box.first[i], box.end[i]);
            facts[i] = facts_in_loop(i == 0 ? NULL : &facts[i - 1], loop);
        }
        Cond conds[2];
        for (int i = 0; i < 2; i++) conds[i] = random_guard(context, &random);
        const Stmt *body = box_loop(context, &p, 0, 1);
        Stmt guard = {.kind = STMT_IF, .guard = {.count = round % 3, .conds = conds, .body = body}};
        Facts inside = facts_in_guard(&facts[2], &guard);
        check_box(context, &inside, &box, random_affine(context, &random));
    }
    return STATUS_OK;
}

START_TEST(test_random_limits_are_sound) {
    run_in_context(random_boxes, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("facts");
    tcase_add_test(tests, test_clipped_loop_stays_inside);
    tcase_add_test(tests, test_guard_is_used_with_a_factor);
    tcase_add_test(tests, test_guard_is_used_without_its_div);
    tcase_add_test(tests, test_blocks_resolve_by_range);
    tcase_add_test(tests, test_guards_work_together);
    tcase_add_test(tests, test_divisions_are_related);
    tcase_add_test(tests, test_a_div_of_two_values_is_proved_by_cases);
    tcase_add_test(tests, test_random_limits_are_sound);
    return run_tests(tests);
}
