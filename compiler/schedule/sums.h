/* SPDX-License-Identifier: Apache-2.0 */
/* Where the partial sums of a reduction live, and moving them: what accumulate, and split with tail=shift or tail=pad,
 * are made of. */
#ifndef SEPTET_COMPILER_SCHEDULE_SUMS_H
#define SEPTET_COMPILER_SCHEDULE_SUMS_H

#include "compiler/schedule/internal.h"

/* From one tensor into another: `map` makes the index in `to` of the element of `from` that has `index`. Where an
 * element has several in `to`, which are to be added up, `map` is that for the term at hand, `map_start` the one that
 * starts the sum, and `read` the sum of all. */
typedef struct SumsMove SumsMove;
typedef void SumsMap(const SumsMove *move, Context *context, const Affine *const *index, const Affine **out);
struct SumsMove {
    const Tensor *from, *to;
    SumsMap *map;
    SumsMap *map_start;                                                                      /* NULL: map */
    const Expr *(*read)(const SumsMove *move, Context *context, const Affine *const *index); /* NULL: the element */
    const void *data;
};

/* What the sum of an element is read from; the index in `to` where it starts. */
const Expr *sums_read(const SumsMove *move, Context *context, const Affine *const *index);
void sums_map_start(const SumsMove *move, Context *context, const Affine *const *index, const Affine **out);

/* The reduction with the sums moved: init and update store there, finish reads there; where there is no finish, it
 * copies the sums out. A reduction whose sums are elsewhere does not change. */
const Stmt *sums_move(Context *context, const Stmt *reduce, SumsMove *move);

/* Sums that are moved so that one loop has an axis for itself. */
typedef struct SumsAxis {
    const Var *loop;
    const Var *slot; /* stands for the loop in the indices of the sums: whoever cuts the loop replaces both */
    VECTOR(const Tensor *) tensors; /* where the sums are now */
} SumsAxis;

/* Moves all sums that the loop indexes, which are in the stage's output, in workspace or in a buffer: out of the output
 * into a new tensor in workspace, and such that the loop is the index of an axis of its own with room for `extent`
 * iterations. So iterations beyond the loop's end, or those that the output sees twice, have sums that are theirs.
 * Refused where the index hides the loop in div or mod, and in ahead stages, which have no workspace. */
Status sums_give_axis(const Application *application, const Var *loop, int64_t extent, SumsAxis *out,
                      const Nest **nest);

#endif
