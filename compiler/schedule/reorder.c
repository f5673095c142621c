/* SPDX-License-Identifier: Apache-2.0 */
/* reorder L …: permutes the loops of a stage, outermost first. All its loops are named; the old name of a peeled loop
 * stands for its copies. Any order is legal: iterations of output loops are independent, and sums may be taken in any
 * order. */
#include <string.h>

#include "compiler/schedule/chains.h"

/* Position of a loop in the order asked for, -1 when it is not named. */
static int position_in(const VarList *order, int count, const Var *var) {
    for (int i = 0; i < count; i++)
        if (contains_var(&order[i], var)) return i;
    return -1;
}

static Status sort_chain(const Application *application, const VarList *order, int count, Chain *chain) {
    for (int i = 0; i < chain->count; i++) {
        const Var *var = chain->loops[i]->loop.var;
        if (position_in(order, count, var) < 0)
            return refuse(application, application->step->offset,
                          "loop '%s' is missing; name all loops, outermost first", var->name);
        for (int j = i; j > 0; j--) {
            int left = position_in(order, count, chain->loops[j - 1]->loop.var);
            if (left <= position_in(order, count, chain->loops[j]->loop.var)) break;
            const Stmt *swap = chain->loops[j];
            chain->loops[j] = chain->loops[j - 1];
            chain->loops[j - 1] = swap;
        }
    }
    return STATUS_OK;
}

/* Are all loops named in the part of the nest that is reordered? Others hold loops of further stages. */
static Status check_inside(const Application *application, const VarList *order, int count, const Stmt *part) {
    StmtList inside = {0};
    VarList vars = {0};
    collect_loops(application->context, part, &inside);
    for (size_t i = 0; i < inside.count; i++) VECTOR_PUSH(application->context, &vars, inside.items[i]->loop.var);
    for (int i = 0; i < count; i++)
        for (size_t j = 0; j < order[i].count; j++)
            if (!contains_var(&vars, order[i].items[j]))
                return refuse(application, application->step->loops[i].offset,
                              "loop '%s' holds the loops of other stages; reorder before place",
                              order[i].items[j]->name);
    return STATUS_OK;
}

static Status read_order(const Application *application, VarList *order, const char **stage) {
    const Step *step = application->step;
    *stage = NULL;
    for (int i = 0; i < step->loop_count; i++) {
        TRY(find_loops(application, &step->loops[i], &order[i]));
        for (size_t j = 0; j < order[i].count; j++) {
            const Var *var = order[i].items[j];
            if (*stage == NULL) *stage = var->stage;
            if (strcmp(*stage, var->stage) != 0)
                return refuse(application, step->loops[i].offset, "loop '%s' is of stage %s, the first one of stage %s",
                              var->name, var->stage, *stage);
            if (position_in(order, i, var) >= 0)
                return refuse(application, step->loops[i].offset, "loop '%s' is named twice", var->name);
        }
    }
    if (*stage == NULL) return refuse(application, step->offset, "none of these loops has iterations left");
    return STATUS_OK;
}

Status schedule_reorder(const Application *application, const Nest **out) {
    int count = application->step->loop_count;
    VarList *order = ARENA_ARRAY(application->context, VarList, (size_t)count);
    const char *stage = NULL;
    const Stmt *old = NULL, *replacement = NULL;
    ChainList chains;
    TRY(read_order(application, order, &stage));
    TRY(chains_find_stage(application, stage, &old));
    TRY(check_inside(application, order, count, old));
    TRY(chains_take_apart(application, old, &chains));
    for (size_t i = 0; i < chains.count; i++) TRY(sort_chain(application, order, count, &chains.items[i]));
    TRY(chains_put_together(application, &chains, &replacement));
    *out = chains_replace(application->context, application->nest, old, replacement);
    return STATUS_OK;
}
