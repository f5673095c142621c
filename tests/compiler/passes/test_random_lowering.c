/* SPDX-License-Identifier: Apache-2.0 */
/* Random problems with random schedules, lowered for each target: the nest after every pass computes what the
 * scheduled one computes, or a pass refuses with a reason. tests/fuzz/test_random_programs_fuzz.sh runs thousands. */
#include "compiler/passes/passes.h"
#include "tests/support/equivalence.h"
#include "tests/support/random_steps.h"
#include "tests/support/run.h"

enum { ROUNDS = 300 };

typedef struct Round {
    RandomSteps steps;
    const Target *target;
    int lowered;
} Round;

static void check_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    Round *round = data;
    Context *context = round->steps.context;
    (void)elapsed_ns;
    Status status = equivalence_check(context, round->steps.nest, nest);
    ck_assert_msg(status == STATUS_OK, "%s\nafter %s for %s of\n%s", diag_message(context), pass, round->target->name,
                  random_steps_text(&round->steps));
}

static void lower(Round *round) {
    Context *context = round->steps.context;
    const Nest *lowered = NULL;
    Status status = passes_run(context, round->steps.nest, round->target, check_pass, round, &lowered);
    ck_assert_msg(status == STATUS_OK || (status == STATUS_REFUSED && diag_message(context)[0] != '\0'),
                  "%s\nfor %s of\n%s", diag_message(context), round->target->name, random_steps_text(&round->steps));
    round->lowered += status == STATUS_OK;
}

static Status run_round(void *data) {
    Round *round = data;
    if (!random_steps_apply(&round->steps)) return STATUS_OK;
    for (size_t i = 0; (round->target = target_get(i)) != NULL; i++) lower(round);
    ck_assert_msg(round->lowered > 0 || round->steps.applied > 0, "the obvious nest is refused for\n%s",
                  random_steps_text(&round->steps));
    return STATUS_OK;
}

START_TEST(test_that_random_schedules_keep_their_meaning_in_every_pass) {
    Round round = {.steps = {.random = random_new(11, (uint64_t)_i), .round = _i}};
    Context **context = &round.steps.context;
    ck_assert_int_eq(context_new(alloc_default(), context), STATUS_OK);
    ck_assert_msg(context_run(*context, run_round, &round) == STATUS_OK, "%s", diag_message(*context));
    context_free(*context);
}
END_TEST

int main(void) {
    RandomRounds rounds = random_rounds(ROUNDS);
    TCase *tests = tcase_create("random lowering");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, test_that_random_schedules_keep_their_meaning_in_every_pass, rounds.first, rounds.end);
    return run_tests(tests);
}
