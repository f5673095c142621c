/* SPDX-License-Identifier: Apache-2.0 */
/* Idioms: steps that stand together in schedules that people write. A walk over single random steps hardly ever comes
 * upon them. In a line stand
 *
 *     #    the number          ~    a tail, or none         ^    "g " where there are groups
 *     $    the taps: "r s"     !    the rows: "h w"
 *     @    all loops of y over the output that the line does not name, & those that are summed over, as they nest
 */
#include <string.h>

#include "compiler/schedule/internal.h"
#include "tests/support/random_step.h"

enum { MAX_LINES = 8 };

static const char *const idioms[][MAX_LINES] = {
    {"split k 4~ -> ko# kl#", "reorder @ & kl#", "spatial_for kl# on lanes", "pack w as [^k/4 $ c k%4] -> wp# ahead",
     "accumulate y at q in registers"},
    {"split q 4~ -> qo# ql#", "reorder @ & ql#", "spatial_for ql# on lanes", "accumulate y at qo# in registers"},
    {"split g 4~ -> go# gl#", "reorder @ & gl#", "pack w as [g/4 k c $ g%4] -> wp# ahead", "spatial_for gl# on lanes",
     "accumulate y at q in registers"},
    {"split q 3~ -> qo# qi#", "reorder @ qo# & qi#", "unroll qi#", "accumulate y at qo# in registers", "clip r",
     "peel qo# 1 1 -> f# m# l#", "unroll s in f# l#"},
    {"split y.k 4~ -> ko# kl#", "reorder y.n y.p y.ko# y.kl# y.q", "place acc at y.p in stack",
     "tensorize y.q y.kl# transpose4"},
    {"pack x as [n ^! c] -> xp#", "reorder @ &", "place xp# at p store n in workspace"},
    {"pack x as [n ^c !] -> xp#", "split xp#.c_1 4~ -> co# ci#", "split xp#.w_3 4~ -> wo# wi#",
     "reorder xp#.n_0 xp#.h_2 xp#.co# xp#.wo# xp#.wi# xp#.ci#", "tensorize xp#.wi# xp#.ci# transpose4",
     "place xp# at n"},
    {"split c 2~ -> cb# ci#", "reorder n cb# @ &", "accumulate y at q in stack", "pack w as [^c/2 k $ c%2] -> wp#",
     "place wp# at cb# in stack"},
    {"split c 2~ -> co# cu#", "reorder @ & cu#", "unroll cu#", "accumulate y at q in registers copies cu#"},
    {"reorder @ &", "accumulate y at p in workspace copies c", "spatial_for n k on cores"},
    {"fuse p q -> f#", "split f# 3~ -> fo# fi#", "reorder @ fo# & fi#", "accumulate y at fo# in registers",
     "spatial_for n k on cores"},
    {"reorder @ &", "pack x as [n ^! c] -> xp#", "spatial_for n p on cores", "place xp# at p"},
    {"reorder @ &", "prefetch x at p", "prefetch w at c in s into l2", "prefetch y at q by 2"},
    {"tile p 2 q 3~ -> po# pi# qo# qi#", "reorder @ po# qo# & pi# qi#", "pack x as [n ^! c] -> xp#",
     "place xp# at qo# in stack", "accumulate y at qo# in registers"},
    {"distribute y.c -> t#", "distribute y.c -> t# u# v#", "pack xh as [n c f] -> xh#", "place xh# at t# in stack"},
};

enum { IDIOMS = sizeof idioms / sizeof idioms[0] };

const char *const *random_idiom(Random *random) {
    return idioms[random_integer(random, 0, IDIOMS - 1)];
}

/* What an idiom's line is filled in for. */
typedef struct Filling {
    Context *context;
    Random *random;
    const Nest *nest;
    const char *line;
    int number;
    Text out;
} Filling;

static bool names(const Filling *filling, const char *name) {
    const char *numbered = strstr(name, arena_format(filling->context, "%d", filling->number));
    size_t length = numbered != NULL ? (size_t)(numbered - name) : strlen(name);
    const char *pattern =
        arena_format(filling->context, "%s%s", arena_substring(filling->context, name, length), numbered ? "#" : "");
    for (const char *at = strstr(filling->line, pattern); at != NULL; at = strstr(at + 1, pattern)) {
        size_t end = strlen(pattern);
        if (at > filling->line && at[-1] == ' ' && (at[end] == ' ' || at[end] == '\0')) return true;
    }
    return false;
}

/* Loops of y that the line does not name, without a blank at the end. */
static void add_loops(Filling *filling, bool reduction) {
    StmtList loops = {0};
    VECTOR(const char *) added = {0};
    collect_loops(filling->context, filling->nest->body, &loops);
    for (size_t i = 0; i < loops.count; i++) {
        const Var *var = loops.items[i]->loop.var;
        bool is_new = strcmp(var->stage, "y") == 0 && var->reduction == reduction && !names(filling, var->name);
        for (size_t j = 0; j < added.count; j++) is_new = is_new && strcmp(added.items[j], var->name) != 0;
        if (!is_new) continue;
        text_add(&filling->out, "%s%s", added.count > 0 ? " " : "", var->name);
        VECTOR_PUSH(filling->context, &added, var->name);
    }
}

/* The axes of a tensor that are letters of space: of "d h w" for x, "t r s" for w. */
static void add_axes(Filling *filling, const char *tensor_name, const char *letters) {
    const Tensor *tensor = nest_find_tensor(filling->nest, tensor_name);
    bool is_first = true;
    for (int i = 0; tensor != NULL && i < tensor->rank; i++) {
        const char *name = tensor->axes[i].name;
        if (strchr(letters, name[0]) == NULL || name[1] != '\0') continue;
        text_add(&filling->out, "%s%s", is_first ? "" : " ", name);
        is_first = false;
    }
}

static void add_tail(Filling *filling) {
    static const char *const tails[] = {"", " tail=guard", " tail=peel", " tail=shift", " tail=pad"};
    text_add_string(&filling->out, tails[random_integer(filling->random, 0, 4)]);
}

static void add_character(Filling *filling, char c) {
    const Tensor *weights = nest_find_tensor(filling->nest, "w");
    switch (c) {
    case '#': text_add(&filling->out, "%d", filling->number); return;
    case '~': add_tail(filling); return;
    case '^':
        if (weights != NULL && tensor_find_axis(weights, "g") >= 0) text_add_string(&filling->out, "g ");
        return;
    case '$': add_axes(filling, "w", "trs"); return;
    case '!': add_axes(filling, "x", "dhw"); return;
    case '@': add_loops(filling, false); return;
    case '&': add_loops(filling, true); return;
    default: text_add(&filling->out, "%c", c);
    }
}

const char *random_idiom_line(Context *context, Random *random, const Nest *nest, const char *line, int number) {
    Filling filling = {context, random, nest, line, number, text_new(context)};
    for (; *line != '\0'; line++) add_character(&filling, *line);
    return text_string(&filling.out);
}
