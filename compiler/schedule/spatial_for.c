/* SPDX-License-Identifier: Apache-2.0 */
/* spatial_for: on cores in spatial_for_cores.c; and
 * spatial_for L on lanes: the iterations of L run at the same time on the lanes of vectors. L must be a loop of the
 * output (lanes are not summed), start at 0 and have a fixed extent, with no other lanes loop around or inside. That
 * its accesses have stride 0 or 1 is seen when all steps are done, because a later `pack` may be what makes it so.
 * spatial_for L … on tile: the same for the cells of a matrix unit, which several loops may be; `tensorize` names its
 * operation. Where the target has no code for that, they are plain loops. */
#include <string.h>

#include "compiler/schedule/internal.h"

static const Stmt *lanes_loop(const Stmt *stmt) {
    return stmt->kind == STMT_FOR && stmt->loop.mark == MARK_LANES ? stmt : NULL;
}

static Status refuse_nested(const Application *application, const Facts *facts, const Stmt *loop) {
    StmtList inside = {0};
    collect_loops(application->context, loop->loop.body, &inside);
    const Stmt *other = NULL;
    for (size_t i = 0; i < inside.count && other == NULL; i++) other = lanes_loop(inside.items[i]);
    for (; facts != NULL && other == NULL; facts = facts->outer)
        if (facts->loop != NULL) other = lanes_loop(facts->loop);
    if (other == NULL) return STATUS_OK;
    return refuse(application, application->step->offset, "loop '%s' is on lanes already, and '%s' is nested with it",
                  other->loop.var->name, loop->loop.var->name);
}

/* A place in the loop that is to be marked. */
typedef struct KeptSearch {
    const char *stage;              /* of the loop */
    const char *around;             /* of the innermost loop around the place */
    VECTOR(const Tensor *) buffers; /* inside the loop, around the place */
    Context *context;
    const Stmt *found;
} KeptSearch;

/* Looks for a store by another stage to a buffer outside of the loop: what `place … store` keeps. */
static void search_kept(void *data, const Stmt *stmt) {
    KeptSearch *search = data;
    const char *around = search->around;
    size_t count = search->buffers.count;
    if (stmt->kind == STMT_FOR) search->around = stmt->loop.var->stage;
    if (stmt->kind == STMT_ALLOC) VECTOR_PUSH(search->context, &search->buffers, stmt->alloc.tensor);
    if (stmt->kind == STMT_STORE && strcmp(search->around, search->stage) != 0) {
        bool is_inside = false;
        for (size_t i = 0; i < count; i++) is_inside |= search->buffers.items[i] == stmt->store.tensor;
        if (!is_inside) search->found = stmt;
    }
    stmt_visit_children(stmt, search_kept, search);
    search->around = around;
    search->buffers.count = count;
}

/* Iterations that use what earlier ones left cannot run at the same time. */
static Status refuse_kept(const Application *application, const Stmt *loop) {
    const char *stage = loop->loop.var->stage;
    KeptSearch search = {.stage = stage, .around = stage, .context = application->context};
    search_kept(&search, loop->loop.body);
    if (search.found == NULL) return STATUS_OK;
    return refuse(application, application->step->offset,
                  "an iteration of '%s' uses what earlier ones stored in %s; place that without store",
                  loop->loop.var->name, search.found->store.tensor->name);
}

static Status mark_loop(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    const Application *application = self->application;
    const Var *var = loop->loop.var;
    size_t offset = application->step->offset;
    int64_t lower = 0, extent = 0;
    TRY(constant_range(application, loop, &lower, &extent));
    if (loop->loop.mark != MARK_NONE)
        return refuse(application, offset, "loop '%s' is marked %s already", var->name, mark_name(loop->loop.mark));
    if (var->reduction)
        return refuse(application, offset, "loop '%s' is summed over; %s take loops of the output", var->name,
                      application->step->level == MARK_TILE ? "tiles" : "lanes");
    if (lower != 0) return refuse(application, offset, "loop '%s' does not start at 0; split it", var->name);
    TRY(refuse_nested(application, facts, loop));
    TRY(refuse_kept(application, loop));
    *out = stmt_loop(application->context, var, loop->loop.lower, loop->loop.upper, application->step->level, 0,
                     loop->loop.body);
    return STATUS_OK;
}

Status schedule_spatial_for(const Application *application, const Nest **out) {
    const Step *step = application->step;
    if (step->level == MARK_CORES) return spatial_for_cores(application, out);
    if (step->level == MARK_LANES && step->loop_count > 1)
        return refuse(application, step->loops[1].offset, "one loop fills the lanes; fuse them before");
    *out = application->nest;
    for (int i = 0; i < step->loop_count; i++) {
        Application now = {application->context, application->source, step, *out};
        VarList loops;
        TRY(find_loops(&now, &step->loops[i], &loops));
        LoopRewrite rewrite = {.application = &now, .loops = &loops, .rewrite = mark_loop};
        TRY(rewrite_loops(&rewrite, out));
    }
    return STATUS_OK;
}
