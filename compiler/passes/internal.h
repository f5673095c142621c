/* SPDX-License-Identifier: Apache-2.0 */
/* The passes, one file each, named like the function; the table that orders them is passes.c. A pass takes a verified
 * nest and returns a new one that shares what did not change; each file's head says what it requires and ensures. */
#ifndef SEPTET_COMPILER_PASSES_INTERNAL_H
#define SEPTET_COMPILER_PASSES_INTERNAL_H

#include "base/vector.h"
#include "compiler/passes/passes.h"
#include "ir/simplify.h"

typedef VECTOR(const Stmt *) StmtList;
typedef VECTOR(Cond) CondList;

/* STATUS_REFUSED, with the reason in the context, when the nest cannot be lowered on the target. */
typedef Status Pass(Context *context, const Nest *nest, const Target *target, const Nest **out);

Status simplify(Context *context, const Nest *nest, const Target *target, const Nest **out);
Status sink_lanes(Context *context, const Nest *nest, const Target *target, const Nest **out);
Status unroll_loops(Context *context, const Nest *nest, const Target *target, const Nest **out);
Status fold_constants(Context *context, const Nest *nest, const Target *target, const Nest **out);
Status fold_guards(Context *context, const Nest *nest, const Target *target, const Nest **out);
Status drop_tail_guards(Context *context, const Nest *nest, const Target *target, const Nest **out);
Status check_size(Context *context, const Nest *nest, const Target *target, const Nest **out);
Status check_lowered(Context *context, const Nest *nest, const Target *target, const Nest **out);

/* Refuses to lower what a loop (or a buffer; the other one NULL) needs: at its place in the schedule when that is
 * known. Returns STATUS_REFUSED. */
Status refuse_loop(Context *context, const Nest *nest, const Var *var, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
Status refuse_buffer(Context *context, const Nest *nest, const Tensor *buffer, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Has the target vectors at all? Where it has none, a loop on lanes is unrolled. */
bool target_has_lanes(const Target *target);

/* Number of iterations when lower and upper bound are one expression each and differ by a constant; false otherwise. */
bool loop_extent(Context *context, const Stmt *loop, int64_t *out);

/* Does a bound of the loop change with `var`? */
bool loop_bounds_use(const Stmt *loop, const Var *var);

/* Appends a statement: nothing of an empty one, the items of a block. */
void add_statement(Context *context, StmtList *list, const Stmt *stmt);

/* The list as one statement. */
const Stmt *block_of(Context *context, const StmtList *list);

bool same_condition(const Cond *a, const Cond *b);

/* Is an equal condition in the list? */
bool has_condition(const CondList *list, const Cond *cond);

/* A guard joined with one that it directly holds; no condition occurs twice. */
const Stmt *merge_guards(Context *context, const Stmt *outer);

/* The nest with `rewrite` applied to ahead part and body as stmt_rewrite does. */
const Nest *rewrite_nest(Context *context, const Nest *nest, StmtRewrite *rewrite, void *data);

#endif
