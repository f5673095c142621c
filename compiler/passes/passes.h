/* SPDX-License-Identifier: Apache-2.0 */
/* The passes that lower a scheduled nest to one that can be emitted statement by statement. The table is passes.c.
 *
 * Lowered form: no loop is marked unroll; a loop marked lanes has constant bounds 0..extent and directly holds one
 * store, or one guard that holds one store (the guard's conditions are then a mask); each access below it has lane
 * stride 0 or 1; tensors of SCOPE_REGISTERS are indexed by constants, but for the lane loop. */
#ifndef SEPTET_COMPILER_PASSES_H
#define SEPTET_COMPILER_PASSES_H

#include "ir/nest.h"
#include "targets/target.h"

typedef void PassObserve(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns);

/* Runs all passes in the table's order, verifying after each. STATUS_REFUSED when the nest cannot be lowered, with the
 * reason ("lanes kl: packed_w has stride 576 there; pack w with k innermost"), at the line of the schedule that asked
 * for it where that is known. STATUS_UNPROVED when the result of a pass cannot be proved to be right. */
Status passes_run(Context *context, const Nest *nest, const Target *target, PassObserve *observe, void *data,
                  const Nest **out);

/* Name of pass `index` in order, NULL past the end. */
const char *passes_name(size_t index);

/* In lowered form, the guard of a store on lanes with those of its conditions that depend on the lane, which are a
 * mask, or with the others, which are a branch; NULL when there are none. What the mask says holds on lanes that take
 * part, and must not be used for the addresses of the vector. */
const Stmt *passes_lane_conditions(Context *context, const Stmt *guard, const Var *lane, bool dependent);

/* What it does, in one line; NULL past the end. */
const char *passes_purpose(size_t index);

#endif
