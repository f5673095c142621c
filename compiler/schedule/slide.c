/* SPDX-License-Identifier: Apache-2.0 */
/* Sliding regions. When the first index of an axis is s*L + rest, of the `extent` elements that iteration L reads the
 * one before has read all but the last s:
 *
 *     L = 3      . . . [3 4 5] . .           s = 1, extent = 3
 *     L = 4      . . . . [4 5 6] .           new: 6
 *
 * So the stage stands there twice: in front, for the first extent - s elements, where L is at its first iteration; and
 * behind it, always, for the last s. Elements are computed once for all iterations of L, in each iteration of the loops
 * between the buffer and L anew. Where s >= extent nothing is read twice, and the stage stands there once. */
#include "compiler/schedule/slide.h"

/* The axis along which the region moves with the loop, -1 when it does not move. */
static Status moving_axis(const Application *application, const Producer *producer, const Stmt *loop,
                          const Region *region, int *out) {
    const Var *var = loop->loop.var;
    const char *name = producer->tensor->name;
    size_t offset = application->step->store->offset;
    *out = -1;
    for (int i = 0; i < region->rank; i++) {
        if (!affine_uses(region->first[i], var)) continue;
        if (*out >= 0)
            return refuse(application, offset, "what is read of %s moves along two axes with '%s'; leave out store",
                          name, var->name);
        if (affine_hides(region->first[i], var) || affine_coefficient(region->first[i], var) < 0)
            return refuse(application, offset,
                          "what is read of %s does not move upwards by a fixed number with '%s'; leave out store", name,
                          var->name);
        *out = i;
    }
    return STATUS_OK;
}

/* Holds in the first iteration of the loop. */
static Status first_iteration(const Application *application, const Stmt *loop, Cond *out) {
    Context *context = application->context;
    if (loop->loop.lower.count > 1)
        return refuse(application, application->step->store->offset,
                      "the first iteration of '%s' changes with the loops around it; place before clip",
                      loop->loop.var->name);
    const Affine *position = affine_variable(context, loop->loop.var);
    *out = (Cond){.expr = affine_subtract(context, position, loop->loop.lower.terms[0]), .equality = true};
    return STATUS_OK;
}

Status slide_stage(const Application *application, const Producer *producer, const Stmt *loop, const Region *region,
                   const Stmt **out) {
    Context *context = application->context;
    int axis = -1;
    Cond first = {0};
    TRY(moving_axis(application, producer, loop, region, &axis));
    TRY(first_iteration(application, loop, &first));
    if (axis < 0) {
        TRY(producer_restrict(application, producer, region, out));
        *out = stmt_guard(context, 1, &first, *out);
        return STATUS_OK;
    }
    int64_t step = affine_coefficient(region->first[axis], loop->loop.var), kept = region->extent[axis] - step;
    if (kept <= 0) return producer_restrict(application, producer, region, out);
    Region old = *region, added = *region;
    old.extent[axis] = kept;
    added.extent[axis] = step;
    added.first[axis] = affine_offset(context, region->first[axis], kept);
    const Stmt *parts[2] = {0};
    TRY(producer_restrict(application, producer, &old, &parts[0]));
    TRY(producer_restrict(application, producer, &added, &parts[1]));
    parts[0] = stmt_guard(context, 1, &first, parts[0]);
    *out = stmt_block(context, 2, parts);
    return STATUS_OK;
}
