/* SPDX-License-Identifier: Apache-2.0 */
/* Random problems with random schedules, compiled for this machine: the kernel computes what the reference computes, or
 * the schedule is refused with a reason. tests/fuzz/test_random_programs_fuzz.sh runs thousands. */
#include <string.h>

#include "compiler/llvm/emit.h"
#include "ir/nest_cores.h"
#include "tests/support/random_steps.h"
#include "tests/support/run.h"
#include "tuner/compile_object.h"

enum { ROUNDS = 60, MAX_THREADS = 3, MAX_STARTS = 256 };

typedef struct Round {
    RandomSteps steps;
    const Target *target;
    int threads;
} Round;

/* One of those that this machine runs. */
static const Target *draw_target(Random *random) {
    const Target *targets[64];
    int64_t count = 0;
    for (size_t i = 0; count < 64 && target_get(i) != NULL; i++)
        if (target_runs_here(target_get(i), NULL)) targets[count++] = target_get(i);
    return count > 0 ? targets[random_integer(random, 0, count - 1)] : NULL;
}

/* One where threads would start and end thousands of times: on a busy machine each time may take milliseconds. */
static int draw_threads(RandomSteps *steps) {
    int threads = (int)random_integer(&steps->random, 1, MAX_THREADS);
    return cores_count_starts(steps->nest->body) <= MAX_STARTS ? threads : 1;
}

/* What is refused leaves *out NULL. */
static Status build(Round *round, const Plan **out) {
    Context *context = round->steps.context;
    const char *text = text_string(&round->steps.schedule);
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){"schedule", text, strlen(text)};
    PlanRequest request = {.name = "kernel",
                           .problem = &round->steps.problem,
                           .target = round->target,
                           .threads = round->threads,
                           .schedule_source = "drawn"};
    TRY(schedule_parse(context, source, &request.schedule));
    Status status = plan_build(context, &request, out);
    if (status == STATUS_OK) return STATUS_OK;
    *out = NULL;
    bool is_reason = (status == STATUS_REFUSED || status == STATUS_UNPROVED) && diag_message(context)[0] != '\0';
    return is_reason ? STATUS_OK : status;
}

static Status compile_and_check(Round *round, CheckReport *report) {
    Context *context = round->steps.context;
    const Plan *plan = NULL;
    const char *bytes = NULL;
    size_t length = 0;
    TRY(build(round, &plan));
    if (plan == NULL) return STATUS_OK;
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    const CheckReference *reference = check_reference_new(context, &plan->problem, true);
    return check_kernel(context, reference, plan, bytes, length, report);
}

static Status run_round(void *data) {
    Round *round = data;
    CheckReport report = {.verdict = CHECK_OK};
    if (!random_steps_apply(&round->steps)) return STATUS_OK;
    round->target = draw_target(&round->steps.random);
    round->threads = draw_threads(&round->steps);
    if (round->target == NULL) return STATUS_OK;
    Status status = compile_and_check(round, &report);
    const char *text = random_steps_text(&round->steps);
    ck_assert_msg(status == STATUS_OK, "%s\nfor %s, %d threads\n%s", diag_message(round->steps.context),
                  round->target->name, round->threads, text);
    ck_assert_msg(report.verdict == CHECK_OK, "%s, %s\nfor %s, %d threads\n%s", check_verdict_name(report.verdict),
                  report.detail, round->target->name, round->threads, text);
    return STATUS_OK;
}

START_TEST(test_that_random_programs_compute_convolutions) {
    Round round = {.steps = {.random = random_new(17, (uint64_t)_i), .round = _i, .is_convolution = true}};
    Context **context = &round.steps.context;
    ck_assert_int_eq(context_new(alloc_default(), context), STATUS_OK);
    ck_assert_msg(context_run(*context, run_round, &round) == STATUS_OK, "%s", diag_message(*context));
    context_free(*context);
}
END_TEST

int main(void) {
    RandomRounds rounds = random_rounds(ROUNDS);
    TCase *tests = tcase_create("random programs");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, test_that_random_programs_compute_convolutions, rounds.first, rounds.end);
    return run_tests(tests);
}
