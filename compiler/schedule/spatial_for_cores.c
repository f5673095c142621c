/* SPDX-License-Identifier: Apache-2.0 */
/* spatial_for A B … on cores: the iterations of loops that directly hold one another, A outermost, run at the same time
 * on threads. The order of the loops is that of memory and time: each thread gets an equal share of the tiles, next to
 * one another (compiler/llvm/cores.c). A name may mean several copies of a peeled loop; each holds a copy of the next.
 * Refused where it is not proved that the tiles keep out of each other's way (ir/nest_cores.h). */
#include "compiler/schedule/internal.h"
#include "ir/nest_cores.h"

typedef struct Region {
    int count;
    VarList *names; /* what each name of the step means */
} Region;

/* Checks a loop of the region, and marks it and what it holds from name `depth` on. */
static Status mark(const Application *application, const Region *region, int depth, const Stmt *loop,
                   const Stmt **out) {
    const Var *var = loop->loop.var;
    size_t offset = application->step->loops[depth].offset;
    int64_t lower = 0, extent = 0;
    if (loop->loop.mark != MARK_NONE)
        return refuse(application, offset, "loop '%s' is marked %s already", var->name, mark_name(loop->loop.mark));
    if (var->reduction)
        return refuse(application, offset, "loop '%s' is summed over; cores take loops of the output", var->name);
    TRY(constant_range(application, loop, &lower, &extent));
    const Stmt *body = loop->loop.body;
    if (depth + 1 < region->count) {
        const LoopName *next = &application->step->loops[depth + 1];
        if (body->kind != STMT_FOR || !contains_var(&region->names[depth + 1], body->loop.var))
            return refuse(application, next->offset, "loop '%s' is not directly inside '%s'; reorder them", next->name,
                          var->name);
        TRY(mark(application, region, depth + 1, body, &body));
    }
    *out = stmt_loop(application->context, var, loop->loop.lower, loop->loop.upper, MARK_CORES, 0, body);
    return STATUS_OK;
}

static Status mark_region(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    const Application *application = self->application;
    TRY(mark(application, self->data, 0, loop, out));
    const char *fault = cores_find_fault(application->context, application->nest, facts, *out);
    return fault == NULL ? STATUS_OK : refuse(application, application->step->offset, "%s", fault);
}

Status spatial_for_cores(const Application *application, const Nest **out) {
    const Step *step = application->step;
    Region region = {.count = step->loop_count};
    if (step->loop_count > CORES_MAX_LOOPS)
        return refuse(application, step->offset, "at most %d loops; fuse them before", CORES_MAX_LOOPS);
    region.names = ARENA_ARRAY(application->context, VarList, (size_t)step->loop_count);
    for (int i = 0; i < step->loop_count; i++) TRY(find_loops(application, &step->loops[i], &region.names[i]));
    LoopRewrite rewrite = {
        .application = application, .loops = &region.names[0], .rewrite = mark_region, .data = &region};
    return rewrite_loops(&rewrite, out);
}
