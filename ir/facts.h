/* SPDX-License-Identifier: Apache-2.0 */
/* What is known at a place of a loop nest: the bounds of the loops around it and the guards that hold. From these,
 * limits of quasi-affine expressions are proved. Sound, not complete: "not proved" says nothing. Nothing is allocated
 * but the expressions that facts_simplify returns. */
#ifndef SEPTET_IR_FACTS_H
#define SEPTET_IR_FACTS_H

#include "ir/cond.h"
#include "ir/nest.h"
#include "ir/range.h"

/* A list, innermost first, on the C stack of whoever walks the tree. Exactly one of loop and guard is set. */
typedef struct Facts {
    const struct Facts *outer;
    const Stmt *loop;  /* STMT_FOR */
    const Stmt *guard; /* STMT_IF */
    Range values;      /* loop: between which numbers all its values lie; first > last when it never runs */
} Facts;

/* What is known inside a loop, and inside a guard, that stands in a place where `outer` (NULL: nothing) is known. */
Facts facts_in_loop(const Facts *outer, const Stmt *loop);
Facts facts_in_guard(const Facts *outer, const Stmt *guard);

/* Numbers between which the values of an expression are proved to lie; -INT64_MAX and INT64_MAX where none is known,
 * first > last when the place is never reached. The loops of `expr` must be in scope. */
Range facts_range(const Facts *facts, const Affine *expr);

/* Does the condition hold in every iteration? In none? */
bool facts_prove(const Facts *facts, const Cond *cond);
bool facts_refute(const Facts *facts, const Cond *cond);

/* Is the loop's variable in scope here? */
bool facts_know(const Facts *facts, const Var *var);

/* An equal expression with div and mod resolved where ranges allow: (kv*16 + kl) mod 32 = kv*16 + kl. */
const Affine *facts_simplify(Context *context, const Facts *facts, const Affine *expr);

/* The number of iterations of a loop, when bounds differ by a constant whatever the loops around it are; false
 * otherwise. */
bool facts_extent(Context *context, const Facts *facts, const Stmt *loop, int64_t *out);

/* The most iterations that a loop has at one time; INT64_MAX where no limit is known. */
int64_t facts_most_iterations(Context *context, const Facts *facts, const Stmt *loop);

#endif
