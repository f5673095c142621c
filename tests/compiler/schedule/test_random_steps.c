/* SPDX-License-Identifier: Apache-2.0 */
/* Random steps on random problems: each ends in a refusal with a reason, or in a nest that verifies and computes what
 * the unscheduled one computes. SEPTET_RANDOM_ROUNDS in the environment asks for more rounds. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "compiler/algorithms/algorithms.h"
#include "compiler/schedule/internal.h"
#include "tests/support/equivalence.h"
#include "tests/support/run.h"

enum { DEFAULT_ROUNDS = 400, STEPS = 9 };

typedef struct Round {
    Context *context;
    Random random;
    int applied, refused;
} Round;

static int64_t pick(Round *round, int64_t lo, int64_t hi) {
    return random_integer(&round->random, lo, hi);
}

static Problem random_problem(Round *round) {
    Problem problem = problem_default(2);
    problem.n = pick(round, 1, 2);
    problem.g = random_once_in(&round->random, 3) ? pick(round, 2, 4) : 1;
    problem.c = problem.g * pick(round, 1, 4);
    problem.k = problem.g * pick(round, 1, 6);
    for (int i = 0; i < 2; i++) {
        Dimension *d = &problem.dimension[i];
        d->kernel = pick(round, 1, 3);
        d->stride = random_once_in(&round->random, 3) ? 2 : 1;
        d->dilation = random_once_in(&round->random, 4) ? 2 : 1;
        d->pad_begin = pick(round, 0, 2);
        d->input = pick(round, 1, 8);
        int64_t output = problem_output_extent(d, false, d->pad_begin, pick(round, 0, 2));
        d->output = output < 1 ? 1 : output;
    }
    problem.epilogue_count = (int)pick(round, 0, 2);
    problem.epilogue[0].kind = EPILOGUE_BIAS;
    problem.epilogue[1].kind = EPILOGUE_RELU;
    problem_derive_padding(&problem);
    return problem;
}

static const char *random_loop(Round *round, const Nest *nest) {
    StmtList loops = {0};
    collect_loops(round->context, nest->body, &loops);
    return loops.items[pick(round, 0, (int64_t)loops.count - 1)]->loop.var->name;
}

/* The names of all loops on the path to the last store, shuffled. */
static const char *random_order(Round *round, const Nest *nest) {
    StmtList loops = {0};
    collect_loops(round->context, nest->body, &loops);
    const char *names[64];
    int64_t count = 0;
    for (size_t i = 0; i < loops.count && count < 64; i++) {
        bool is_new = true;
        for (int64_t j = 0; j < count; j++) is_new &= strcmp(names[j], loops.items[i]->loop.var->name) != 0;
        if (is_new) names[count++] = loops.items[i]->loop.var->name;
    }
    Text text = text_new(round->context);
    for (int64_t i = 0; i < count; i++) {
        int64_t other = pick(round, i, count - 1);
        const char *name = names[other];
        names[other] = names[i];
        names[i] = name;
        text_add(&text, " %s", name);
    }
    return text_string(&text);
}

static const char *random_step(Round *round, const Nest *nest, int number) {
    Context *context = round->context;
    const char *loop = random_loop(round, nest), *other = random_loop(round, nest);
    const char *const tails[] = {"", " tail=guard", " tail=peel"};
    const char *const packs[] = {"k/4 r s c k%4", "k c r s", "r s c/2 k c%2", "k/6 c r s k/3%2 k%3"};
    int size = (int)pick(round, 1, 5);
    switch (pick(round, 0, 11)) {
    case 0:
    case 1:
        return arena_format(context, "split %s %d%s -> a%d b%d", loop, size, tails[pick(round, 0, 2)], number, number);
    case 2: return arena_format(context, "reorder%s", random_order(round, nest));
    case 3:
        return arena_format(context, "unroll %s%s%s", loop, random_once_in(&round->random, 3) ? " in " : "",
                            random_once_in(&round->random, 3) ? other : "");
    case 4: return arena_format(context, "unroll %s by %d", loop, size);
    case 5: return arena_format(context, "clip %s", random_once_in(&round->random, 2) ? "r" : loop);
    case 6:
        return arena_format(context, "peel %s %d %d -> f%d m%d l%d", loop, size - 1, (int)pick(round, 0, 2), number,
                            number, number);
    case 7:
        return arena_format(context, "accumulate y at %s in %s", loop,
                            random_once_in(&round->random, 2) ? "stack" : "registers");
    case 8: return arena_format(context, "fuse %s %s -> u%d", loop, other, number);
    case 9: return arena_format(context, "spatial_for %s on lanes", loop);
    case 10:
        return arena_format(context, "tile %s %d %s 2 -> a%d b%d c%d d%d", loop, size, other, number, number, number,
                            number);
    default:
        return arena_format(context, "pack w as [%s%s] -> wp ahead",
                            nest->tensors[0]->axes[1].name[0] == 'g' ? "g " : "", packs[pick(round, 0, 3)]);
    }
}

/* Applies one step when its text reads and it is legal. */
static void try_step(Round *round, const char *line, Text *script, const Nest **nest) {
    Source *source = ARENA_NEW(round->context, Source);
    *source = (Source){"step", line, strlen(line)};
    const Schedule *schedule = NULL;
    if (schedule_parse(round->context, source, &schedule) != STATUS_OK) return;
    Status status = schedule_apply(round->context, *nest, schedule, NULL, NULL, nest);
    bool is_answer = status == STATUS_OK || status == STATUS_REFUSED;
    ck_assert_msg(is_answer, "%safter\n%s%s", diag_message(round->context), text_string(script), line);
    if (status == STATUS_OK) text_add(script, "%s\n", line);
    round->applied += status == STATUS_OK;
    round->refused += status != STATUS_OK;
}

static Status run_round(void *data) {
    Round *round = data;
    Problem problem = random_problem(round);
    if (problem_check(round->context, &problem) != STATUS_OK) return STATUS_OK;
    const Nest *start = nest_build(round->context, algorithm_direct(round->context, &problem)), *nest = start;
    Text script = text_new(round->context);
    problem_print(&problem, &script);
    text_add_string(&script, "\n");
    for (int i = 0; i < STEPS; i++) try_step(round, random_step(round, nest, i), &script, &nest);
    Status status = equivalence_check(round->context, start, nest);
    ck_assert_msg(status == STATUS_OK, "%s\nafter\n%s", diag_message(round->context), text_string(&script));
    return STATUS_OK;
}

START_TEST(test_random_steps_keep_the_meaning) {
    const char *asked = getenv("SEPTET_RANDOM_ROUNDS");
    int rounds = asked != NULL ? atoi(asked) : DEFAULT_ROUNDS;
    int applied = 0, refused = 0;
    for (int i = 0; i < rounds; i++) {
        Round round = {.random = random_new(7, (uint64_t)i)};
        ck_assert_int_eq(context_new(alloc_default(), &round.context), STATUS_OK);
        ck_assert_msg(context_run(round.context, run_round, &round) == STATUS_OK, "%s", diag_message(round.context));
        applied += round.applied;
        refused += round.refused;
        context_free(round.context);
    }
    ck_assert_int_gt(applied, rounds);
    ck_assert_int_gt(refused, rounds);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("random steps");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, test_random_steps_keep_the_meaning);
    return run_tests(tests);
}
