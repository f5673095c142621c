/* SPDX-License-Identifier: Apache-2.0 */
/* Rewritten conditions hold where they held. */
#include "ir/cond.h"

#include "base/random.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { CONDITIONS = 500, POINTS = 40, LOOPS = 2 };

static const Var loops[LOOPS] = {{.name = "p", .id = 0}, {.name = "r", .id = 1}};

static const Affine *draw_sum(Context *context, Random *random) {
    const Affine *sum = affine_constant(context, random_integer(random, -9, 9));
    for (int i = 0; i < LOOPS; i++) {
        const Affine *loop = affine_variable(context, &loops[i]);
        sum = affine_add(context, sum, affine_scale(context, loop, random_integer(random, -5, 5)));
    }
    return sum;
}

/* sum + c * (sum div d), c often 1 or -1 */
static Cond draw_cond(Context *context, Random *random) {
    const Affine *division = affine_div(context, draw_sum(context, random), random_integer(random, 1, 7));
    int64_t factor = random_once_in(random, 4) ? random_integer(random, -3, 3) : random_once_in(random, 2) ? 1 : -1;
    const Affine *expr = affine_add(context, draw_sum(context, random), affine_scale(context, division, factor));
    return (Cond){.expr = expr, .equality = random_once_in(random, 5)};
}

static Status compare(Context *context, void *data) {
    Random random = random_new(1, 0);
    (void)data;
    for (int i = 0; i < CONDITIONS; i++) {
        Cond cond = draw_cond(context, &random);
        Cond rewritten[] = {cond_tighten(context, cond), cond_multiply_out(context, cond)};
        for (int point = 0; point < POINTS; point++) {
            int64_t values[LOOPS] = {random_integer(&random, -20, 20), random_integer(&random, -20, 20)};
            for (int j = 0; j < 2; j++) ck_assert(cond_holds(&cond, values) == cond_holds(&rewritten[j], values));
        }
    }
    return STATUS_OK;
}

START_TEST(test_that_rewritten_conditions_hold_where_they_held) {
    run_in_context(compare, NULL);
}
END_TEST

static const char *multiplied_out(Context *context, const Affine *expr) {
    Text text = text_new(context);
    Cond cond = cond_multiply_out(context, (Cond){.expr = expr});
    cond_print_all(&cond, 1, &text);
    return text_string(&text);
}

static Status print(Context *context, void *data) {
    const Affine *p = affine_variable(context, &loops[0]), *r = affine_variable(context, &loops[1]);
    const Affine *half = affine_div(context, affine_subtract(context, p, r), 2);
    (void)data;
    ck_assert_str_eq(multiplied_out(context, half), "p - r >= 0");
    const Affine *room = affine_subtract(context, affine_constant(context, 7), half);
    ck_assert_str_eq(multiplied_out(context, room), "r + 15 - p >= 0");
    ck_assert_str_eq(multiplied_out(context, affine_subtract(context, half, r)), "p - r*3 >= 0");
    return STATUS_OK;
}

START_TEST(test_that_bounds_of_a_division_become_linear) {
    run_in_context(print, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("cond");
    tcase_add_test(tests, test_that_rewritten_conditions_hold_where_they_held);
    tcase_add_test(tests, test_that_bounds_of_a_division_become_linear);
    return run_tests(tests);
}
