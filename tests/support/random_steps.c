/* SPDX-License-Identifier: Apache-2.0 */
/* Random problems and random steps. */
#include "tests/support/random_steps.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/algorithms/algorithms.h"
#include "compiler/recipes/recipes.h"
#include "compiler/schedule/primitives.h"
#include "tests/support/golden_text.h"
#include "tests/support/random_problem.h"
#include "tests/support/random_step.h"

enum { MOST_STEPS = 12 };

static int64_t pick(RandomSteps *steps, int64_t lo, int64_t hi) {
    return random_integer(&steps->random, lo, hi);
}

/* Applies one step when its text reads and it is legal. */
static void try_step(RandomSteps *steps, const char *line) {
    Source *source = ARENA_NEW(steps->context, Source);
    *source = (Source){"step", line, strlen(line)};
    const Schedule *schedule = NULL;
    if (schedule_parse(steps->context, source, &schedule) != STATUS_OK) return;
    Status status = schedule_apply(steps->context, steps->nest, schedule, NULL, NULL, &steps->nest);
    bool is_answer = status == STATUS_OK || status == STATUS_REFUSED || status == STATUS_UNPROVED;
    ck_assert_msg(is_answer, "%safter\n%s%s", diag_message(steps->context), random_steps_text(steps), line);
    ck_assert_msg(status == STATUS_OK || diag_message(steps->context)[0] != '\0', "no reason for %s", line);
    steps->refused += status == STATUS_REFUSED;
    steps->unproved += status == STATUS_UNPROVED;
    if (status != STATUS_OK) return;
    steps->applied++;
    steps->met[schedule->steps[0].kind]++;
    steps->met_tail[schedule->steps[0].tail]++;
    text_add(&steps->schedule, "%s\n", line);
}

static void try_idiom(RandomSteps *steps, int number) {
    for (const char *const *line = random_idiom(&steps->random); *line != NULL; line++)
        try_step(steps, random_idiom_line(steps->context, &steps->random, steps->nest, *line, number));
}

/* Lines of a recipe's schedule, now and then one left out, or a random step in between: what people start from when
 * they change a schedule by hand. */
static void try_recipe(RandomSteps *steps, int number) {
    size_t targets = 0;
    while (target_get(targets) != NULL) targets++;
    const Target *target = target_get((size_t)pick(steps, 0, (int64_t)targets - 1));
    const char *line = recipes_draw(steps->context, &steps->random, &steps->problem, target);
    for (; *line != '\0'; line += strcspn(line, "\n") + 1) {
        bool is_left_out = random_once_in(&steps->random, 10);
        if (!is_left_out) try_step(steps, arena_substring(steps->context, line, strcspn(line, "\n")));
        if (random_once_in(&steps->random, 5))
            try_step(steps, random_step(steps->context, &steps->random, steps->nest, number++));
    }
}

/* One of the small tensor expressions of tests/ir/pipelines. */
static const Pipeline *read_pipeline(RandomSteps *steps) {
    Context *context = steps->context;
    int64_t count = 0;
    const char *const *files = golden_text_list(context, "ir/pipelines", "small_");
    while (files[count] != NULL) count++;
    const char *file = files[pick(steps, 0, count - 1)];
    const Pipeline *pipeline = NULL;
    steps->subject = arena_format(context, "tests/%s", file);
    ck_assert_int_eq(pipeline_parse(context, golden_text_read(context, file), &pipeline), STATUS_OK);
    return pipeline;
}

/* A convolution in one stage; NULL when the drawn problem is not possible. */
static const Pipeline *draw_convolution(RandomSteps *steps) {
    steps->problem = random_problem(&steps->random);
    Text text = text_new(steps->context);
    problem_print(&steps->problem, &text);
    steps->subject = text_string(&text);
    if (problem_check(steps->context, &steps->problem) != STATUS_OK) return NULL;
    return algorithm_direct(steps->context, &steps->problem);
}

const char *random_steps_text(const RandomSteps *steps) {
    Context *context = steps->context;
    return arena_format(context, "# round %d, again: SEPTET_RANDOM_FIRST=%d SEPTET_RANDOM_ROUNDS=1\n# %s\n%s",
                        steps->round, steps->round, steps->subject, text_string(&steps->schedule));
}

bool random_steps_apply(RandomSteps *steps) {
    steps->schedule = text_new(steps->context);
    bool has_stages = !steps->is_convolution && random_once_in(&steps->random, 3);
    const Pipeline *pipeline = has_stages ? read_pipeline(steps) : draw_convolution(steps);
    if (pipeline == NULL) return false;
    steps->start = nest_build(steps->context, pipeline);
    steps->nest = steps->start;
    int before = (int)pick(steps, 0, MOST_STEPS / 2), after = (int)pick(steps, 0, MOST_STEPS / 2);
    for (int i = 0; i < before; i++) try_step(steps, random_step(steps->context, &steps->random, steps->nest, i));
    if (!has_stages && random_once_in(&steps->random, 4))
        try_recipe(steps, 2 * MOST_STEPS);
    else if (random_once_in(&steps->random, 2))
        try_idiom(steps, MOST_STEPS);
    for (int i = before; i < before + after; i++)
        try_step(steps, random_step(steps->context, &steps->random, steps->nest, i));
    return true;
}

RandomRounds random_rounds(int count) {
    const char *first = getenv("SEPTET_RANDOM_FIRST"), *asked = getenv("SEPTET_RANDOM_ROUNDS");
    RandomRounds rounds = {.first = first != NULL ? atoi(first) : 0, .count = asked != NULL ? atoi(asked) : count};
    rounds.end = rounds.first + rounds.count;
    return rounds;
}
