/* SPDX-License-Identifier: Apache-2.0 */
/* Random problems with random schedules, lowered for each target: the nest after every pass computes what the
 * scheduled one computes, or a pass refuses with a reason. SEPTET_RANDOM_ROUNDS asks for more rounds. */
#include <stdlib.h>

#include "compiler/passes/passes.h"
#include "tests/support/equivalence.h"
#include "tests/support/random_steps.h"
#include "tests/support/run.h"

enum { DEFAULT_ROUNDS = 300 };

typedef struct Round {
    RandomSteps steps;
    const Target *target;
    int lowered, refused;
} Round;

static void check_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    Round *round = data;
    Context *context = round->steps.context;
    (void)elapsed_ns;
    Status status = equivalence_check(context, round->steps.nest, nest);
    ck_assert_msg(status == STATUS_OK, "%s\nafter %s for %s of\n%s", diag_message(context), pass, round->target->name,
                  text_string(&round->steps.script));
}

static void lower(Round *round) {
    Context *context = round->steps.context;
    const Nest *lowered = NULL;
    Status status = passes_run(context, round->steps.nest, round->target, check_pass, round, &lowered);
    ck_assert_msg(status == STATUS_OK || status == STATUS_REFUSED, "%s\nfor %s of\n%s", diag_message(context),
                  round->target->name, text_string(&round->steps.script));
    round->lowered += status == STATUS_OK;
    round->refused += status == STATUS_REFUSED;
}

static Status run_round(void *data) {
    Round *round = data;
    if (!random_steps_apply(&round->steps)) return STATUS_OK;
    for (size_t i = 0; (round->target = target_get(i)) != NULL; i++) lower(round);
    return STATUS_OK;
}

START_TEST(test_random_schedules_keep_their_meaning_in_every_pass) {
    const char *asked = getenv("SEPTET_RANDOM_ROUNDS");
    int rounds = asked != NULL ? atoi(asked) : DEFAULT_ROUNDS;
    int lowered = 0, refused = 0;
    for (int i = 0; i < rounds; i++) {
        Round round = {.steps = {.random = random_new(11, (uint64_t)i)}};
        Context **context = &round.steps.context;
        ck_assert_int_eq(context_new(alloc_default(), context), STATUS_OK);
        ck_assert_msg(context_run(*context, run_round, &round) == STATUS_OK, "%s", diag_message(*context));
        lowered += round.lowered;
        refused += round.refused;
        context_free(*context);
    }
    ck_assert_int_gt(lowered, rounds);
    ck_assert_int_gt(refused, 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("random lowering");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, test_random_schedules_keep_their_meaning_in_every_pass);
    return run_tests(tests);
}
