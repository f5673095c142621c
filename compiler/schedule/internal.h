/* SPDX-License-Identifier: Apache-2.0 */
/* What the primitives share: the step at hand, finding loops by name, refusing with a place, walking copies of a loop.
 */
#ifndef SEPTET_COMPILER_SCHEDULE_INTERNAL_H
#define SEPTET_COMPILER_SCHEDULE_INTERNAL_H

#include "base/vector.h"
#include "compiler/schedule/primitives.h"
#include "ir/facts.h"
#include "ir/simplify.h"

/* One step that is being applied. */
typedef struct Application {
    Context *context;
    const Source *source; /* the schedule's text */
    const Step *step;
    const Nest *nest; /* before the step */
} Application;

typedef VECTOR(const Var *) VarList;
typedef VECTOR(const Stmt *) StmtList;
typedef VECTOR(Cond) CondList;

/* The primitives, one file each. */
#define STEP(id, word, form, available) PRIMITIVE_##available(word)
#define PRIMITIVE_1(word) Status schedule_##word(const Application *application, const Nest **out);
#define PRIMITIVE_0(word)
#include "ir/steps.def"
#undef STEP
#undef PRIMITIVE_0
#undef PRIMITIVE_1

/* `spatial_for … on cores`, a part of that primitive. */
Status spatial_for_cores(const Application *application, const Nest **out);

/* Records why the step does not apply, at the step or at a place in it, and returns STATUS_REFUSED. */
Status refuse(const Application *application, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The living loops that a name means: one, or all copies of a peeled one; none when all copies vanished. */
Status find_loops(const Application *application, const LoopName *name, VarList *out);

/* The living loops that a step's "in" list names. */
Status find_within(const Application *application, VarList *out);

/* Exactly one living loop. */
Status find_loop(const Application *application, const LoopName *name, const Var **out);

bool contains_var(const VarList *list, const Var *var);

/* Refuses a new loop name of `stage` that is taken already (by a loop that is not in `dying`). */
Status check_new_name(const Application *application, const char *stage, const char *name, const VarList *dying);

/* Rewrites every loop node of the given loops (bottom-up) with what holds around it; the first refusal of `rewrite`
 * ends it. */
typedef struct LoopRewrite {
    const Application *application;
    const VarList *loops;
    const VarList *within; /* NULL: everywhere; else only inside a loop of these */
    Status (*rewrite)(struct LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out);
    void *data;
    Nest *nest; /* being made: where new loops come from */
} LoopRewrite;

/* Applies it to body and ahead part; the result is a copy of the application's nest. */
Status rewrite_loops(LoopRewrite *rewrite, const Nest **out);

/* Refuses a buffer of SCOPE_TILE that the registers of a matrix unit cannot hold (accumulate_buffer.c). */
Status check_tile_buffer(const Application *application, const Tensor *buffer);

/* Lower bound and extent of a loop whose bounds are numbers; refuses others: "r runs from max(0, 1 - p); … it first".
 */
Status constant_range(const Application *application, const Stmt *loop, int64_t *lower, int64_t *extent);

/* Remembers that `name` now means the given loops. */
void add_alias(Context *context, Nest *nest, const char *stage, const char *name, int count,
               const char *const *meaning);

/* `made`, the result of the step, with the step's place for the loops and buffers that it made or marked. */
Status note_places(const Application *application, const Nest *made, const Nest **out);

/* All loop nodes below (and including) a statement. */
void collect_loops(Context *context, const Stmt *stmt, StmtList *out);

/* The statements of a list, those of lists in it too; a statement that is none is a list of one. */
void stmt_flatten(Context *context, const Stmt *stmt, StmtList *out);

/* Is it a tensor of the nest, rather than a buffer inside? */
bool nest_lists(const Nest *nest, const Tensor *tensor);

#endif
