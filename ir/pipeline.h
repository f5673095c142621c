/* SPDX-License-Identifier: Apache-2.0 */
/* The tensor expression: a list of stages, each computing one tensor,
 *     out[spatial] = finish(init + sum over reduction loops of body, where conditions hold)
 * It says what is computed; the loop nest (ir/nest.h) says in which order. Grammar in ir/README.md. */
#ifndef SEPTET_IR_PIPELINE_H
#define SEPTET_IR_PIPELINE_H

#include "ir/cond.h"
#include "ir/expr.h"

/* The argument tensor of this name holds the weights: what depends on it alone may be computed ahead. */
#define PIPELINE_WEIGHTS "w"

/* The argument tensor of this name may lie where the result lies: an element of it must be read before the same element
 * of the result is written. */
#define PIPELINE_RESIDUAL "residual"

typedef struct Stage {
    const Tensor *output;
    bool ahead;              /* depends on weights alone: computed once, by NAME_pack */
    const Var *const *loops; /* output->rank spatial loops; their extents are the output's axes */
    int reduction_count;     /* 0: a plain stage, out = finish */
    const Var *const *reductions;
    const int64_t *reduction_extents;
    const Expr *init; /* what the sum starts from; NULL = 0 */
    const Expr *sum;  /* the term; NULL when reduction_count is 0 */
    int where_count;  /* terms that fail a condition contribute nothing */
    const Cond *where;
    const Expr *finish; /* reads EXPR_PARTIAL when there is a sum */
} Stage;

typedef struct Pipeline {
    int tensor_count; /* all: arguments, constants, outputs of stages */
    const Tensor *const *tensors;
    int stage_count; /* in order of dependence; the last one's output is the result, an argument */
    const Stage *const *stages;
    int var_count; /* ids of loops are 0 .. var_count - 1 */
} Pipeline;

/* Reads a tensor expression; the inverse of pipeline_print. The result is verified. Errors carry their place. May be
 * called outside of context_run. */
Status pipeline_parse(Context *context, const Source *source, const Pipeline **out);

/* What is given first, then the stages in order, each on a line of its own. */
void pipeline_print(const Pipeline *pipeline, Text *text);

/* Ranks, names, loops in scope, reads inside or padded, order of dependence, `ahead` reads no activations, … (the rules
 * are in ir/README.md). STATUS_INVALID with the stage or tensor in the message. Call inside context_run. */
Status pipeline_verify(Context *context, const Pipeline *pipeline);

/* Tensor or stage of that name, NULL when there is none. */
const Tensor *pipeline_find_tensor(const Pipeline *pipeline, const char *name);
const Stage *pipeline_find_stage(const Pipeline *pipeline, const char *name);

#endif
