/* SPDX-License-Identifier: Apache-2.0 */
/* Random steps on random problems: each ends in a refusal with a reason, or in a nest that verifies, computes what
 * the unscheduled one computes, and reads as it prints. SEPTET_RANDOM_ROUNDS in the environment asks for more rounds.
 */
#include <stdlib.h>

#include "tests/support/equivalence.h"
#include "tests/support/random_steps.h"
#include "tests/support/round_trip.h"
#include "tests/support/run.h"

enum { DEFAULT_ROUNDS = 400 };

static Status run_round(void *data) {
    RandomSteps *steps = data;
    if (!random_steps_apply(steps)) return STATUS_OK;
    const Nest *read = NULL;
    Status status = equivalence_check(steps->context, steps->start, steps->nest);
    if (status == STATUS_OK) status = round_trip_check(steps->context, steps->nest, &read);
    ck_assert_msg(status == STATUS_OK, "%s\nafter\n%s", diag_message(steps->context), text_string(&steps->script));
    return STATUS_OK;
}

START_TEST(test_random_steps_keep_the_meaning) {
    const char *asked = getenv("SEPTET_RANDOM_ROUNDS");
    int rounds = asked != NULL ? atoi(asked) : DEFAULT_ROUNDS;
    int applied = 0, refused = 0, unproved = 0;
    for (int i = 0; i < rounds; i++) {
        RandomSteps steps = {.random = random_new(7, (uint64_t)i)};
        ck_assert_int_eq(context_new(alloc_default(), &steps.context), STATUS_OK);
        ck_assert_msg(context_run(steps.context, run_round, &steps) == STATUS_OK, "%s", diag_message(steps.context));
        applied += steps.applied;
        refused += steps.refused;
        unproved += steps.unproved;
        context_free(steps.context);
    }
    ck_assert_int_gt(applied, rounds);
    ck_assert_int_gt(refused, rounds);
    ck_assert_int_le(unproved, applied / 500); /* proofs have gaps, but they are rare */
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("random steps");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, test_random_steps_keep_the_meaning);
    return run_tests(tests);
}
