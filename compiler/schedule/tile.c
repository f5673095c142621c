/* SPDX-License-Identifier: Apache-2.0 */
/* tile { L size } [tail=…] -> { outer inner }: splits several loops of one stage, as split does, and moves the tiles
 * together: the outer loops stay where the loops were, the inner ones follow, in the order of the step, just inside the
 * innermost of them. The tail is that of all loops that their size does not divide. */
#include <string.h>

#include "compiler/schedule/chains.h"

static Status split_all(const Application *application, const Nest **out) {
    const Step *step = application->step;
    const Nest *nest = application->nest;
    for (int i = 0; i < step->loop_count; i++) {
        Step split = {.kind = STEP_TILE,
                      .offset = step->offset,
                      .loop_count = 1,
                      .loops = &step->loops[i],
                      .sizes = &step->sizes[i],
                      .name_count = 2,
                      .names = &step->names[(ptrdiff_t)2 * i],
                      .tail = step->tail};
        Application one = {application->context, application->source, &split, nest};
        TRY(schedule_split(&one, &nest));
    }
    *out = nest;
    return STATUS_OK;
}

/* Does the name mean this loop, itself or as one of its copies? */
static bool names_loop(const Nest *nest, const char *name, const Var *var) {
    if (strcmp(name, var->name) == 0) return true;
    for (const Alias *alias = nest->aliases; alias != NULL; alias = alias->next) {
        if (strcmp(alias->name, name) != 0 || strcmp(alias->stage, var->stage) != 0) continue;
        for (int i = 0; i < alias->count; i++)
            if (strcmp(alias->meaning[i], var->name) == 0) return true;
    }
    return false;
}

/* Rank of a tile loop in the step: 2*i for outer loop i, 2*i + 1 for inner loop i; -1 for other loops. */
static int tile_rank(const Application *application, const Var *var) {
    const Step *step = application->step;
    for (int i = 0; i < step->name_count; i++)
        if (names_loop(application->nest, step->names[i], var)) return i;
    return -1;
}

/* Moves the inner loops of a chain behind its last outer one. */
static void gather_tiles(const Application *after, Chain *chain) {
    Context *context = after->context;
    const Step *step = after->step;
    const Stmt **sorted = ARENA_ARRAY(context, const Stmt *, (size_t)chain->count + 1);
    int last_outer = -1, count = 0;
    for (int i = 0; i < chain->count; i++) {
        int rank = tile_rank(after, chain->loops[i]->loop.var);
        if (rank >= 0 && rank % 2 == 0) last_outer = i;
    }
    for (int i = 0; i < chain->count; i++) {
        int rank = tile_rank(after, chain->loops[i]->loop.var);
        if (rank < 0 || rank % 2 == 0) sorted[count++] = chain->loops[i];
        for (int tile = 1; i == last_outer && tile < step->name_count; tile += 2)
            for (int j = 0; j < chain->count; j++)
                if (tile_rank(after, chain->loops[j]->loop.var) == tile) sorted[count++] = chain->loops[j];
    }
    chain->loops = sorted;
}

static int position_in(const Chain *chain, const Var *var) {
    for (int i = 0; i < chain->count; i++)
        if (chain->loops[i]->loop.var == var) return i;
    return -1;
}

/* Is this chain an update (or all there is) that has every loop of `chain`? */
static bool leads(const Chain *candidate, const Chain *chain) {
    if (candidate->role != CHAIN_UPDATE && candidate->role != CHAIN_PLAIN) return false;
    for (int i = 0; i < chain->count; i++)
        if (position_in(candidate, chain->loops[i]->loop.var) < 0) return false;
    return true;
}

/* init and finish chains follow the order of their update, whose summed loops they lack. */
static void follow_update(const ChainList *chains, Chain *chain) {
    const Chain *leader = NULL;
    for (size_t i = 0; i < chains->count && leader == NULL; i++)
        if (leads(&chains->items[i], chain)) leader = &chains->items[i];
    if (leader == NULL || leader == chain) return;
    for (int i = 1; i < chain->count; i++)
        for (int j = i; j > 0; j--) {
            const Stmt *left = chain->loops[j - 1], *right = chain->loops[j];
            if (position_in(leader, left->loop.var) <= position_in(leader, right->loop.var)) break;
            chain->loops[j - 1] = right;
            chain->loops[j] = left;
        }
}

Status schedule_tile(const Application *application, const Nest **out) {
    const Step *step = application->step;
    const Nest *nest = NULL;
    TRY(split_all(application, &nest));
    Application after = {application->context, application->source, step, nest};
    const LoopName first = {.stage = step->loops[0].stage, .name = step->names[0], .offset = step->offset};
    VarList loops;
    TRY(find_loops(&after, &first, &loops));
    const Stmt *old = NULL, *replacement = NULL;
    ChainList chains;
    TRY(chains_find_stage(&after, loops.items[0]->stage, &old));
    TRY(chains_take_apart(&after, old, &chains));
    for (size_t i = 0; i < chains.count; i++) gather_tiles(&after, &chains.items[i]);
    for (size_t i = 0; i < chains.count; i++) follow_update(&chains, &chains.items[i]);
    TRY(chains_put_together(&after, &chains, &replacement));
    *out = chains_replace(application->context, nest, old, replacement);
    return STATUS_OK;
}
