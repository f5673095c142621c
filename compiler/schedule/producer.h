/* SPDX-License-Identifier: Apache-2.0 */
/* The statements that compute a tensor of the nest, and those that read it: what moving a stage is made of. */
#ifndef SEPTET_COMPILER_SCHEDULE_PRODUCER_H
#define SEPTET_COMPILER_SCHEDULE_PRODUCER_H

#include "compiler/schedule/internal.h"
#include "compiler/schedule/region.h"

enum { PRODUCER_MAX_TENSORS = 2 };

/* A stage's nest while it stands by itself, in front of all that reads its output. */
typedef struct Producer {
    const Tensor *tensor; /* its output */
    int count;            /* of the tensors that it alone uses: the output, and its sums when they are kept apart */
    const Tensor *own[PRODUCER_MAX_TENSORS];
    const Stmt *stmt;                 /* its nest */
    const Stmt *rest;                 /* the body of the nest without it */
    const Var *vars[TENSOR_MAX_RANK]; /* the loop that is the output's index on an axis; NULL: that index is no loop */
} Producer;

/* Finds the nest that computes tensor `name`. Refused, at `offset` of the schedule, with the reason: there is no such
 * tensor, it is no stage's, is computed ahead, is the result, or was placed already. */
Status producer_find(const Application *application, const char *name, size_t offset, Producer *out);

/* Where in the body's outermost list tensor `name` is computed, counted from 0; -1 when it is not. */
int producer_position(const Application *application, const char *name);

/* The nest of the stage for a part of its output alone, `extent` elements from `first` on each axis; of these it
 * computes those that lie in the tensor. Accesses keep their indices. Refused when an axis of which a part is wanted
 * is not walked by one loop of fixed range. */
Status producer_restrict(const Application *application, const Producer *producer, const Region *region,
                         const Stmt **out);

/* Does the statement store to the tensor? */
bool stores_to(Context *context, const Stmt *stmt, const Tensor *tensor);

/* The first stage whose statements read a tensor of `stmt`; NULL when there is none. */
const char *find_reader(const Stmt *stmt, const Tensor *tensor);

#endif
