/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of random steps, most of which do not apply. */
#include "tests/support/random_step.h"

#include <string.h>

#include "compiler/schedule/internal.h"
#include "ir/schedule.h"

typedef struct Drawing {
    Context *context;
    Random *random;
    const Nest *nest;
    int number;
} Drawing;

static int64_t pick(const Drawing *drawing, int64_t lo, int64_t hi) {
    return random_integer(drawing->random, lo, hi);
}

static const Var *random_var(const Drawing *drawing) {
    StmtList loops = {0};
    collect_loops(drawing->context, drawing->nest->body, &loops);
    return loops.items[pick(drawing, 0, (int64_t)loops.count - 1)]->loop.var;
}

/* With the stage's name wherever there are several stages. */
static const char *random_loop(const Drawing *drawing) {
    const Var *var = random_var(drawing);
    if (drawing->nest->pipeline->stage_count == 1 && strcmp(var->stage, "y") == 0) return var->name;
    return arena_format(drawing->context, "%s.%s", var->stage, var->name);
}

/* The names of all loops of one stage, shuffled. */
static const char *random_order(const Drawing *drawing) {
    StmtList loops = {0};
    collect_loops(drawing->context, drawing->nest->body, &loops);
    const char *names[64], *stage = random_var(drawing)->stage;
    int64_t count = 0;
    for (size_t i = 0; i < loops.count && count < 64; i++) {
        const Var *var = loops.items[i]->loop.var;
        const char *name = arena_format(drawing->context, "%s.%s", stage, var->name);
        bool is_new = strcmp(var->stage, stage) == 0;
        for (int64_t j = 0; j < count; j++) is_new = is_new && strcmp(names[j], name) != 0;
        if (is_new) names[count++] = name;
    }
    Text text = text_new(drawing->context);
    for (int64_t i = 0; i < count; i++) {
        int64_t other = pick(drawing, i, count - 1);
        const char *name = names[other];
        names[other] = names[i];
        names[i] = name;
        text_add(&text, " %s", name);
    }
    return text_string(&text);
}

/* A tensor of the nest; mostly one that a step can move. */
static const char *random_tensor(const Drawing *drawing) {
    const Tensor *tensor = drawing->nest->tensors[pick(drawing, 0, drawing->nest->tensor_count - 1)];
    for (int i = 0; i < drawing->nest->tensor_count && tensor->scope != SCOPE_WORKSPACE; i++)
        if (drawing->nest->tensors[i]->scope == SCOPE_WORKSPACE && !random_once_in(drawing->random, 4))
            tensor = drawing->nest->tensors[i];
    return tensor->name;
}

/* Its axes in random order, or blocks of one of them. */
static const char *random_layout(const Drawing *drawing, const char *name) {
    const Tensor *tensor = nest_find_tensor(drawing->nest, name);
    Text text = text_new(drawing->context);
    int order[TENSOR_MAX_RANK];
    for (int i = 0; i < tensor->rank; i++) order[i] = i;
    int64_t blocked = pick(drawing, -1, tensor->rank - 1);
    for (int i = 0; i < tensor->rank; i++) {
        int64_t other = pick(drawing, i, tensor->rank - 1);
        int axis = order[other];
        order[other] = order[i];
        text_add(&text, " %s%s", tensor->axes[axis].name, axis == blocked ? "/2" : "");
    }
    if (blocked >= 0) text_add(&text, " %s%%2", tensor->axes[blocked].name);
    return text_string(&text);
}

static bool once_in(const Drawing *drawing, int64_t n) {
    return random_once_in(drawing->random, n);
}

static const char *random_tail(const Drawing *drawing) {
    static const char *const tails[] = {"", " tail=guard", " tail=peel", " tail=shift", " tail=pad"};
    return tails[pick(drawing, 0, 4)];
}

static const char *random_split(const Drawing *drawing) {
    return arena_format(drawing->context, "split %s %d%s -> a%d b%d", random_loop(drawing), (int)pick(drawing, 1, 5),
                        random_tail(drawing), drawing->number, drawing->number);
}

static const char *random_tile(const Drawing *drawing) {
    const char *loop = random_loop(drawing), *other = random_loop(drawing);
    int number = drawing->number;
    return arena_format(drawing->context, "tile %s %d %s 2%s -> a%d b%d c%d d%d", loop, (int)pick(drawing, 1, 5), other,
                        random_tail(drawing), number, number, number, number);
}

static const char *random_fuse(const Drawing *drawing) {
    return arena_format(drawing->context, "fuse %s %s -> u%d", random_loop(drawing), random_loop(drawing),
                        drawing->number);
}

static const char *random_reorder(const Drawing *drawing) {
    return arena_format(drawing->context, "reorder%s", random_order(drawing));
}

static const char *random_unroll(const Drawing *drawing) {
    const char *loop = random_loop(drawing);
    if (once_in(drawing, 2)) return arena_format(drawing->context, "unroll %s by %d", loop, (int)pick(drawing, 1, 5));
    if (once_in(drawing, 3)) return arena_format(drawing->context, "unroll %s in %s", loop, random_loop(drawing));
    return arena_format(drawing->context, "unroll %s", loop);
}

