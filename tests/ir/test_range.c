/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/range.h: intervals by hand, and random expressions against all values that they take. */
#include "ir/range.h"

#include "base/random.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { LOOPS = 3, RANDOM_EXPRESSIONS = 500, MAX_EXTENT = 6 };

static const Var loops[LOOPS] = {
    {.name = "p", .stage = "y", .id = 0}, {.name = "q", .stage = "y", .id = 1}, {.name = "r", .stage = "y", .id = 2}};

static void assert_range(const Affine *expr, int64_t first, int64_t last) {
    const int64_t extents[LOOPS] = {56, 7, 3};
    Range range;
    ck_assert(range_of(expr, extents, &range));
    ck_assert_int_eq(range.first, first);
    ck_assert_int_eq(range.last, last);
}

static Status check_known_ranges(Context *context, void *data) {
    (void)data;
    const Affine *p = affine_variable(context, &loops[0]), *q = affine_variable(context, &loops[1]);
    const Affine *r = affine_variable(context, &loops[2]);
    assert_range(affine_constant(context, -5), -5, -5);
    assert_range(affine_offset(context, affine_add(context, p, r), -1), -1, 56);
    assert_range(affine_subtract(context, affine_scale(context, p, 2), affine_scale(context, r, 3)), -6, 110);
    assert_range(affine_mod(context, p, 4), 0, 3);
    assert_range(affine_mod(context, affine_offset(context, r, 9), 8), 1, 3);
    assert_range(affine_mod(context, affine_offset(context, q, -3), 8), 0, 7);
    assert_range(affine_div(context, p, 4), 0, 13);
    assert_range(affine_div(context, affine_subtract(context, q, r), 2), -1, 3);
    return STATUS_OK;
}

START_TEST(test_known_ranges) {
    run_in_context(check_known_ranges, NULL);
}
END_TEST

static Status check_unknown_ranges(Context *context, void *data) {
    (void)data;
    Range range;
    const Affine *p = affine_variable(context, &loops[0]), *q = affine_variable(context, &loops[1]);
    const int64_t extents[LOOPS] = {56, 0, 1};
    ck_assert(!range_of(q, extents, &range));
    ck_assert(!range_of(affine_mod(context, affine_add(context, p, q), 8), extents, &range));
    const Affine *large = affine_scale(context, p, RANGE_LIMIT / 50);
    ck_assert(!range_of(large, extents, &range));
    ck_assert(!range_of(affine_scale(context, p, INT64_MIN), extents, &range));
    ck_assert(!range_of(affine_div(context, large, RANGE_LIMIT - 1), extents, &range));
    ck_assert(range_of(affine_scale(context, p, RANGE_LIMIT / 55), extents, &range));
    ck_assert(!range_of(affine_constant(context, RANGE_LIMIT + 1), extents, &range));
    return STATUS_OK;
}

START_TEST(test_strange_loops_and_large_numbers_have_no_range) {
    run_in_context(check_unknown_ranges, NULL);
}
END_TEST

static const Affine *draw_expression(Context *context, Random *random, int depth) {
    if (depth == 0) return affine_variable(context, &loops[random_integer(random, 0, LOOPS - 1)]);
    const Affine *left = draw_expression(context, random, depth - 1);
    const Affine *right = draw_expression(context, random, depth - 1);
    switch (random_integer(random, 0, 3)) {
    case 0: return affine_mod(context, left, random_integer(random, 1, 7));
    case 1: return affine_div(context, left, random_integer(random, 1, 7));
    case 2: return affine_add(context, affine_scale(context, left, random_integer(random, -4, 4)), right);
    default: return affine_offset(context, affine_add(context, left, right), random_integer(random, -9, 9));
    }
}

/* Every value lies in the range. */
static Status compare_with_values(Context *context, void *data) {
    Random *random = data;
    Range range;
    const Affine *expr = draw_expression(context, random, 3);
    int64_t extents[LOOPS], values[LOOPS];
    for (int i = 0; i < LOOPS; i++) extents[i] = random_integer(random, 1, MAX_EXTENT);
    ck_assert(range_of(expr, extents, &range));
    for (values[0] = 0; values[0] < extents[0]; values[0]++) {
        for (values[1] = 0; values[1] < extents[1]; values[1]++) {
            for (values[2] = 0; values[2] < extents[2]; values[2]++) {
                int64_t value = affine_evaluate(expr, values);
                ck_assert(value >= range.first && value <= range.last);
            }
        }
    }
    return STATUS_OK;
}

START_TEST(test_random_expressions_stay_in_their_ranges) {
    Random random = random_new(5, 0);
    for (int i = 0; i < RANDOM_EXPRESSIONS; i++) run_in_context(compare_with_values, &random);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("range");
    tcase_add_test(tests, test_known_ranges);
    tcase_add_test(tests, test_strange_loops_and_large_numbers_have_no_range);
    tcase_add_test(tests, test_random_expressions_stay_in_their_ranges);
    return run_tests(tests);
}
