/* SPDX-License-Identifier: Apache-2.0 */
/* peel L a b -> first mid last: runs the first a and the last b iterations of a loop in copies of their own, so that
 * guards vanish in the middle at once, and in border tiles when they are unrolled. Copies without iterations vanish; a
 * loop too short for all is `first` before `last` before `mid`. The name L then means all three. */
#include "base/integer.h"
#include "compiler/schedule/internal.h"

typedef struct Peel {
    int64_t first, last;  /* iterations asked for */
    const Var *copies[3]; /* first, mid, last */
} Peel;

static Status peel_loop(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    (void)facts;
    Context *context = self->application->context;
    const Peel *peel = self->data;
    int64_t lower = 0, extent = 0;
    TRY(constant_range(self->application, loop, &lower, &extent));
    if (loop->loop.mark == MARK_LANES || loop->loop.mark == MARK_TILE)
        return refuse(self->application, self->application->step->offset, "loop '%s' runs on %s as one",
                      loop->loop.var->name, mark_name(loop->loop.mark));
    int64_t first = integer_min(peel->first, extent), last = integer_min(peel->last, extent - first);
    int64_t extents[3] = {first, extent - first - last, last};
    const Stmt *items[3] = {0};
    int count = 0;
    for (int i = 0; i < 3; i++) {
        if (extents[i] == 0) continue;
        const Affine *position = affine_variable(context, peel->copies[i]);
        const Stmt *body = stmt_substitute(context, loop->loop.body, loop->loop.var, position);
        Bound from = bound_constant(context, lower), to = bound_constant(context, lower + extents[i]);
        items[count++] = stmt_loop(context, peel->copies[i], from, to, loop->loop.mark, loop->loop.factor, body);
        lower += extents[i];
    }
    *out = stmt_block(context, count, items);
    return STATUS_OK;
}

Status schedule_peel(const Application *application, const Nest **out) {
    const Step *step = application->step;
    Context *context = application->context;
    const Var *old = NULL;
    TRY(find_loop(application, &step->loops[0], &old));
    VarList loops = {0};
    VECTOR_PUSH(context, &loops, old);
    Nest *nest = nest_copy(context, application->nest);
    Peel peel = {.first = step->sizes[0], .last = step->sizes[1]};
    for (int i = 0; i < 3; i++) {
        TRY(check_new_name(application, old->stage, step->names[i], &loops));
        peel.copies[i] = nest_new_var(context, nest, step->names[i], old->stage, old->reduction);
        add_alias(context, nest, old->stage, step->names[i], 0, NULL);
    }
    add_alias(context, nest, old->stage, old->name, 3, step->names);
    LoopRewrite rewrite = {
        .application = application, .loops = &loops, .rewrite = peel_loop, .data = &peel, .nest = nest};
    const Nest *peeled = NULL;
    TRY(rewrite_loops(&rewrite, &peeled));
    *out = nest_simplify(context, peeled);
    return STATUS_OK;
}
