/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/affine.h: canonical forms by hand, and random expressions against evaluation. */
#include "ir/affine.h"

#include "base/random.h"
#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { LOOPS = 4, MAX_VALUE = 9 };

static const Var loops[LOOPS] = {{.name = "p", .stage = "y", .id = 0},
                                 {.name = "r", .stage = "y", .id = 1, .reduction = true},
                                 {.name = "f", .stage = "y", .id = 2},
                                 {.name = "kl", .stage = "y", .id = 3}};

static const char *print(Context *context, const Affine *a) {
    Text text = text_new(context);
    affine_print(a, &text);
    return arena_string(context, text_string(&text));
}

static const Affine *loop(Context *context, int index) {
    return affine_variable(context, &loops[index]);
}

static Status print_forms(Context *context, void *data) {
    (void)data;
    const Affine *p = loop(context, 0), *r = loop(context, 1), *f = loop(context, 2), *kl = loop(context, 3);
    const Affine *tap = affine_offset(context, affine_add(context, p, r), -1);
    ck_assert_str_eq(print(context, tap), "p + r - 1");
    ck_assert_str_eq(print(context, affine_subtract(context, affine_constant(context, 1), p)), "1 - p");
    ck_assert_str_eq(print(context, affine_scale(context, p, -1)), "-p");
    ck_assert_str_eq(print(context, affine_subtract(context, tap, tap)), "0");
    ck_assert_str_eq(print(context, affine_offset(context, affine_scale(context, p, -2), -3)), "-3 - p*2");
    const Affine *block = affine_add(context, affine_scale(context, p, 32), kl);
    ck_assert_str_eq(print(context, affine_div(context, block, 32)), "p + (kl div 32)");
    ck_assert_str_eq(print(context, affine_mod(context, block, 32)), "(kl mod 32)");
    ck_assert_str_eq(print(context, affine_div(context, affine_offset(context, f, 58), 58)), "(f div 58) + 1");
    ck_assert_str_eq(print(context, affine_div(context, affine_scale(context, f, 14), 56)), "(f div 4)");
    return STATUS_OK;
}

START_TEST(test_canonical_forms_print_as_people_write) {
    run_in_context(print_forms, NULL);
}
END_TEST

/* The offset of a fused loop over rows and columns walks memory evenly. */
static Status fuse_offsets(Context *context, void *data) {
    (void)data;
    const Affine *tile = affine_offset(context, affine_scale(context, loop(context, 2), 14), 3);
    const Affine *row = affine_div(context, tile, 56), *column = affine_mod(context, tile, 56);
    const Affine *offset = affine_add(context, affine_scale(context, row, 56 * 64), affine_scale(context, column, 64));
    ck_assert_str_eq(print(context, offset), "f*896 + 192");
    return STATUS_OK;
}

START_TEST(test_div_and_mod_of_one_loop_join) {
    run_in_context(fuse_offsets, NULL);
}
END_TEST

/* A random expression and, beside it, its values at a point computed by plain arithmetic. */
typedef struct Sample {
    const Affine *affine;
    int64_t value;
} Sample;

static int64_t floor_div(int64_t a, int64_t d) {
    return a / d - (a % d < 0);
}

static Sample random_sample(Context *context, Random *random, const int64_t *values, int depth) {
    int64_t constant = random_integer(random, -40, 40);
    if (depth == 0) {
        int index = (int)random_integer(random, 0, LOOPS);
        if (index == LOOPS) return (Sample){affine_constant(context, constant), constant};
        return (Sample){loop(context, index), values[index]};
    }
    Sample a = random_sample(context, random, values, depth - 1), b = random_sample(context, random, values, depth - 1);
    int64_t d = random_integer(random, 1, 12);
    switch (random_integer(random, 0, 5)) {
    case 0: return (Sample){affine_add(context, a.affine, b.affine), a.value + b.value};
    case 1: return (Sample){affine_subtract(context, a.affine, b.affine), a.value - b.value};
    case 2: return (Sample){affine_scale(context, a.affine, constant), a.value * constant};
    case 3: return (Sample){affine_offset(context, a.affine, constant), a.value + constant};
    case 4: return (Sample){affine_div(context, a.affine, d), floor_div(a.value, d)};
    default: return (Sample){affine_mod(context, a.affine, d), a.value - d * floor_div(a.value, d)};
    }
}

static Status check_samples(Context *context, void *data) {
    (void)data;
    Random random = random_new(1, 0);
    for (int round = 0; round < 20000; round++) {
        int64_t values[LOOPS];
        for (int i = 0; i < LOOPS; i++) values[i] = random_integer(&random, 0, MAX_VALUE);
        Sample sample = random_sample(context, &random, values, (int)random_integer(&random, 1, 4));
        ck_assert_int_eq(affine_evaluate(sample.affine, values), sample.value);
        int index = (int)random_integer(&random, 0, LOOPS - 1);
        const Affine *by = affine_constant(context, values[index]);
        const Affine *substituted = affine_substitute(context, sample.affine, &loops[index], by);
        ck_assert_int_eq(affine_evaluate(substituted, values), sample.value);
        ck_assert(!affine_uses(substituted, &loops[index]));
        ck_assert(affine_equal(affine_subtract(context, sample.affine, sample.affine), affine_constant(context, 0)));
    }
    return STATUS_OK;
}

START_TEST(test_random_expressions_keep_their_value) {
    run_in_context(check_samples, NULL);
}
END_TEST

START_TEST(test_each_failure_of_memory_unwinds) {
    ck_assert_uint_gt(run_until_memory_suffices(print_forms, NULL), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("affine");
    tcase_add_test(tests, test_canonical_forms_print_as_people_write);
    tcase_add_test(tests, test_div_and_mod_of_one_loop_join);
    tcase_add_test(tests, test_random_expressions_keep_their_value);
    tcase_add_test(tests, test_each_failure_of_memory_unwinds);
    return run_tests(tests);
}
