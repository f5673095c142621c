/* SPDX-License-Identifier: Apache-2.0 */
/* Random schedules are legal, can be lowered, are reproducible, and use all primitives. */
#include <string.h>

#include "tests/support/run.h"
#include "tuner/check.h"

enum { DRAWN = 90 };

/* Draws a problem and a schedule; the schedule's text. */
static const char *draw(Context *context, uint64_t seed) {
    Random random = random_new(seed, 0);
    Problem problem;
    const Schedule *schedule;
    const Target *target;
    check_draw_problem(&random, &problem);
    ck_assert_int_eq(target_find(context, "x86-64-v4", &target), STATUS_OK);
    Status status = check_draw_schedule(context, &random, &problem, target, &schedule);
    ck_assert_msg(status == STATUS_OK, "seed %d: %s", (int)seed, diag_message(context));
    Text text = text_new(context);
    schedule_print(schedule, &text);
    return text_string(&text);
}

static bool met[STEP_COUNT], met_shift, met_pad;

static Status note_steps(void *data) {
    static uint64_t seed;
    const char *text = draw(data, seed++);
    for (int i = 0; i < STEP_COUNT; i++) met[i] |= strstr(text, step_name((StepKind)i)) != NULL;
    met_shift |= strstr(text, "tail=shift") != NULL;
    met_pad |= strstr(text, "tail=pad") != NULL;
    return STATUS_OK;
}

START_TEST(test_that_schedules_use_all_primitives) {
    for (int i = 0; i < DRAWN; i++) {
        Context *context;
        ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
        ck_assert_msg(context_run(context, note_steps, context) == STATUS_OK, "%s", diag_message(context));
        context_free(context);
    }
    static const StepKind wanted[] = {STEP_SPLIT,      STEP_FUSE, STEP_REORDER, STEP_UNROLL, STEP_SPATIAL_FOR,
                                      STEP_ACCUMULATE, STEP_CLIP, STEP_PEEL,    STEP_PACK};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        ck_assert_msg(met[wanted[i]], "no schedule has %s", step_name(wanted[i]));
    ck_assert(met_shift && met_pad);
}
END_TEST

static Status draw_twice(void *data) {
    ck_assert_str_eq(draw(data, 5), draw(data, 5));
    return STATUS_OK;
}

START_TEST(test_that_a_seed_gives_its_schedule) {
    Context *context;
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
    ck_assert_int_eq(context_run(context, draw_twice, context), STATUS_OK);
    context_free(context);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("check_draw_schedule");
    tcase_add_test(tests, test_that_schedules_use_all_primitives);
    tcase_add_test(tests, test_that_a_seed_gives_its_schedule);
    return run_tests(tests);
}
