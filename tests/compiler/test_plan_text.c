/* SPDX-License-Identifier: Apache-2.0 */
/* Every nest on the way of random problems through their default schedules and all passes reads as it prints; what is
 * read computes the same. */
#include "compiler/plan.h"

#include "tests/support/equivalence.h"
#include "tests/support/in_context.h"
#include "tests/support/round_trip.h"
#include "tests/support/run.h"
#include "tuner/check.h"

enum { PROBLEMS = 60 };
static const double interpreted_flops = 2e4; /* the interpreter is slow: only small problems are run */

typedef struct Way {
    Context *context;
    const Nest *start; /* unscheduled */
    bool is_run;
    int nests;
} Way;

static void check_nest(Way *way, const Nest *nest, const char *where) {
    const Nest *read = NULL;
    Status status = round_trip_check(way->context, nest, &read);
    if (status == STATUS_OK && way->is_run) status = equivalence_check(way->context, way->start, read);
    ck_assert_msg(status == STATUS_OK, "after %s: %s", where, diag_message(way->context));
    way->nests++;
}

static void after_step(void *data, const Step *step, const Nest *nest) {
    Way *way = data;
    if (step == NULL) way->start = nest;
    check_nest(way, nest, step == NULL ? "nothing" : step_name(step->kind));
}

static void after_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    (void)elapsed_ns;
    check_nest(data, nest, pass);
}

static Status follow_plan(Context *context, void *data) {
    static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    const uint64_t *seed = data;
    Random random = random_new(*seed, 0);
    Problem problem;
    check_draw_problem(&random, &problem);
    Way way = {.context = context, .is_run = problem_flops(&problem) <= interpreted_flops};
    PlanObserver observer = {.step = after_step, .pass = after_pass, .data = &way};
    PlanRequest request = {.name = "test", .problem = &problem, .observer = &observer};
    TRY(target_find(context, targets[*seed % 4], &request.target));
    const Plan *plan = NULL;
    TRY(plan_build(context, &request, &plan));
    ck_assert_int_ge(way.nests, 8); /* the start, packed weights, six passes */
    return STATUS_OK;
}

START_TEST(test_that_every_nest_of_a_plan_reads_as_it_prints) {
    for (uint64_t seed = 0; seed < PROBLEMS; seed++) run_in_context(follow_plan, &seed);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("plan_text");
    tcase_add_test(tests, test_that_every_nest_of_a_plan_reads_as_it_prints);
    return run_tests(tests);
}
