/* SPDX-License-Identifier: Apache-2.0 */
/* What `accumulate` is made of: the buffer for the sums of one loop, and the two ways to use it. */
#ifndef SEPTET_COMPILER_SCHEDULE_ACCUMULATE_H
#define SEPTET_COMPILER_SCHEDULE_ACCUMULATE_H

#include "compiler/schedule/sums.h"

/* Where the sums of one iteration of a loop go. */
typedef struct SumsBuffer {
    const Tensor *target; /* where they are before: the output, its sums in workspace, or a buffer around */
    const Tensor *buffer;
    const Affine *index[TENSOR_MAX_RANK]; /* of the buffer: its loops */
    size_t copies;                        /* so many of these are summed over: each of their iterations has a copy */
    StmtList loops;                       /* those, and the output loops inside */
} SumsBuffer;

/* Puts into out->loops, which may hold loops around already, in front the loops inside `update` of which each iteration
 * gets a copy, and behind those of `init`, the statement that starts the sums; makes the buffer. Refused where there is
 * no one start, where the scope of the step cannot hold it, and where copies cannot be told apart. */
Status sums_buffer_make(const Application *application, const Stmt *init, const Stmt *update, SumsBuffer *out);

/* The statement that starts the sums, with each store made into another: what is in the old place goes into the buffer,
 * what is in the buffer goes to the old place, or all copies but the first become 0. */
typedef enum SumsTransfer { SUMS_LOAD, SUMS_SAVE, SUMS_CLEAR } SumsTransfer;
const Stmt *sums_transfer(Context *context, const SumsBuffer *sums, SumsTransfer transfer, const Stmt *init);

/* `start`, which sets the first copy, behind what clears the others. */
const Stmt *sums_with_clear(Context *context, const SumsBuffer *sums, const Stmt *init, const Stmt *start);

/* Into the buffer; the result refers to `sums`. */
SumsMove sums_buffer_move(const SumsBuffer *sums);

/* Is the outermost loop of the reduction's update the stage's own? Stages placed inside have reductions of theirs. */
bool reduce_is_of_stage(const Stmt *reduce, const char *stage);

/* "acc = 0; if (inside) acc = b": an element that is started in two stores (split with tail=pad). */
bool is_one_start(const Stmt *block);

/* Are all of these loops inside loops of the stage that are summed over, with the whole reduction around? */
bool are_inside_sums(const Application *application, const VarList *loops);

/* accumulate at loops inside loops that are summed over (accumulate_block.c). */
Status accumulate_blocks(const Application *application, const VarList *loops, const Nest **out);

#endif