static const char *random_spatial_for(const Drawing *drawing) {
    const char *loop = random_loop(drawing);
    if (once_in(drawing, 2)) return arena_format(drawing->context, "spatial_for %s on lanes", loop);
    if (once_in(drawing, 8)) return arena_format(drawing->context, "spatial_for %s on tile", loop);
    if (once_in(drawing, 2)) return arena_format(drawing->context, "spatial_for %s on cores", loop);
    return arena_format(drawing->context, "spatial_for %s %s on cores", loop, random_loop(drawing));
}

static const char *random_accumulate(const Drawing *drawing) {
    static const char *const scopes[] = {"registers", "registers", "stack", "stack", "stack", "workspace", "tile"};
    const char *tensor = once_in(drawing, 3) ? random_tensor(drawing) : "y";
    const char *copies = once_in(drawing, 3) ? arena_format(drawing->context, " copies %s", random_loop(drawing)) : "";
    return arena_format(drawing->context, "accumulate %s at %s in %s%s", tensor, random_loop(drawing),
                        scopes[pick(drawing, 0, 6)], copies);
}

static const char *random_clip(const Drawing *drawing) {
    return arena_format(drawing->context, "clip %s", once_in(drawing, 2) ? "r" : random_loop(drawing));
}

static const char *random_peel(const Drawing *drawing) {
    int number = drawing->number;
    return arena_format(drawing->context, "peel %s %d %d -> f%d m%d l%d", random_loop(drawing),
                        (int)pick(drawing, 0, 4), (int)pick(drawing, 0, 2), number, number, number);
}

static const char *random_pack(const Drawing *drawing) {
    const char *const orders[] = {"k/4 r s c k%4", "k c r s", "r s c/2 k c%2", "k/6 c r s k/3%2 k%3"};
    const char *tensor = once_in(drawing, 2) ? random_tensor(drawing) : once_in(drawing, 2) ? "x" : "w";
    if (once_in(drawing, 3))
        return arena_format(drawing->context, "pack w as [%s] -> wp%d ahead", orders[pick(drawing, 0, 3)],
                            drawing->number);
    if (nest_find_tensor(drawing->nest, tensor) == NULL) tensor = random_tensor(drawing);
    return arena_format(drawing->context, "pack %s as [%s] -> t%d%s", tensor, random_layout(drawing, tensor),
                        drawing->number, strcmp(tensor, "w") == 0 && once_in(drawing, 2) ? " ahead" : "");
}

static const char *random_place(const Drawing *drawing) {
    static const char *const scopes[] = {"", "", "", " in stack", " in stack", " in workspace", " in registers"};
    const char *at = random_loop(drawing);
    const char *store = once_in(drawing, 3) ? arena_format(drawing->context, " store %s", random_loop(drawing)) : "";
    return arena_format(drawing->context, "place %s at %s%s%s", random_tensor(drawing), at, store,
                        scopes[pick(drawing, 0, 6)]);
}

static const char *random_distribute(const Drawing *drawing) {
    const char *third = once_in(drawing, 2) ? arena_format(drawing->context, " h%d", drawing->number) : "";
    return arena_format(drawing->context, "distribute %s -> d%d e%d%s", random_loop(drawing), drawing->number,
                        drawing->number, third);
}

static const char *random_tensorize(const Drawing *drawing) {
    static const char *const intrinsics[] = {"transpose4", "transpose4", "transpose8", "dot4_bf16"};
    return arena_format(drawing->context, "tensorize %s %s %s", random_loop(drawing), random_loop(drawing),
                        intrinsics[pick(drawing, 0, 3)]);
}

static const char *random_pipeline(const Drawing *drawing) {
    return arena_format(drawing->context, "pipeline %s at %s", random_tensor(drawing), random_loop(drawing));
}

static const char *random_prefetch(const Drawing *drawing) {
    const char *in = once_in(drawing, 3) ? "" : arena_format(drawing->context, " in %s", random_loop(drawing));
    return arena_format(drawing->context, "prefetch %s at %s%s%s%s", once_in(drawing, 3) ? random_tensor(drawing) : "x",
                        random_loop(drawing), once_in(drawing, 3) ? " by 2" : "", in,
                        once_in(drawing, 2) ? " into l2" : "");
}

/* How a step of each kind is drawn; an entry of the table for each line of ir/steps.def. */
static const char *(*const drawings[])(const Drawing *drawing) = {
#define STEP(id, word, form, available) [STEP_##id] = random_##word,
#include "ir/steps.def"
#undef STEP
};

const char *random_step(Context *context, Random *random, const Nest *nest, int number) {
    Drawing drawing = {context, random, nest, number};
    StepKind kind = (StepKind)random_integer(random, 0, STEP_COUNT - 1);
    if (kind == STEP_PIPELINE && !random_once_in(random, 8)) kind = STEP_SPLIT; /* it is not available */
    return drawings[kind](&drawing);
}
