/* SPDX-License-Identifier: Apache-2.0 */
/* Random steps on random problems: each ends in a refusal with a reason, or in a nest that verifies, computes what
 * the unscheduled one computes, and reads as it prints. tests/fuzz/test_random_programs_fuzz.sh runs thousands. */
#include "tests/support/equivalence.h"
#include "tests/support/random_steps.h"
#include "tests/support/round_trip.h"
#include "tests/support/run.h"

enum { ROUNDS = 400, COUNTED_ROUNDS = 1000 };

typedef Status RoundBody(void *data);

static RandomSteps run_steps(int round, RoundBody *body) {
    RandomSteps steps = {.random = random_new(7, (uint64_t)round), .round = round};
    ck_assert_int_eq(context_new(alloc_default(), &steps.context), STATUS_OK);
    ck_assert_msg(context_run(steps.context, body, &steps) == STATUS_OK, "%s", diag_message(steps.context));
    context_free(steps.context);
    return steps;
}

static Status check_round(void *data) {
    RandomSteps *steps = data;
    if (!random_steps_apply(steps)) return STATUS_OK;
    const Nest *read = NULL;
    Status status = equivalence_check(steps->context, steps->start, steps->nest);
    if (status == STATUS_OK) status = round_trip_check(steps->context, steps->nest, &read);
    ck_assert_msg(status == STATUS_OK, "%s\nafter\n%s", diag_message(steps->context), random_steps_text(steps));
    return STATUS_OK;
}

START_TEST(test_that_random_steps_keep_the_meaning) {
    run_steps(_i, check_round);
}
END_TEST

static Status apply(void *data) {
    random_steps_apply(data);
    return STATUS_OK;
}

/* The rounds are worth something: steps of every kind and tails of every kind apply in them. */
START_TEST(test_that_all_steps_are_met) {
    RandomSteps all = {0};
    for (int i = 0; i < COUNTED_ROUNDS; i++) {
        RandomSteps steps = run_steps(i, apply);
        all.applied += steps.applied;
        all.refused += steps.refused;
        all.unproved += steps.unproved;
        for (int kind = 0; kind < STEP_COUNT; kind++) all.met[kind] += steps.met[kind];
        for (int tail = 0; tail < TAILS; tail++) all.met_tail[tail] += steps.met_tail[tail];
    }
    ck_assert_int_gt(all.applied, 3 * COUNTED_ROUNDS);
    ck_assert_int_gt(all.refused, COUNTED_ROUNDS);
    ck_assert_int_le(all.unproved, all.applied / 500); /* proofs have gaps, but they are rare */
    for (int kind = 0; kind < STEP_COUNT; kind++)
        ck_assert_msg(all.met[kind] > 0 || kind == STEP_PIPELINE, "%s never applies", step_name((StepKind)kind));
    for (int tail = 0; tail < TAILS; tail++)
        ck_assert_msg(all.met_tail[tail] > 0, "tail=%s never applies", tail_name((Tail)tail));
}
END_TEST

int main(void) {
    RandomRounds rounds = random_rounds(ROUNDS);
    TCase *tests = tcase_create("random steps");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, test_that_random_steps_keep_the_meaning, rounds.first, rounds.end);
    tcase_add_test(tests, test_that_all_steps_are_met);
    return run_tests(tests);
}
