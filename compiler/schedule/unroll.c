/* SPDX-License-Identifier: Apache-2.0 */
/* unroll L … [by f] [in M …]: marks loops; a pass replicates their bodies, fully or f times, when lowering. With `in`,
 * only the copies inside loops M are marked, e.g. those in border tiles. */
#include "compiler/schedule/internal.h"

static Status unroll_loop(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    const Application *application = self->application;
    Context *context = application->context;
    const char *name = loop->loop.var->name;
    int64_t extent = 0;
    if (loop->loop.mark != MARK_NONE)
        return refuse(application, application->step->offset, "loop '%s' is marked %s already", name,
                      mark_name(loop->loop.mark));
    if (application->step->factor == 0 && !facts_extent(context, facts, loop, &extent))
        return refuse(application, application->step->offset,
                      "the number of iterations of '%s' changes with the loops around it; unroll it by a factor", name);
    *out = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, MARK_UNROLL,
                     application->step->factor, loop->loop.body);
    return STATUS_OK;
}

Status schedule_unroll(const Application *application, const Nest **out) {
    const Step *step = application->step;
    VarList within, loops = {0};
    TRY(find_within(application, &within));
    for (int i = 0; i < step->loop_count; i++) {
        VarList copies;
        TRY(find_loops(application, &step->loops[i], &copies));
        for (size_t j = 0; j < copies.count; j++) VECTOR_PUSH(application->context, &loops, copies.items[j]);
    }
    LoopRewrite rewrite = {.application = application,
                           .loops = &loops,
                           .within = step->within_count > 0 ? &within : NULL,
                           .rewrite = unroll_loop};
    return rewrite_loops(&rewrite, out);
}
