/* SPDX-License-Identifier: Apache-2.0 */
/* A step whose result cannot be proved to be right is reported at its place, in words, with a status of its own. */
#include <check.h>
#include <string.h>

#include "compiler/plan.h"
#include "compiler/schedule/internal.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* A nest that stores beyond the end of y, as a step with a fault might make it. */
static Status faulty_nest(Context *context, const Nest **out) {
    Problem problem = problem_default(2);
    const Nest *start = NULL;
    problem.k = 4;
    problem_derive_padding(&problem);
    TRY(plan_start(context, &problem, &start));
    StmtList loops = {0};
    collect_loops(context, start->body, &loops);
    const Var *k = loops.items[1]->loop.var;
    Nest *faulty = nest_copy(context, start);
    const Affine *next = affine_offset(context, affine_variable(context, k), 1);
    faulty->body = stmt_substitute(context, start->body, k, next);
    *out = faulty;
    return STATUS_OK;
}

static Status apply_unproved(Context *context, void *data) {
    static const char text[] = "# nothing\nunroll q";
    static const Source source = {"steps", text, sizeof text - 1};
    const Schedule *schedule = NULL;
    const Nest *nest = NULL;
    (void)data;
    TRY(faulty_nest(context, &nest));
    TRY(schedule_parse(context, &source, &schedule));
    ck_assert_int_eq(schedule_apply(context, nest, schedule, NULL, NULL, &nest), STATUS_UNPROVED);
    ck_assert_str_eq(diag_message(context),
                     "steps:2:1: unroll does not apply: it cannot be proved that its result is right: index k + 1 of "
                     "y, axis k, is not proved to lie in 0..3, in 'y[n, k + 1, p, q] = 0' inside n, k, p, q\n"
                     "    unroll q\n"
                     "    ^");
    return STATUS_OK;
}

START_TEST(test_a_result_that_is_not_proved_is_shown_at_its_step) {
    run_in_context(apply_unproved, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("unproved");
    tcase_add_test(tests, test_a_result_that_is_not_proved_is_shown_at_its_step);
    return run_tests(tests);
}
