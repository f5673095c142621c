/* SPDX-License-Identifier: Apache-2.0 */
/* Random problems and random steps. */
#include "tests/support/random_steps.h"

#include <check.h>
#include <string.h>

#include "compiler/algorithms/algorithms.h"
#include "compiler/schedule/internal.h"

enum { STEPS = 9 };

static int64_t pick(RandomSteps *steps, int64_t lo, int64_t hi) {
    return random_integer(&steps->random, lo, hi);
}

static Problem random_problem(RandomSteps *steps) {
    Problem problem = problem_default(2);
    problem.n = pick(steps, 1, 2);
    problem.g = random_once_in(&steps->random, 3) ? pick(steps, 2, 4) : 1;
    problem.c = problem.g * pick(steps, 1, 4);
    problem.k = problem.g * pick(steps, 1, 6);
    for (int i = 0; i < 2; i++) {
        Dimension *d = &problem.dimension[i];
        d->kernel = pick(steps, 1, 3);
        d->stride = random_once_in(&steps->random, 3) ? 2 : 1;
        d->dilation = random_once_in(&steps->random, 4) ? 2 : 1;
        d->pad_begin = pick(steps, 0, 2);
        d->input = pick(steps, 1, 8);
        int64_t output = problem_output_extent(d, false, d->pad_begin, pick(steps, 0, 2));
        d->output = output < 1 ? 1 : output;
    }
    if (!random_once_in(&steps->random, 3)) problem.epilogue[problem.epilogue_count++].kind = EPILOGUE_BIAS;
    if (random_once_in(&steps->random, 3)) problem.epilogue[problem.epilogue_count++].kind = EPILOGUE_ADD;
    if (!random_once_in(&steps->random, 3)) problem.epilogue[problem.epilogue_count++].kind = EPILOGUE_RELU;
    problem_derive_padding(&problem);
    return problem;
}

static const char *random_loop(RandomSteps *steps, const Nest *nest) {
    StmtList loops = {0};
    collect_loops(steps->context, nest->body, &loops);
    return loops.items[pick(steps, 0, (int64_t)loops.count - 1)]->loop.var->name;
}

/* The names of all loops on the path to the last store, shuffled. */
static const char *random_order(RandomSteps *steps, const Nest *nest) {
    StmtList loops = {0};
    collect_loops(steps->context, nest->body, &loops);
    const char *names[64];
    int64_t count = 0;
    for (size_t i = 0; i < loops.count && count < 64; i++) {
        bool is_new = true;
        for (int64_t j = 0; j < count; j++) is_new &= strcmp(names[j], loops.items[i]->loop.var->name) != 0;
        if (is_new) names[count++] = loops.items[i]->loop.var->name;
    }
    Text text = text_new(steps->context);
    for (int64_t i = 0; i < count; i++) {
        int64_t other = pick(steps, i, count - 1);
        const char *name = names[other];
        names[other] = names[i];
        names[i] = name;
        text_add(&text, " %s", name);
    }
    return text_string(&text);
}

static const char *random_step(RandomSteps *steps, const Nest *nest, int number) {
    Context *context = steps->context;
    const char *loop = random_loop(steps, nest), *other = random_loop(steps, nest);
    const char *const tails[] = {"", " tail=guard", " tail=peel"};
    const char *const packs[] = {"k/4 r s c k%4", "k c r s", "r s c/2 k c%2", "k/6 c r s k/3%2 k%3"};
    int size = (int)pick(steps, 1, 5);
    switch (pick(steps, 0, 11)) {
    case 0:
    case 1:
        return arena_format(context, "split %s %d%s -> a%d b%d", loop, size, tails[pick(steps, 0, 2)], number, number);
    case 2: return arena_format(context, "reorder%s", random_order(steps, nest));
    case 3:
        return arena_format(context, "unroll %s%s%s", loop, random_once_in(&steps->random, 3) ? " in " : "",
                            random_once_in(&steps->random, 3) ? other : "");
    case 4: return arena_format(context, "unroll %s by %d", loop, size);
    case 5: return arena_format(context, "clip %s", random_once_in(&steps->random, 2) ? "r" : loop);
    case 6:
        return arena_format(context, "peel %s %d %d -> f%d m%d l%d", loop, size - 1, (int)pick(steps, 0, 2), number,
                            number, number);
    case 7:
        return arena_format(context, "accumulate y at %s in %s", loop,
                            random_once_in(&steps->random, 2) ? "stack" : "registers");
    case 8: return arena_format(context, "fuse %s %s -> u%d", loop, other, number);
    case 9: return arena_format(context, "spatial_for %s on lanes", loop);
    case 10:
        return arena_format(context, "tile %s %d %s 2 -> a%d b%d c%d d%d", loop, size, other, number, number, number,
                            number);
    default:
        return arena_format(context, "pack w as [%s%s] -> wp ahead",
                            nest->tensors[0]->axes[1].name[0] == 'g' ? "g " : "", packs[pick(steps, 0, 3)]);
    }
}

/* Applies one step when its text reads and it is legal. */
static void try_step(RandomSteps *steps, const char *line) {
    Source *source = ARENA_NEW(steps->context, Source);
    *source = (Source){"step", line, strlen(line)};
    const Schedule *schedule = NULL;
    if (schedule_parse(steps->context, source, &schedule) != STATUS_OK) return;
    Status status = schedule_apply(steps->context, steps->nest, schedule, NULL, NULL, &steps->nest);
    bool is_answer = status == STATUS_OK || status == STATUS_REFUSED;
    ck_assert_msg(is_answer, "%safter\n%s%s", diag_message(steps->context), text_string(&steps->script), line);
    if (status == STATUS_OK) text_add(&steps->script, "%s\n", line);
    steps->applied += status == STATUS_OK;
    steps->refused += status != STATUS_OK;
}

bool random_steps_apply(RandomSteps *steps) {
    Problem problem = random_problem(steps);
    if (problem_check(steps->context, &problem) != STATUS_OK) return false;
    steps->start = nest_build(steps->context, algorithm_direct(steps->context, &problem));
    steps->nest = steps->start;
    steps->script = text_new(steps->context);
    problem_print(&problem, &steps->script);
    text_add_string(&steps->script, "\n");
    for (int i = 0; i < STEPS; i++) try_step(steps, random_step(steps, steps->nest, i));
    return true;
}
