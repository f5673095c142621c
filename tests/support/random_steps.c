/* SPDX-License-Identifier: Apache-2.0 */
/* Random problems and random steps. */
#include "tests/support/random_steps.h"

#include <check.h>
#include <string.h>

#include "compiler/algorithms/algorithms.h"
#include "compiler/schedule/internal.h"
#include "tests/support/golden_text.h"

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

static const Var *random_var(RandomSteps *steps, const Nest *nest) {
    StmtList loops = {0};
    collect_loops(steps->context, nest->body, &loops);
    return loops.items[pick(steps, 0, (int64_t)loops.count - 1)]->loop.var;
}

/* With the stage's name wherever there are several stages. */
static const char *random_loop(RandomSteps *steps, const Nest *nest) {
    const Var *var = random_var(steps, nest);
    if (nest->pipeline->stage_count == 1 && strcmp(var->stage, "y") == 0) return var->name;
    return arena_format(steps->context, "%s.%s", var->stage, var->name);
}

/* The names of all loops of one stage, shuffled. */
static const char *random_order(RandomSteps *steps, const Nest *nest) {
    StmtList loops = {0};
    collect_loops(steps->context, nest->body, &loops);
    const char *names[64], *stage = random_var(steps, nest)->stage;
    int64_t count = 0;
    for (size_t i = 0; i < loops.count && count < 64; i++) {
        const Var *var = loops.items[i]->loop.var;
        const char *name = arena_format(steps->context, "%s.%s", stage, var->name);
        bool is_new = strcmp(var->stage, stage) == 0;
        for (int64_t j = 0; j < count; j++) is_new = is_new && strcmp(names[j], name) != 0;
        if (is_new) names[count++] = name;
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

/* A tensor of the nest; mostly one that a step can move. */
static const char *random_tensor(RandomSteps *steps, const Nest *nest) {
    const Tensor *tensor = nest->tensors[pick(steps, 0, nest->tensor_count - 1)];
    for (int i = 0; i < nest->tensor_count && tensor->scope != SCOPE_WORKSPACE; i++)
        if (nest->tensors[i]->scope == SCOPE_WORKSPACE && !random_once_in(&steps->random, 4)) tensor = nest->tensors[i];
    return tensor->name;
}

/* Its axes in random order, or blocks of one of them. */
static const char *random_layout(RandomSteps *steps, const Nest *nest, const char *name) {
    const Tensor *tensor = nest_find_tensor(nest, name);
    Text text = text_new(steps->context);
    int order[TENSOR_MAX_RANK];
    for (int i = 0; i < tensor->rank; i++) order[i] = i;
    int64_t blocked = pick(steps, -1, tensor->rank - 1);
    for (int i = 0; i < tensor->rank; i++) {
        int64_t other = pick(steps, i, tensor->rank - 1);
        int axis = order[other];
        order[other] = order[i];
        text_add(&text, " %s%s", tensor->axes[axis].name, axis == blocked ? "/2" : "");
    }
    if (blocked >= 0) text_add(&text, " %s%%2", tensor->axes[blocked].name);
    return text_string(&text);
}

static const char *random_place(RandomSteps *steps, const Nest *nest) {
    const char *at = random_loop(steps, nest);
    const char *store =
        random_once_in(&steps->random, 3) ? arena_format(steps->context, " store %s", random_loop(steps, nest)) : "";
    return arena_format(steps->context, "place %s at %s%s%s", random_tensor(steps, nest), at, store,
                        random_once_in(&steps->random, 4) ? " in stack" : "");
}

static const char *random_prefetch(RandomSteps *steps, const Nest *nest) {
    const char *at = random_loop(steps, nest), *in = random_loop(steps, nest);
    const char *tensor = random_once_in(&steps->random, 3) ? random_tensor(steps, nest) : "x";
    const char *where = random_once_in(&steps->random, 3) ? "" : arena_format(steps->context, " in %s", in);
    return arena_format(steps->context, "prefetch %s at %s%s%s%s", tensor, at,
                        random_once_in(&steps->random, 3) ? " by 2" : "", where,
                        random_once_in(&steps->random, 2) ? " into l2" : "");
}

static const char *random_step(RandomSteps *steps, const Nest *nest, int number) {
    Context *context = steps->context;
    const char *loop = random_loop(steps, nest), *other = random_loop(steps, nest);
    const char *const tails[] = {"", " tail=guard", " tail=peel", " tail=shift", " tail=pad"};
    const char *const packs[] = {"k/4 r s c k%4", "k c r s", "r s c/2 k c%2", "k/6 c r s k/3%2 k%3"};
    int size = (int)pick(steps, 1, 5);
    switch (pick(steps, 0, 16)) {
    case 0:
    case 1:
        return arena_format(context, "split %s %d%s -> a%d b%d", loop, size, tails[pick(steps, 0, 4)], number, number);
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
        return arena_format(context, "accumulate %s at %s in %s%s%s",
                            random_once_in(&steps->random, 3) ? random_tensor(steps, nest) : "y", loop,
                            random_once_in(&steps->random, 2)   ? "stack"
                            : random_once_in(&steps->random, 3) ? "workspace"
                                                                : "registers",
                            random_once_in(&steps->random, 3) ? " copies " : "",
                            random_once_in(&steps->random, 3) ? other : "");
    case 8: return arena_format(context, "fuse %s %s -> u%d", loop, other, number);
    case 9:
        if (random_once_in(&steps->random, 2)) return arena_format(context, "spatial_for %s on lanes", loop);
        return arena_format(context, "spatial_for %s%s%s on cores", loop, random_once_in(&steps->random, 2) ? " " : "",
                            random_once_in(&steps->random, 2) ? other : "");
    case 10:
        return arena_format(context, "tile %s %d %s 2%s -> a%d b%d c%d d%d", loop, size, other,
                            tails[pick(steps, 0, 4)], number, number, number, number);
    case 11:
    case 12: return random_place(steps, nest);
    case 13:
        return arena_format(context, "distribute %s -> d%d e%d%s", loop, number, number,
                            size > 1 ? arena_format(context, " h%d", number) : "");
    case 15:
        if (random_once_in(&steps->random, 3))
            return arena_format(context, "tensorize %s %s transpose%d", loop, other,
                                random_once_in(&steps->random, 2) ? 4 : 8);
        return random_prefetch(steps, nest);
    case 14: {
        const char *tensor = random_once_in(&steps->random, 2) ? random_tensor(steps, nest) : "x";
        return arena_format(context, "pack %s as [%s] -> t%d", tensor, random_layout(steps, nest, tensor), number);
    }
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
    bool is_answer = status == STATUS_OK || status == STATUS_REFUSED || status == STATUS_UNPROVED;
    ck_assert_msg(is_answer, "%safter\n%s%s", diag_message(steps->context), text_string(&steps->script), line);
    if (status == STATUS_OK) text_add(&steps->script, "%s\n", line);
    steps->applied += status == STATUS_OK;
    steps->refused += status == STATUS_REFUSED;
    steps->unproved += status == STATUS_UNPROVED;
}

/* A convolution in one stage, or one of the small tensor expressions of tests/ir/pipelines. */
static const Pipeline *random_pipeline(RandomSteps *steps) {
    Context *context = steps->context;
    if (!random_once_in(&steps->random, 3)) {
        Problem problem = random_problem(steps);
        if (problem_check(context, &problem) != STATUS_OK) return NULL;
        problem_print(&problem, &steps->script);
        text_add_string(&steps->script, "\n");
        return algorithm_direct(context, &problem);
    }
    int64_t count = 0;
    const char *const *files = golden_text_list(context, "ir/pipelines", "small_");
    while (files[count] != NULL) count++;
    const char *file = files[pick(steps, 0, count - 1)];
    const Pipeline *pipeline = NULL;
    text_add(&steps->script, "%s\n", file);
    ck_assert_int_eq(pipeline_parse(context, golden_text_read(context, file), &pipeline), STATUS_OK);
    return pipeline;
}

bool random_steps_apply(RandomSteps *steps) {
    steps->script = text_new(steps->context);
    const Pipeline *pipeline = random_pipeline(steps);
    if (pipeline == NULL) return false;
    steps->start = nest_build(steps->context, pipeline);
    steps->nest = steps->start;
    for (int i = 0; i < STEPS; i++) try_step(steps, random_step(steps, steps->nest, i));
    return true;
}
